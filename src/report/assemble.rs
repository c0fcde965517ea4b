//! From the judged graph to the report: pure, in two passes over the nodes and one over the links.
//!
//! It copies and counts. Owners and verdicts are asked of the analysis; the life of a finding (when it was opened, who
//! muted it) is the store's and comes in as [`FindingRow`]s.

mod coverage;
mod entity;
mod extent;
mod finding;
mod stream;
mod summary;

pub use stream::write_json;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use whosekey_sdk::{Permission, Timestamp};

use super::{Error, Format, Options, v1};
use crate::analysis::sight::Sight;
use crate::analysis::{Finding, Status};
use crate::graph::{Graph, LinkView, Node};

/// What a report is assembled from.
pub struct Parts<'a> {
    /// Everything that is known.
    pub graph: &'a Graph,
    /// What is not seen; owners are ranked with it.
    pub sight: &'a Sight,
    /// The three verdicts of an identity or credential; `None` for anything else.
    pub verdicts: &'a dyn Fn(Node<'_>) -> Option<Judged>,
    /// Findings with their lives.
    pub findings: &'a [FindingRow],
    /// What the reader must know about the report as a whole.
    pub notices: Vec<v1::Notice>,
    /// What each connector's permissions are for, by the connector's name: how a refused call becomes a missing
    /// permission and what it costs.
    pub permissions: &'a BTreeMap<&'static str, &'static [Permission]>,
    /// The program's version.
    pub version: &'a str,
    /// When this is written.
    pub generated_at: Timestamp,
    /// The moment that thresholds were measured against.
    pub now: Timestamp,
}

/// The verdicts of one thing, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The verdicts.
    pub verdicts: v1::Verdicts,
    /// Why it cannot authenticate, if it cannot.
    pub dormant: Option<String>,
}

/// A finding with its life.
#[derive(Debug, Clone)]
pub struct FindingRow {
    /// What was found.
    pub finding: Finding,
    /// Where it is in its life.
    pub status: Status,
    /// The first scan that found it.
    pub first_seen: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Why it does not count.
    pub suppression: Option<v1::Suppression>,
}

/// Assembles the whole report. Closed findings are part of it when they are among the rows.
///
/// It holds every entity and link at once, so of an estate of a million it takes gigabytes: [`overview`] is enough for
/// all formats for people, and [`write_json`] streams.
pub fn assemble(parts: Parts<'_>) -> v1::Report {
    let coverage = coverage::of(parts.graph, parts.permissions);
    let findings = findings(&parts);
    let summary = summary::of(&parts, &coverage, &findings, |_, _| {});
    let entities = entities(&parts).collect();
    let links = links(&parts).map(entity::link).collect();
    report(parts, coverage, summary, entities, links, findings)
}

/// Assembles what the formats for people show of a large estate: all coverage, counts and findings, but of the
/// inventory only what findings concern and what is listed first. Of an estate of less than some ten thousand entities
/// that is nearly everything.
pub fn overview(parts: Parts<'_>) -> v1::Report {
    let coverage = coverage::of(parts.graph, parts.permissions);
    let findings = findings(&parts);
    let mut extent = extent::Extent::empty(parts.graph.len());
    let summary = summary::of(&parts, &coverage, &findings, |node, verdicts| extent.list(node, verdicts));
    extent.show(&parts, &findings);
    let held = |extent: &extent::Extent| -> Vec<v1::Entity> {
        let nodes = shown(&parts).filter(|node| extent.is_new(node.node_id()));
        nodes.filter_map(|node| entity::of(node, &parts)).collect()
    };
    let mut entities = held(&extent);
    // Whom these name as owners and agents must be there by name.
    extent.refer(&parts, &entities);
    entities.extend(held(&extent));
    entities.sort_by(|a, b| a.id.cmp(&b.id));
    let links = links(&parts)
        .filter(|link| extent.holds(link.from().node_id()) && extent.holds(link.to().node_id()))
        .map(entity::link)
        .collect();
    report(parts, coverage, summary, entities, links, findings)
}

/// Writes a report in the least memory that its format allows: JSON streams, the formats for people get an
/// [`overview`]. The bytes of JSON are those of [`super::write`] of the assembled whole.
///
/// # Errors
/// As [`super::write`].
pub fn write(parts: Parts<'_>, format: Format, out: &mut dyn std::io::Write, options: &Options) -> Result<(), Error> {
    match format {
        Format::Json => write_json(&parts, out),
        other => super::write(&overview(parts), other, out, options),
    }
}

fn report(
    parts: Parts<'_>,
    coverage: Vec<v1::Coverage>,
    summary: v1::Summary,
    entities: Vec<v1::Entity>,
    links: Vec<v1::Link>,
    findings: Vec<v1::Finding>,
) -> v1::Report {
    v1::Report {
        schema_version: v1::SCHEMA_VERSION.to_owned(),
        generated_at: parts.generated_at,
        now: parts.now,
        tool: tool(&parts),
        coverage,
        notices: parts.notices,
        summary,
        entities,
        links,
        findings,
    }
}

fn tool(parts: &Parts<'_>) -> v1::Tool {
    v1::Tool { name: "whosekey".to_owned(), version: parts.version.to_owned() }
}

/// What is an entity to the reader: everything that a source showed, and persons of whom only the address is known.
fn shown<'p>(parts: &Parts<'p>) -> impl Iterator<Item = Node<'p>> {
    parts.graph.nodes().filter(|node| node.is_entity() || node.is_bare_person())
}

fn entities(parts: &Parts<'_>) -> impl Iterator<Item = v1::Entity> {
    shown(parts).filter_map(|node| entity::of(node, parts))
}

/// All links, but for those by which two scopes of one source say the same.
fn links<'p>(parts: &Parts<'p>) -> impl Iterator<Item = LinkView<'p>> {
    let mut last: Option<LinkView<'p>> = None;
    parts.graph.links().filter(move |link| !last.replace(*link).is_some_and(|last| entity::is_same(last, *link)))
}

/// The findings, the most severe first.
fn findings(parts: &Parts<'_>) -> Vec<v1::Finding> {
    let mut findings: Vec<v1::Finding> = parts.findings.iter().map(finding::of).collect();
    findings.sort_by(|a, b| {
        (Reverse(a.severity), &a.rule, &a.subject, &a.id).cmp(&(Reverse(b.severity), &b.rule, &b.subject, &b.id))
    });
    findings
}

#[cfg(test)]
mod tests;
