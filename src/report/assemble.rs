//! From the judged graph to the report: pure, in two passes over the nodes and one over the links.
//!
//! It copies and counts. Owners and verdicts are asked of the analysis; the life of a finding (when it was opened, who
//! muted it) is the store's and comes in as [`Findings`].

mod coverage;
mod entity;
mod extent;
mod finding;
mod stream;
mod summary;

pub use stream::write_json;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use whosekey_sdk::{Permission, Timestamp};

use super::table::MOST_FINDINGS;
use super::{Error, Format, Options, v1};
use crate::analysis::sight::Sight;
use crate::analysis::{Answer, Finding, FindingId, Severity, Status};
use crate::graph::{Graph, LinkView, Node, NodeId};

/// What a report is assembled from.
pub struct Parts<'a> {
    /// Everything that is known.
    pub graph: &'a Graph,
    /// What is not seen; owners are ranked with it.
    pub sight: &'a Sight,
    /// The three verdicts of an identity or credential; `None` for anything else.
    pub verdicts: &'a dyn Fn(Node<'_>) -> Option<Judged>,
    /// Their names and answers without the words: what counting needs.
    pub answers: &'a dyn Fn(Node<'_>) -> Option<Answers>,
    /// Findings with their lives.
    pub findings: &'a dyn Findings,
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

/// The three verdicts' names and answers.
pub type Answers = [(&'static str, Answer); 3];

/// All findings, by a number of each.
pub trait Findings {
    /// How many there are.
    fn count(&self) -> usize;
    /// What is sorted and counted by.
    fn line(&self, at: usize) -> FindingLine<'_>;
    /// All of it.
    fn in_words(&self, at: usize) -> FindingRow;
}

/// What findings are sorted and counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingLine<'a> {
    /// How bad.
    pub severity: Severity,
    /// The rule's id.
    pub rule: &'a str,
    /// About what.
    pub subject: &'a str,
    /// The finding's id.
    pub id: FindingId,
    /// Where it is in its life.
    pub status: Status,
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
    let order = order(parts.findings);
    let findings = findings(&parts, &order).collect();
    let summary = summary::of(&parts, &coverage, |_, _| {});
    let entities = entities(&parts).collect();
    let links = links(&parts).map(entity::link).collect();
    report(parts, coverage, summary, entities, links, findings)
}

/// Assembles what the formats for people show of a large estate: all coverage, counts and findings, but of the
/// inventory only what findings concern and what is listed first. Of an estate of less than some ten thousand entities
/// that is nearly everything.
pub fn overview(parts: Parts<'_>) -> v1::Report {
    let coverage = coverage::of(parts.graph, parts.permissions);
    let order = order(parts.findings);
    let findings: Vec<v1::Finding> = findings(&parts, &order).collect();
    let mut extent = extent::Extent::empty(parts.graph.len());
    let summary = summary::of(&parts, &coverage, |node, answers| extent.list(node, answers));
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

/// Assembles what one screen shows: all coverage and counts, the first so many open findings, and what those concern.
pub fn screen(parts: Parts<'_>, most: usize) -> v1::Report {
    let coverage = coverage::of(parts.graph, parts.permissions);
    let summary = summary::of(&parts, &coverage, |_, _| {});
    let mut order = order(parts.findings);
    order.retain(|at| parts.findings.line(*at).status == Status::Open);
    order.truncate(most);
    let findings: Vec<v1::Finding> = findings(&parts, &order).collect();
    let subjects: BTreeSet<NodeId> =
        findings.iter().filter_map(|finding| Some(parts.graph.find(finding.subject.as_str())?.node_id())).collect();
    let entities = subjects.into_iter().filter_map(|id| entity::of(parts.graph.node(id), &parts)).collect();
    report(parts, coverage, summary, entities, Vec::new(), findings)
}

/// Writes a report in the least memory that its format allows: JSON streams, the formats for people get an
/// [`overview`], and the table, which lists no inventory, a [`screen`]. The bytes are those of [`super::write`] of the whole.
///
/// # Errors
/// As [`super::write`].
pub fn write(parts: Parts<'_>, format: Format, out: &mut dyn std::io::Write, options: &Options) -> Result<(), Error> {
    match format {
        Format::Json => write_json(&parts, out),
        Format::Table => super::write(&screen(parts, MOST_FINDINGS), format, out, options),
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

/// The numbers of the findings, the most severe first.
fn order(findings: &dyn Findings) -> Vec<usize> {
    let mut order: Vec<usize> = (0..findings.count()).collect();
    order.sort_by_cached_key(|at| {
        let FindingLine { severity, rule, subject, id, status: _ } = findings.line(*at);
        (Reverse(severity), rule, subject, id)
    });
    order
}

fn findings<'p>(parts: &'p Parts<'_>, order: &'p [usize]) -> impl Iterator<Item = v1::Finding> + 'p {
    order.iter().map(|at| finding::of(parts.findings.in_words(*at)))
}

#[cfg(test)]
pub(crate) mod tests;
