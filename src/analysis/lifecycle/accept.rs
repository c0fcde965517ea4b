//! Accepted risks: which findings they cover, and which of them have expired or cover nothing.

use globset::{Glob, GlobMatcher};
use whosekey_sdk::Timestamp;

use crate::analysis::policy::Accept;
use crate::graph::Graph;

/// An accepted risk that no longer does what it was written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What is the matter.
    pub kind: NoticeKind,
    /// The accepted risk.
    pub accept: Accept,
}

/// What is the matter with an accepted risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Its time is over: what it covered is open again.
    Expired,
    /// No finding matches it.
    MatchesNothing,
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Accept { rule, subject, reason, until } = &self.accept;
        let what = match self.kind {
            NoticeKind::Expired => format!("has expired on {until}"),
            NoticeKind::MatchesNothing => "matches no finding".to_owned(),
        };
        write!(f, "the accepted risk {rule} of {subject:?} ({reason}) {what}")
    }
}

/// The accepted risks of a policy, while findings are held against them.
pub(super) struct Accepted<'p> {
    entries: Vec<Entry<'p>>,
}

struct Entry<'p> {
    accept: &'p Accept,
    /// `None` for what is no pattern; the configuration refuses those, and here it stands for itself.
    matcher: Option<GlobMatcher>,
    is_expired: bool,
    has_matched: bool,
}

impl<'p> Accepted<'p> {
    pub(super) fn new(accepts: &'p [Accept], now: Timestamp) -> Self {
        let entry = |accept: &'p Accept| Entry {
            accept,
            matcher: Glob::new(&accept.subject).ok().map(|glob| glob.compile_matcher()),
            is_expired: accept.until <= now,
            has_matched: false,
        };
        Self { entries: accepts.iter().map(entry).collect() }
    }

    /// The first accepted risk that has not expired and covers this finding. All that match are remembered as doing so.
    pub(super) fn covering(&mut self, rule: &str, subject: &str, graph: &Graph) -> Option<&'p Accept> {
        let mut covering = None;
        for entry in self.entries.iter_mut().filter(|entry| entry.accept.rule == rule) {
            if entry.matches(subject, graph) {
                entry.has_matched = true;
                covering = covering.or((!entry.is_expired).then_some(entry.accept));
            }
        }
        covering
    }

    pub(super) fn notices(self) -> Vec<Notice> {
        let notice = |entry: Entry<'_>| {
            let kind = match (entry.is_expired, entry.has_matched) {
                (true, _) => NoticeKind::Expired,
                (false, false) => NoticeKind::MatchesNothing,
                (false, true) => return None,
            };
            Some(Notice { kind, accept: entry.accept.clone() })
        };
        self.entries.into_iter().filter_map(notice).collect()
    }
}

impl Entry<'_> {
    fn matches(&self, subject: &str, graph: &Graph) -> bool {
        let is_match = |name: &str| {
            name == self.accept.subject || self.matcher.as_ref().is_some_and(|matcher| matcher.is_match(name))
        };
        is_match(subject) || graph.find(subject).is_some_and(|node| node.aliases().any(is_match))
    }
}
