//! From the judged graph to the report: pure, in one pass over nodes and one over links.
//!
//! It copies and counts. Owners and verdicts are asked of the analysis; the life of a finding (when it was opened, who
//! muted it) is the store's and comes in as [`FindingRow`]s.

mod coverage;
mod entity;
mod finding;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use whosekey_sdk::{Permission, Timestamp};

use super::v1;
use crate::analysis::sight::Sight;
use crate::analysis::{Answer, Finding, Status};
use crate::graph::{Graph, Node};

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

/// Assembles the report. Closed findings are part of it when they are among the rows.
pub fn assemble(parts: Parts<'_>) -> v1::Report {
    let coverage = coverage::of(parts.graph, parts.permissions);
    let entities: Vec<v1::Entity> = parts
        .graph
        .nodes()
        .filter(|node| node.is_entity() || node.is_bare_person())
        .filter_map(|node| entity::of(node, &parts))
        .collect();
    let mut links: Vec<v1::Link> = parts.graph.links().map(entity::link).collect();
    // Two scopes of one source that say the same are one link to the reader.
    links.dedup();
    let mut findings: Vec<v1::Finding> = parts.findings.iter().map(finding::of).collect();
    findings.sort_by(|a, b| {
        (Reverse(a.severity), &a.rule, &a.subject, &a.id).cmp(&(Reverse(b.severity), &b.rule, &b.subject, &b.id))
    });
    let summary = summary(&coverage, &entities, &findings);
    v1::Report {
        schema_version: v1::SCHEMA_VERSION.to_owned(),
        generated_at: parts.generated_at,
        now: parts.now,
        tool: v1::Tool { name: "whosekey".to_owned(), version: parts.version.to_owned() },
        coverage,
        notices: parts.notices,
        summary,
        entities,
        links,
        findings,
    }
}

fn summary(coverage: &[v1::Coverage], entities: &[v1::Entity], findings: &[v1::Finding]) -> v1::Summary {
    let mut summary = v1::Summary::default();
    for scope in coverage.iter().filter(|scope| scope.gone_at.is_none()) {
        count(&mut summary.coverage, scope.outcome.as_str());
    }
    for entity in entities.iter().filter(|entity| entity.gone_at.is_none()) {
        count(&mut summary.entities, entity.kind.as_str());
        for (name, verdict) in entity.verdicts.iter().flat_map(v1::Verdicts::named) {
            let answers = summary.verdicts.entry(name.to_owned()).or_insert_with(|| {
                [Answer::Yes, Answer::No, Answer::CannotTell].map(|answer| (answer.as_str().to_owned(), 0)).into()
            });
            count(answers, verdict.verdict.as_str());
        }
    }
    for finding in findings {
        count(&mut summary.findings.by_status, finding.status.as_str());
        if finding.status == Status::Open {
            count(&mut summary.findings.by_rule, &finding.rule);
            count(&mut summary.findings.by_severity, finding.severity.as_str());
        }
    }
    summary
}

/// One more of a word. Looks before it makes a key: the words are few and the things many.
fn count(counts: &mut BTreeMap<String, u64>, word: &str) {
    match counts.get_mut(word) {
        Some(n) => *n += 1,
        None => drop(counts.insert(word.to_owned(), 1)),
    }
}
