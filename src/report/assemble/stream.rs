//! The whole report as JSON without ever holding it: a large estate's entities, links and findings are made, written and
//! dropped one by one. Byte for byte what [`crate::report::json`] writes of the assembled report; a test compares.

use std::cell::RefCell;
use std::io::{BufWriter, Write};

use serde::{Serialize, Serializer};
use whosekey_sdk::Timestamp;

use super::Parts;
use crate::report::{Error, escape, v1};

/// The fields of [`v1::Report`], in its order.
#[derive(Serialize)]
#[serde(bound = "E: Iterator<Item: Serialize>, L: Iterator<Item: Serialize>, F: Iterator<Item: Serialize>")]
struct Streamed<'a, E, L, F>
where
    E: Iterator<Item: Serialize>,
    L: Iterator<Item: Serialize>,
    F: Iterator<Item: Serialize>,
{
    schema_version: &'a str,
    generated_at: Timestamp,
    now: Timestamp,
    tool: v1::Tool,
    coverage: Vec<v1::Coverage>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notices: &'a [v1::Notice],
    summary: v1::Summary,
    entities: Once<E>,
    links: Once<L>,
    findings: Once<F>,
}

/// A sequence that is made while it is written.
struct Once<I>(RefCell<Option<I>>);

impl<I> Once<I> {
    fn new(items: I) -> Self {
        Self(RefCell::new(Some(items)))
    }
}

impl<I: Iterator<Item: Serialize>> Serialize for Once<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.borrow_mut().take().expect("a report is written once"))
    }
}

/// Writes the report of all parts as JSON.
///
/// # Errors
/// When the output fails.
pub fn write_json(parts: &Parts<'_>, out: &mut dyn Write) -> Result<(), Error> {
    let coverage = super::coverage::of(parts.graph, parts.permissions);
    let order = super::order(parts.findings);
    let summary = super::summary::of(parts, &coverage, |_, _| {});
    let report = Streamed {
        schema_version: v1::SCHEMA_VERSION,
        generated_at: parts.generated_at,
        now: parts.now,
        tool: super::tool(parts),
        coverage,
        notices: &parts.notices,
        summary,
        entities: Once::new(super::entities(parts)),
        links: Once::new(super::links(parts).map(super::entity::link)),
        findings: Once::new(super::findings(parts, &order)),
    };
    let mut out = BufWriter::with_capacity(1 << 16, out);
    escape::json::pretty(&report, &mut out)?;
    out.flush()?;
    Ok(())
}
