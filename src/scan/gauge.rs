//! The engine's sink: hands pages on, and counts what decides a scope's outcome.

use std::collections::HashSet;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{Issue, IssueKind, Record, Sink, Stopped};

use crate::scan::{Before, Event, Memory, Told};

/// Issues kept of one scope; a source that raises more than this raises the same ones over and over.
const MAX_ISSUES: usize = 200;

/// The longest issue message kept, in bytes.
const MAX_MESSAGE_BYTES: usize = 2_000;

/// Receives one scope.
pub(super) struct Gauge {
    source: String,
    scope: String,
    /// `None` for the list of scopes, which has no records.
    events: Option<mpsc::Sender<Event>>,
    memory: Memory,
    pub(super) remembered: Option<Vec<u8>>,
    cancel: CancellationToken,
    pub(super) pages: u64,
    pub(super) records: u64,
    pub(super) requests: u64,
    pub(super) was_stopped: bool,
    /// How the scope was last shown whole.
    pub(super) before: Option<Before>,
    /// What the carrier says of the whole.
    pub(super) told: Option<Told>,
    issues: Vec<Issue>,
    seen: HashSet<Issue>,
    dropped: u64,
}

impl Gauge {
    pub(super) fn new(
        source: &str,
        scope: &str,
        events: Option<mpsc::Sender<Event>>,
        memory: Memory,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            source: source.to_owned(),
            scope: scope.to_owned(),
            events,
            memory,
            remembered: None,
            cancel,
            pages: 0,
            records: 0,
            requests: 0,
            was_stopped: false,
            before: None,
            told: None,
            issues: Vec::new(),
            seen: HashSet::new(),
            dropped: 0,
        }
    }

    /// All issues in the order in which they first came.
    pub(super) fn into_issues(mut self) -> Vec<Issue> {
        if self.dropped > 0 {
            let message = format!("{} more issues like these", self.dropped);
            self.issues.push(Issue::new(self.issues.last().map_or(IssueKind::Parse, |last| last.kind), message));
        }
        self.issues
    }
}

#[async_trait]
impl Sink for Gauge {
    async fn page(&mut self, records: Vec<Record>) -> Result<(), Stopped> {
        let Some(events) = &self.events else {
            self.issue(Issue::new(IssueKind::Parse, "records came with the list of scopes and belong to none"));
            return Ok(());
        };
        let count = records.len() as u64;
        let page = Event::Page { source: self.source.clone(), scope: self.scope.clone(), records };
        let sent = tokio::select! {
            biased;
            () = self.cancel.cancelled() => false,
            sent = events.send(page) => sent.is_ok(),
        };
        if !sent {
            self.was_stopped = true;
            return Err(Stopped);
        }
        self.pages += 1;
        self.records += count;
        Ok(())
    }

    async fn is_as_before(&mut self, digest: [u8; 32]) -> bool {
        let same = self.before.filter(|before| before.digest == digest && self.records == 0);
        self.told = Some(Told { digest, shown: same.is_none() });
        self.records += same.map_or(0, |before| before.records);
        same.is_some()
    }

    fn issue(&mut self, mut issue: Issue) {
        if issue.message.len() > MAX_MESSAGE_BYTES {
            let end = issue.message.floor_char_boundary(MAX_MESSAGE_BYTES);
            issue.message.truncate(end);
            issue.message.push('…');
        }
        if self.seen.contains(&issue) {
            return;
        }
        if self.issues.len() >= MAX_ISSUES {
            self.dropped += 1;
            return;
        }
        self.seen.insert(issue.clone());
        self.issues.push(issue);
    }

    fn requests(&mut self, count: u64) {
        self.requests += count;
    }

    fn recall(&mut self) -> Option<Vec<u8>> {
        self.events.as_ref().and_then(|_| (self.memory)(&self.scope))
    }

    fn remember(&mut self, memory: Vec<u8>) {
        self.remembered = Some(memory);
    }
}
