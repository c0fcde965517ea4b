//! What becomes of findings from one scan to the next: opened, kept, closed, muted, accepted.
//!
//! Invariant: that a rule no longer finds a thing closes its finding only when it could have found it. It could not when
//! a scope that the finding rests on was not complete, or when the verdict can no longer be told; then the finding stays
//! as it was.

mod accept;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use whosekey_sdk::Timestamp;

pub use accept::{Notice, NoticeKind};

use super::finding::{Answer, Finding, Status};
use super::{Accept, Analysis, Policy};
use crate::graph::Graph;
use accept::Accepted;

/// A mute by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// Why.
    pub reason: String,
    /// Until when; from this moment on the finding is open again.
    pub until: Timestamp,
    /// Since when.
    pub muted_at: Timestamp,
}

/// A finding and where it is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFinding {
    /// [`finding_id`](super::finding_id) of its rule and subject.
    pub id: String,
    /// Its latest form.
    pub finding: Finding,
    /// Its status.
    pub status: Status,
    /// When it was first concluded, whatever happened since.
    pub first_seen: Timestamp,
    /// When it was last concluded.
    pub last_seen: Timestamp,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
    /// The mute by hand, whether or not it has run out.
    pub mute: Option<Mute>,
}

/// What became of all findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// Every finding that ever was, closed ones among them, by id.
    pub findings: Vec<StoredFinding>,
    /// Of the accepted ones, by id, the accepted risk that covers them.
    pub acceptances: BTreeMap<String, Accept>,
    /// Accepted risks that have expired or match nothing, in the order of the configuration.
    pub notices: Vec<Notice>,
}

/// What becomes of the findings that were stored, given what the rules now find.
pub fn reconcile(
    previous: Vec<StoredFinding>,
    analysis: &Analysis,
    graph: &Graph,
    policy: &Policy,
    now: Timestamp,
) -> Reconciled {
    let mut accepted = Accepted::new(&policy.accept, now);
    let mut known: HashMap<String, StoredFinding> =
        previous.into_iter().map(|stored| (stored.id.clone(), stored)).collect();
    let witness = Witness::of(graph, analysis);
    let mut findings = Vec::with_capacity(analysis.findings.len() + known.len());
    for finding in &analysis.findings {
        let before = known.remove(&finding.id());
        findings.push(concluded(finding, before, now));
    }
    findings.extend(known.into_values().map(|stored| missed(stored, &witness, now)));
    let mut acceptances = BTreeMap::new();
    for stored in findings.iter_mut().filter(|stored| stored.status != Status::Closed) {
        let is_muted = stored.mute.as_ref().is_some_and(|mute| now < mute.until);
        stored.status = match (is_muted, accepted.covering(&stored.finding, graph)) {
            (_, Some(accept)) => {
                acceptances.insert(stored.id.clone(), accept.clone());
                Status::Accepted
            }
            (true, None) => Status::Muted,
            (false, None) => Status::Open,
        };
    }
    findings.sort_by(|a, b| a.id.cmp(&b.id));
    Reconciled { findings, acceptances, notices: accepted.notices() }
}

/// A finding that the rules have now. One that was closed opens again.
fn concluded(finding: &Finding, before: Option<StoredFinding>, now: Timestamp) -> StoredFinding {
    let (first_seen, mute) = before.map_or((now, None), |before| (before.first_seen, before.mute));
    StoredFinding {
        id: finding.id(),
        finding: finding.clone(),
        status: Status::Open,
        first_seen,
        last_seen: now,
        closed_at: None,
        mute,
    }
}

/// A finding that the rules do not have now.
fn missed(mut stored: StoredFinding, witness: &Witness<'_>, now: Timestamp) -> StoredFinding {
    if stored.status != Status::Closed && witness.would_have_seen(&stored.finding) {
        stored.status = Status::Closed;
        stored.closed_at = Some(now);
    }
    stored
}

/// Whether what was scanned could have shown a finding.
struct Witness<'a> {
    graph: &'a Graph,
    analysis: &'a Analysis,
    blind: HashSet<(&'a str, &'a str)>,
}

impl<'a> Witness<'a> {
    fn of(graph: &'a Graph, analysis: &'a Analysis) -> Self {
        let blind = graph.scopes().iter().filter(|scope| scope.is_blind());
        let blind = blind.map(|scope| (scope.source.as_str(), scope.scope.as_str())).collect();
        Self { graph, analysis, blind }
    }

    fn would_have_seen(&self, finding: &Finding) -> bool {
        let is_blind = |(source, scope): &(String, String)| self.blind.contains(&(source.as_str(), scope.as_str()));
        !finding.rests_on.iter().any(is_blind) && !self.cannot_tell(finding)
    }

    fn cannot_tell(&self, finding: &Finding) -> bool {
        let three = self.graph.find(finding.subject.as_str()).and_then(|node| self.analysis.verdicts_of(node));
        three.is_some_and(|three| {
            three.named().iter().any(|(rule, verdict)| *rule == finding.rule && verdict.answer() == Answer::CannotTell)
        })
    }
}
