//! Which listings were seen whole, and what that says about names that match nothing.
//!
//! Invariant: only a scope whose latest attempt was complete, and not suspect, is a witness of absence.

use std::collections::BTreeMap;

use whosekey_sdk::{IssueKind, Outcome};

use super::prefixes::Prefixes;
use super::{Coverage, ScopeCoverage};

/// A scope of the graph; in the order of source and scope name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(crate) u32);

impl ScopeId {
    /// Its place in [`Graph::scopes`](super::Graph::scopes).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A scope that the graph was built from.
#[derive(Debug, Clone)]
pub struct ScopeInfo {
    /// The source's name.
    pub source: String,
    /// The scope's name.
    pub scope: String,
    /// How it went; `None` when rows name a scope of which no attempt is known.
    pub coverage: Option<ScopeCoverage>,
    /// Whether it has ever shown something that is not gone since.
    pub has_shown: bool,
}

impl ScopeInfo {
    /// `<source>/<scope>`, as evidence names it.
    pub fn label(&self) -> String {
        format!("{}/{}", self.source, self.scope)
    }

    /// Whether its latest attempt was complete and is believed: what it does not show is not there.
    pub fn is_complete(&self) -> bool {
        let is_believed =
            |c: &ScopeCoverage| c.attempt.outcome == Outcome::Complete && !c.suspect && c.left_out_at.is_none();
        self.coverage.as_ref().is_some_and(is_believed)
    }

    /// Whether the settings of its source leave it out. What it showed is as old as its last attempt.
    pub fn is_left_out(&self) -> bool {
        self.coverage.as_ref().is_some_and(|c| c.left_out_at.is_some())
    }

    /// Whether it may hide something about other things: as one that is blind, or as one that the settings leave out and that
    /// has shown something.
    pub fn hides_others(&self) -> bool {
        self.is_blind() || (self.is_left_out() && self.has_shown)
    }

    /// Whether it may hide what became of the things that it showed.
    pub fn hides_its_own(&self) -> bool {
        self.is_blind() || self.is_left_out()
    }

    /// Whether what it shows is there. A log that forgets goes on to show what was there once.
    fn is_witness(&self) -> bool {
        self.is_complete() && self.coverage.as_ref().is_some_and(|c| !c.forgets)
    }

    /// Whether it may hide something: it still exists, was not seen whole, and not because the platform has no such
    /// thing here, or because the settings leave it out, as they would for a new database. Where it has shown something
    /// that is not gone, there is such a thing, whatever the platform says now: nobody sees what has become of it.
    pub fn is_blind(&self) -> bool {
        match &self.coverage {
            None => true,
            Some(c) => {
                let nothing_to_see = c.attempt.outcome != Outcome::Complete
                    && c.attempt.records == 0
                    && !self.has_shown
                    && !c.attempt.issues.is_empty()
                    && c.attempt.issues.iter().all(|issue| issue.kind == IssueKind::Unsupported);
                c.gone_at.is_none() && c.left_out_at.is_none() && !self.is_complete() && !nothing_to_see
            }
        }
    }

    /// Why it is not complete, for people: `partial: permission: iam:ListUsers denied`.
    pub fn trouble(&self) -> String {
        match &self.coverage {
            None => "never scanned".to_owned(),
            Some(c) if c.suspect => "suspect: too much was missing at once".to_owned(),
            Some(c) => match c.attempt.issues.first() {
                Some(issue) => format!("{}: {}: {}", c.attempt.outcome.as_str(), issue.kind.as_str(), issue.message),
                None => c.attempt.outcome.as_str().to_owned(),
            },
        }
    }
}

/// Collects scopes while rows come in.
#[derive(Default)]
pub(crate) struct ScopesBuilder {
    ids: BTreeMap<(String, String), u32>,
    infos: Vec<ScopeInfo>,
    last: Option<u32>,
}

impl ScopesBuilder {
    /// The provisional number of a scope.
    pub(crate) fn id(&mut self, source: &str, scope: &str) -> u32 {
        if let Some(last) = self.last {
            let info = &self.infos[last as usize];
            if info.scope == scope && info.source == source {
                return last;
            }
        }
        let key = (source.to_owned(), scope.to_owned());
        let next = u32::try_from(self.infos.len()).expect("fewer than four billion scopes");
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            let (source, scope) = (source.to_owned(), scope.to_owned());
            self.infos.push(ScopeInfo { source, scope, coverage: None, has_shown: false });
        }
        self.last = Some(id);
        id
    }

    /// Takes note of a row that is not gone; `id` is the scope's provisional number.
    pub(crate) fn shows(&mut self, id: u32) {
        self.infos[id as usize].has_shown = true;
    }

    pub(crate) fn cover(&mut self, coverage: ScopeCoverage) {
        let id = self.id(&coverage.source, &coverage.scope);
        self.infos[id as usize].coverage = Some(coverage);
    }

    /// The scopes in order, and for each provisional number the final one.
    pub(crate) fn finish(self) -> (Scopes, Vec<u32>) {
        let mut renumbered = vec![0; self.infos.len()];
        let mut taken: Vec<Option<ScopeInfo>> = self.infos.into_iter().map(Some).collect();
        let mut infos = Vec::with_capacity(taken.len());
        for (new, old) in (0u32..).zip(self.ids.into_values()) {
            renumbered[old as usize] = new;
            infos.extend(taken[old as usize].take());
        }
        let mut authorities: Prefixes<Vec<ScopeId>> = Prefixes::default();
        let mut coverage = Coverage::new();
        for (id, info) in (0u32..).map(ScopeId).zip(&infos) {
            let Some(c) = &info.coverage else { continue };
            coverage.insert((info.source.clone(), info.scope.clone()), c.clone());
            for prefix in c.covers.iter().filter(|prefix| !prefix.is_empty() && c.gone_at.is_none() && !c.forgets) {
                authorities.entry(prefix).push(id);
            }
        }
        let witness = infos.iter().map(ScopeInfo::is_witness).collect();
        let blind = infos.iter().map(ScopeInfo::hides_its_own).collect();
        (Scopes { infos, witness, blind, authorities, coverage }, renumbered)
    }
}

/// All scopes, and which of them is the authority for which names.
pub(crate) struct Scopes {
    pub(crate) infos: Vec<ScopeInfo>,
    /// What each says of itself, for those who ask a million times.
    pub(crate) witness: Vec<bool>,
    pub(crate) blind: Vec<bool>,
    authorities: Prefixes<Vec<ScopeId>>,
    pub(crate) coverage: Coverage,
}

/// What is known of a name that no entity has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// This scope lists all such names, was seen whole since the thing was first named, and this one is not there: the
    /// thing does not exist.
    Proven(ScopeId),
    /// This scope lists all such names, but was not seen whole, or not since the thing was first named: it may have been
    /// made meanwhile.
    Unseen(ScopeId),
    /// No scope lists such names.
    Uncovered,
}

impl Scopes {
    /// What is known of a name that no entity has and that something named anew at this time, in milliseconds.
    pub(crate) fn absence(&self, name: &str, named_anew: i64) -> Absence {
        let mut unseen = None;
        for &scope in self.authorities.of(name).flatten() {
            let looked = self.infos[scope.index()].coverage.as_ref().map(|c| c.attempt.started_at.as_millis());
            if self.witness[scope.index()] && looked.is_some_and(|looked| looked >= named_anew) {
                return Absence::Proven(scope);
            }
            unseen = unseen.or(Some(scope));
        }
        unseen.map_or(Absence::Uncovered, Absence::Unseen)
    }
}

#[cfg(test)]
mod tests {
    use whosekey_sdk::{Attempt, Timestamp};

    use super::*;

    fn scopes(covers: &[(&str, &str, Outcome)]) -> Scopes {
        let mut builder = ScopesBuilder::default();
        for (scope, prefix, outcome) in covers {
            let at = Timestamp::from_secs(0);
            let attempt =
                Attempt { outcome: *outcome, records: 1, requests: 1, started_at: at, finished_at: at, issues: vec![] };
            builder.cover(ScopeCoverage {
                source: "s".into(),
                connector: "replay".into(),
                scope: (*scope).into(),
                covers: vec![(*prefix).into()],
                forgets: false,
                attempt,
                last_complete_at: None,
                suspect: false,
                gone_at: None,
                left_out_at: None,
            });
        }
        builder.finish().0
    }

    #[test]
    fn the_scope_that_lists_all_such_names_proves_absence_only_when_complete() {
        let all = scopes(&[
            ("a", "arn:aws:iam::1:user/", Outcome::Complete),
            ("b", "arn:aws:iam::2:user/", Outcome::Partial),
            ("c", "arn:aws:iam::1:user/team/", Outcome::Failed),
        ]);
        assert_eq!(all.absence("arn:aws:iam::1:user/x", 0), Absence::Proven(ScopeId(0)));
        assert_eq!(all.absence("arn:aws:iam::1:user/team/x", 0), Absence::Proven(ScopeId(0)));
        assert_eq!(all.absence("arn:aws:iam::2:user/x", 0), Absence::Unseen(ScopeId(1)));
        assert_eq!(all.absence("arn:aws:iam::1:role/x", 0), Absence::Uncovered);
        assert_eq!(all.absence("", 0), Absence::Uncovered);
    }

    #[test]
    fn a_scope_that_was_seen_whole_before_the_name_came_up_proves_nothing() {
        let all = scopes(&[("a", "arn:aws:iam::1:user/", Outcome::Complete)]);
        assert_eq!(all.absence("arn:aws:iam::1:user/x", 1), Absence::Unseen(ScopeId(0)));
    }

    #[test]
    fn scopes_are_numbered_by_name_whatever_the_order_they_came_in() {
        let mut builder = ScopesBuilder::default();
        assert_eq!((builder.id("s", "b"), builder.id("s", "a"), builder.id("s", "b")), (0, 1, 0));
        let (all, renumbered) = builder.finish();
        assert_eq!(renumbered, [1, 0]);
        assert_eq!(all.infos[0].label(), "s/a");
        assert!(all.infos[0].is_blind(), "a scope of which no attempt is known was not seen");
    }
}
