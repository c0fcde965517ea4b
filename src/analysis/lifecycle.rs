//! What becomes of findings from one scan to the next: opened, kept, closed, muted, accepted.
//!
//! Invariant: that a rule no longer finds a thing closes its finding only when it could have found it. It could not when
//! a scope that the finding rests on was not complete, or when the verdict can no longer be told; then the finding stays
//! as it was.

mod accept;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;
use whosekey_sdk::Timestamp;

pub use accept::{Notice, NoticeKind};

use super::finding::{Answer, Finding, FindingId, Severity, Status};
use super::{Accept, Analysis, Found, Input, Policy};
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

/// Where a finding is in its life. Of what was found, its id alone says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The finding's id.
    pub id: FindingId,
    /// Its status.
    pub status: Status,
    /// When it was first concluded, whatever happened since.
    pub first_seen: Timestamp,
    /// When it was last concluded.
    pub last_seen: Timestamp,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
    /// The mute by hand, whether or not it has run out.
    pub mute: Option<Box<Mute>>,
}

/// A finding's latest form.
#[derive(Debug, Clone)]
pub enum Form {
    /// The rules have it now.
    Found(Found),
    /// As it was stored.
    Kept(Box<Finding>),
}

/// A finding and where it is in its life.
#[derive(Debug, Clone)]
pub struct StoredFinding {
    /// Where it is in its life.
    pub life: Life,
    /// Its latest form.
    pub form: Form,
}

impl StoredFinding {
    /// The rule's id.
    pub fn rule(&self) -> &str {
        match &self.form {
            Form::Found(found) => found.rule.meta.id,
            Form::Kept(finding) => &finding.rule,
        }
    }

    /// About what.
    pub fn subject<'a>(&'a self, graph: &'a Graph) -> &'a str {
        match &self.form {
            Form::Found(found) => graph.node(found.subject).id(),
            Form::Kept(finding) => finding.subject.as_str(),
        }
    }

    /// How bad.
    pub fn severity(&self) -> Severity {
        match &self.form {
            Form::Found(found) => found.severity,
            Form::Kept(finding) => finding.severity,
        }
    }

    /// The whole finding; `input` is what was judged.
    pub fn in_words(&self, input: &Input<'_>) -> Cow<'_, Finding> {
        match &self.form {
            Form::Found(found) => Cow::Owned(found.in_words(input)),
            Form::Kept(finding) => Cow::Borrowed(finding),
        }
    }
}

/// What became of all findings.
#[derive(Debug, Clone)]
pub struct Reconciled {
    /// Every finding that ever was, closed ones among them, by id.
    pub findings: Vec<StoredFinding>,
    /// Of the accepted ones, by id, the accepted risk that covers them.
    pub acceptances: BTreeMap<FindingId, Accept>,
    /// Accepted risks that have expired or match nothing, in the order of the configuration.
    pub notices: Vec<Notice>,
}

/// What becomes of the findings that were stored, given what the rules now find. `kept` gives, in order, the forms in which
/// the findings with these ids are stored; it is asked for those that the rules do not have now.
///
/// # Errors
/// Those of `kept`.
pub fn reconcile<E>(
    mut previous: Vec<Life>,
    kept: impl FnOnce(&[FindingId]) -> Result<Vec<Finding>, E>,
    analysis: &Analysis,
    graph: &Graph,
    policy: &Policy,
    now: Timestamp,
) -> Result<Reconciled, E> {
    previous.sort_unstable_by_key(|life| life.id);
    let mut found: Vec<(FindingId, Found)> =
        analysis.findings.par_iter().map(|found| (found.id(graph), *found)).collect();
    found.par_sort_unstable_by_key(|(id, _)| *id);
    let mut findings = Vec::with_capacity(found.len());
    let mut missing = Vec::new();
    let mut previous = previous.into_iter().peekable();
    for (id, found) in found {
        while let Some(life) = previous.next_if(|life| life.id < id) {
            missing.push(life);
        }
        let before = previous.next_if(|life| life.id == id);
        findings.push(StoredFinding { life: concluded(id, before, now), form: Form::Found(found) });
    }
    missing.extend(previous);
    let ids: Vec<FindingId> = missing.iter().map(|life| life.id).collect();
    let witness = Witness::of(graph, analysis);
    for (life, finding) in missing.into_iter().zip(kept(&ids)?) {
        let life = missed(life, &finding, &witness, now);
        findings.push(StoredFinding { life, form: Form::Kept(Box::new(finding)) });
    }
    // Two runs that are sorted already.
    findings.sort_by_key(|stored| stored.life.id);
    let mut accepted = Accepted::new(&policy.accept, now);
    let mut acceptances = BTreeMap::new();
    for stored in findings.iter_mut().filter(|stored| stored.life.status != Status::Closed) {
        let is_muted = stored.life.mute.as_ref().is_some_and(|mute| now < mute.until);
        stored.life.status = match (is_muted, accepted.covering(stored.rule(), stored.subject(graph), graph)) {
            (_, Some(accept)) => {
                acceptances.insert(stored.life.id, accept.clone());
                Status::Accepted
            }
            (true, None) => Status::Muted,
            (false, None) => Status::Open,
        };
    }
    Ok(Reconciled { findings, acceptances, notices: accepted.notices() })
}

/// A finding that the rules have now. One that was closed opens again.
fn concluded(id: FindingId, before: Option<Life>, now: Timestamp) -> Life {
    let (first_seen, mute) = before.map_or((now, None), |before| (before.first_seen, before.mute));
    Life { id, status: Status::Open, first_seen, last_seen: now, closed_at: None, mute }
}

/// A finding that the rules do not have now.
fn missed(mut life: Life, finding: &Finding, witness: &Witness<'_>, now: Timestamp) -> Life {
    if life.status != Status::Closed && witness.would_have_seen(finding) {
        life.status = Status::Closed;
        life.closed_at = Some(now);
    }
    life
}

/// Whether what was scanned could have shown a finding.
struct Witness<'a> {
    graph: &'a Graph,
    analysis: &'a Analysis,
    blind: HashSet<(&'a str, &'a str)>,
}

impl<'a> Witness<'a> {
    fn of(graph: &'a Graph, analysis: &'a Analysis) -> Self {
        let blind = graph.scopes().iter().filter(|scope| scope.hides_its_own());
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
