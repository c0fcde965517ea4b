//! The scan engine: runs the scopes of all sources concurrently and turns what connectors say into events.
//!
//! It derives how each scope ended, because a connector cannot: `complete` takes the pager's end marker and no issue;
//! what was refused, cut or lost on the way makes `partial`; an error before anything was seen, a deadline, a panic or
//! a source that broke off makes `failed`; a scan that was stopped has no outcome at all.
//!
//! It does not know the store, the graph or the rules. Events leave over one bounded channel, so a slow writer slows
//! the connectors and memory stays bounded; nothing is spawned that is not joined.

mod collect;
mod gauge;
mod lines;
pub mod process;
pub mod replay;
mod source;

#[cfg(test)]
mod fakes;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{Attempt, Connector, Outcome, Record, Scope, Timestamp};

pub use whosekey_sdk::time::Clock;

/// The name of the scope that is the list of scopes.
pub const LISTING: &str = "*";

/// What is said of a connector that panicked. The payload may quote what it was reading, so it is not repeated.
pub const PANICKED: &str = "a bug: the connector panicked here; please report it";

/// How a scope was last shown whole, when nothing has become of it since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The digest that its carrier gave then.
    pub digest: [u8; 32],
    /// How many records it had.
    pub records: u64,
}

/// From the name of a scope of a source to how it was last shown.
pub type Past = Arc<dyn Fn(&str) -> Option<Before> + Send + Sync>;

/// What a carrier said of the whole of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The digest of all that it shows.
    pub digest: [u8; 32],
    /// Whether it showed it: not when it is as before.
    pub shown: bool,
}

/// What happened, in order for each scope: listed, started, pages, finished. A scope that was stopped never finishes.
#[derive(Debug)]
pub enum Event {
    /// The scopes of a source were listed, or could not be (then `scopes` is empty and says nothing).
    SourceListed {
        /// The source's name.
        source: String,
        /// The connector's name.
        connector: &'static str,
        /// All scopes that exist, when `attempt` is complete.
        scopes: Vec<Scope>,
        /// How the listing went.
        attempt: Attempt,
    },
    /// A scope is being collected.
    ScopeStarted {
        /// The source's name.
        source: String,
        /// The scope.
        scope: Scope,
        /// When.
        started_at: Timestamp,
    },
    /// Records of a scope.
    Page {
        /// The source's name.
        source: String,
        /// The scope's name.
        scope: String,
        /// The records.
        records: Vec<Record>,
    },
    /// A scope ended.
    ScopeFinished {
        /// The source's name.
        source: String,
        /// The scope's name.
        scope: String,
        /// How it went.
        attempt: Attempt,
        /// What the connector asks to be told at its next attempt; `None` leaves what it asked before.
        memory: Option<Vec<u8>>,
        /// What the carrier said of the whole, if it did.
        told: Option<Told>,
    },
}

/// What the scopes of a source asked to be told: from a scope's name to what its latest attempt left.
pub type Memory = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// How much of a source is asked at once, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Scopes collected at the same time.
    pub concurrency: usize,
    /// After this long a scope has failed.
    pub scope_timeout: Duration,
    /// After this long all scopes of the source that have not ended have failed.
    pub source_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 8,
            scope_timeout: Duration::from_secs(30 * 60),
            source_timeout: Duration::from_secs(6 * 60 * 60),
        }
    }
}

/// One source to scan.
#[derive(Clone)]
pub struct SourceRun {
    /// The name that the configuration gives it.
    pub name: String,
    /// The connector, ready to be asked.
    pub connector: Arc<dyn Connector>,
    /// Its limits.
    pub limits: Limits,
    /// The digest of the settings that choose its scopes.
    pub settings: [u8; 32],
    /// What its scopes asked to be told.
    pub memory: Memory,
    /// How each of its scopes was last shown whole, if it still is as it was then.
    pub before: Past,
}

impl SourceRun {
    /// A source that remembers nothing.
    pub fn new(name: impl Into<String>, connector: Arc<dyn Connector>, limits: Limits) -> Self {
        let (memory, before): (Memory, Past) = (Arc::new(|_| None), Arc::new(|_| None));
        Self { name: name.into(), connector, limits, settings: [0; 32], memory, before }
    }
}

/// What a scan came to, over all sources and their lists of scopes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Scopes seen whole.
    pub complete: usize,
    /// Scopes seen in part.
    pub partial: usize,
    /// Scopes not seen.
    pub failed: usize,
    /// Scopes without an outcome because the scan was stopped.
    pub stopped: usize,
    /// Records received.
    pub records: u64,
    /// Requests sent to platforms.
    pub requests: u64,
}

impl Summary {
    fn add(&mut self, attempt: Option<&Attempt>) {
        let Some(attempt) = attempt else {
            self.stopped += 1;
            return;
        };
        match attempt.outcome {
            Outcome::Complete => self.complete += 1,
            Outcome::Partial => self.partial += 1,
            Outcome::Failed => self.failed += 1,
        }
        self.records += attempt.records;
        self.requests += attempt.requests;
    }

    fn merge(&mut self, other: Summary) {
        self.complete += other.complete;
        self.partial += other.partial;
        self.failed += other.failed;
        self.stopped += other.stopped;
        self.records += other.records;
        self.requests += other.requests;
    }
}

/// Scans all sources at once, and returns when the last scope has ended or `cancel` has stopped the rest. When nobody
/// receives the events any more, the scan is stopped too.
pub async fn run(
    sources: Vec<SourceRun>,
    clock: Clock,
    cancel: CancellationToken,
    events: mpsc::Sender<Event>,
) -> Summary {
    let mut running = JoinSet::new();
    for source in sources {
        running.spawn(source::run(source, Arc::clone(&clock), cancel.clone(), events.clone()));
    }
    drop(events);
    let mut summary = Summary::default();
    while let Some(joined) = running.join_next().await {
        // Connectors' panics are caught where they are called: this one is ours, and must not look like a quiet source.
        summary.merge(joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
    }
    summary
}
