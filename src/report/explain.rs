//! `whosekey explain`: everything that the report says about one entity or finding, in the order in which people ask:
//! what is wrong, who holds it, who owns it, what was seen, why each verdict, what it is linked to, what to do.
//!
//! It draws no conclusion of its own; it only gathers.

mod ends;
mod gist;
mod holders;
mod screen;
mod subject;
#[cfg(test)]
mod tests;

use std::io::Write;

use serde::Serialize;

pub use ends::{End, Ends, Standing};
pub use holders::{Holder, MOST_HOLDERS};
pub use subject::{Subject, look_up};

use super::index::Index;
use super::{Error, Format, Options, escape, v1};
use crate::analysis::{Severity, Status};

/// What is known about one subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation<'a> {
    /// The subject's id.
    pub id: &'a str,
    /// The finding that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<&'a v1::Finding>,
    /// The entity; absent when a finding outlived it in the inventory, and of a name that no source lists.
    pub entity: Option<&'a v1::Entity>,
    /// For identities and credentials: who holds it or runs as it. For agents and workloads: what they hold and run as.
    /// For owners: what they answer for. For resources: who can reach it.
    pub holders: Vec<Holder<'a>>,
    /// How many there are, when `holders` is cut.
    pub holders_total: usize,
    /// Links that start here.
    pub links_from: &'a [&'a v1::Link],
    /// Links that end here, or at a pattern that names this.
    pub links_to: Vec<&'a v1::Link>,
    /// What is known of the names in its links, and in those of its parts, that no source lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<&'a End<'a>>,
    /// All findings about it, the open ones first.
    pub findings: Vec<&'a v1::Finding>,
    /// What to do, from the open findings, each step once.
    pub remediation: Vec<&'a str>,
}

impl<'a> Subject<'a> {
    /// The id of what it is about.
    pub fn id(self) -> &'a str {
        match self {
            Subject::Entity(entity) => entity.id.as_str(),
            Subject::Finding(finding) => finding.subject.as_str(),
            Subject::End(name) => name,
        }
    }
}

/// Gathers what the report says about a subject, and what is known of the names around it.
pub fn explain<'a>(index: &'a Index<'a>, ends: &'a Ends<'a>, subject: Subject<'a>) -> Explanation<'a> {
    let id = subject.id();
    let finding = match subject {
        Subject::Finding(finding) => Some(finding),
        Subject::Entity(_) | Subject::End(_) => None,
    };
    let entity = index.entity(id);
    let (holders, holders_total) = entity.map_or((Vec::new(), 0), |entity| holders::of(index, ends, entity));
    let mut findings = index.findings_of(id).to_vec();
    findings.sort_by_key(|finding| (finding.status, std::cmp::Reverse(finding.severity)));
    let remediation = remediation(finding, &findings);
    Explanation {
        id,
        finding,
        entity,
        holders,
        holders_total,
        links_from: index.links_from(id),
        links_to: links_to(index, ends, id).collect(),
        ends: ends.iter().collect(),
        findings,
        remediation,
    }
}

/// Links that end at a thing, or at a pattern that names it.
fn links_to<'a>(index: &'a Index<'a>, ends: &'a Ends<'a>, id: &str) -> impl Iterator<Item = &'a v1::Link> {
    let by_pattern = ends.patterns_of(id).iter().flat_map(|pattern| index.links_to(pattern));
    let by_pattern = by_pattern.filter(|link| ends::OPEN.contains(&link.kind));
    index.links_to(id).iter().chain(by_pattern).copied()
}

/// The steps of the finding that was asked for, or of all open ones, the most severe first. Nothing is to be done about
/// a finding that is closed.
fn remediation<'a>(asked: Option<&'a v1::Finding>, findings: &[&'a v1::Finding]) -> Vec<&'a str> {
    let mut steps: Vec<&str> = Vec::new();
    let open = findings.iter().copied().filter(|finding| asked.is_none() && finding.status == Status::Open);
    for finding in asked.into_iter().filter(|finding| finding.status != Status::Closed).chain(open) {
        for step in &finding.remediation {
            if !steps.contains(&step.as_str()) {
                steps.push(step);
            }
        }
    }
    steps
}

impl Explanation<'_> {
    /// The worst open finding's severity.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.iter().filter(|finding| finding.status == Status::Open).map(|finding| finding.severity).max()
    }
}

/// Writes an explanation as [`Format::Table`] (the screen), [`Format::Json`] or [`Format::Ndjson`].
///
/// # Errors
/// When the output fails, or the format is none of these.
pub fn write(
    index: &Index<'_>,
    ends: &Ends<'_>,
    subject: Subject<'_>,
    format: Format,
    out: &mut dyn Write,
    options: &Options,
) -> Result<(), Error> {
    let explanation = explain(index, ends, subject);
    match format {
        Format::Table => screen::write(index, ends, &explanation, out, options),
        Format::Json => Ok(escape::json::pretty(&explanation, out)?),
        Format::Ndjson => Ok(escape::json::line(&explanation, out)?),
        Format::Csv | Format::Sarif | Format::Html | Format::Markdown => {
            Err(Error::Unsupported { format, what: "an explanation" })
        }
    }
}
