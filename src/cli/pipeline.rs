//! One scan from sources to stored findings; the same for `scan` and for each run of the daemon.
//!
//! The engine's events meet the store's writer here, on a thread of the writer's own: the channel between them is
//! bounded, so a slow disk slows the connectors and nothing piles up.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{Outcome, Timestamp};

use super::progress::Progress;
use super::{Environment, environment, fingerprint_key, state};
use crate::config::{Config, Parts, Source};
use crate::scan::{self, Before, Clock, Event, SourceRun, Summary, Told};
use crate::store::{ScanLock, Store};

/// Pages under way between the connectors and the writer.
const CHANNEL_PAGES: usize = 16;

/// When a scan takes place: at the clock's time, or at a moment that was given, so that it can be repeated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ScanTime {
    Clock,
    Fixed(Timestamp),
}

impl ScanTime {
    fn clock(self) -> Clock {
        match self {
            ScanTime::Clock => Arc::new(environment::wall_clock),
            ScanTime::Fixed(now) => Arc::new(move || now),
        }
    }
}

/// A database that this process alone scans into.
pub(crate) struct Workplace<'c> {
    config: &'c Config,
    store: Option<Store>,
    parts: Parts,
    _lock: ScanLock,
}

impl<'c> Workplace<'c> {
    /// Takes the database's scan lock, opens it, and gets ready what connectors are built from.
    pub(crate) fn open(config: &'c Config, environment: &Environment, time: ScanTime) -> anyhow::Result<Self> {
        let clock = time.clock();
        let lock = ScanLock::acquire(&config.database, environment.now())?;
        let store = Store::open(&config.database)?;
        let parts = Parts {
            clock,
            fingerprint_key: fingerprint_key::load_or_create(store.path())?,
            environment: environment.for_config()?,
        };
        Ok(Self { config, store: Some(store), parts, _lock: lock })
    }

    /// The sources with these names, built; all of them when no name is given.
    pub(crate) fn sources(&self, names: &[String]) -> anyhow::Result<Vec<SourceRun>> {
        let mut runs = build(self.config, names, &self.parts)?;
        // A reader of its own, for the store is the writer's while a scan runs; opened when somebody asks, for a first
        // scan is written faster while nobody reads.
        let reader = Arc::new(Reader { database: self.store().path().to_owned(), store: Mutex::new(None) });
        let before = Arc::new(self.store().before()?);
        for run in &mut runs {
            let (reader, source) = (Arc::clone(&reader), run.name.clone());
            run.memory = Arc::new(move |scope| reader.recall(&source, scope));
            let (before, source) = (Arc::clone(&before), run.name.clone());
            run.before = Arc::new(move |scope| {
                let (digest, records) = *before.get(&(source.clone(), scope.to_owned()))?;
                Some(Before { digest, records })
            });
        }
        Ok(runs)
    }

    /// The database, between scans.
    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().expect("the store is lent only while a scan runs")
    }

    /// Scans, and stores what was seen. What a stopped scan had finished by then stands.
    pub(crate) async fn scan(
        &mut self,
        sources: Vec<SourceRun>,
        cancel: CancellationToken,
        progress: Progress,
    ) -> anyhow::Result<Summary> {
        let store = self.store.take().expect("the store is lent only while a scan runs");
        let announced: Vec<Announced> = sources.iter().map(Announced::of).collect();
        let (events, received) = mpsc::channel(CHANNEL_PAGES);
        let now = (self.parts.clock)();
        let confirm_absence = self.config.policy.confirm_absence;
        let writer = tokio::task::spawn_blocking(move || {
            let mut store = store;
            let written = write(&mut store, received, now, &announced, confirm_absence, progress);
            (store, written)
        });
        let summary = scan::run(sources, Arc::clone(&self.parts.clock), cancel, events).await;
        let (store, written) = writer.await.context("the writer broke")?;
        self.store = Some(store);
        written?;
        Ok(summary)
    }

    /// Judges what is stored now, and stores what became of the findings.
    pub(crate) fn judge(&mut self) -> anyhow::Result<state::Judged> {
        let now = (self.parts.clock)();
        let store = self.store.as_mut().expect("the store is lent only while a scan runs");
        let judged = state::judge(store, self.config, None, now)?;
        store.save_findings(&judged.reconciled.findings, judged.in_words(), now)?;
        Ok(judged)
    }
}

/// Builds the sources' connectors; every one that cannot be built is told at once.
pub(crate) fn build(config: &Config, names: &[String], parts: &Parts) -> anyhow::Result<Vec<SourceRun>> {
    for name in names {
        if !config.sources.iter().any(|source| source.name == *name) {
            let known: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
            anyhow::bail!("there is no source {name:?}; the configuration has {}", known.join(", "));
        }
    }
    let chosen = |source: &&Source| names.is_empty() || names.contains(&source.name);
    let mut runs = Vec::new();
    let mut failures = Vec::new();
    for source in config.sources.iter().filter(chosen) {
        match source.build(parts) {
            Ok(connector) => {
                let run = SourceRun::new(source.name.clone(), connector, source.common.limits);
                runs.push(SourceRun { settings: source.settings, ..run });
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    anyhow::ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(runs)
}

/// What the writer is to know of a source.
struct Announced {
    name: String,
    connector: &'static str,
    settings: [u8; 32],
}

impl Announced {
    fn of(source: &SourceRun) -> Self {
        Self { name: source.name.clone(), connector: source.connector.descriptor().name, settings: source.settings }
    }
}

/// Who looks up what scopes asked to be told.
struct Reader {
    database: PathBuf,
    store: Mutex<Option<Store>>,
}

impl Reader {
    /// What cannot be recalled costs requests and nothing else.
    fn recall(&self, source: &str, scope: &str) -> Option<Vec<u8>> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let recalled = match &mut *store {
            Some(store) => store.recall(source, scope),
            none => Store::open_read_only(&self.database).and_then(|store| none.insert(store).recall(source, scope)),
        };
        recalled.unwrap_or_else(|error| {
            tracing::warn!(source.name = source, scope, %error, "what a scope asked to be told cannot be read");
            None
        })
    }
}

fn write(
    store: &mut Store,
    mut received: mpsc::Receiver<Event>,
    now: Timestamp,
    announced: &[Announced],
    confirm_absence: u32,
    mut progress: Progress,
) -> anyhow::Result<()> {
    let sources: Vec<(&str, &str)> = announced.iter().map(|source| (&*source.name, source.connector)).collect();
    let mut writer = store.begin_run(now, &sources, confirm_absence)?;
    for source in announced {
        writer.source_settings(&source.name, source.settings)?;
    }
    while let Some(event) = received.blocking_recv() {
        match event {
            Event::SourceListed { source, connector: _, scopes, attempt } => {
                progress.listed(scopes.len());
                writer.source_listed(&source, &scopes, &attempt)?;
            }
            Event::ScopeStarted { source, scope, started_at: _ } => writer.scope_started(&source, &scope)?,
            Event::Page { source, scope, records } => {
                progress.page(&scope, records.len());
                writer.page(&source, &scope, &records)?;
            }
            Event::ScopeFinished { source, scope, attempt, memory, told } => {
                if let Some(memory) = memory {
                    writer.remember(&source, &scope, memory)?;
                }
                match told {
                    Some(Told { digest, shown: false }) if attempt.outcome == Outcome::Complete => {
                        writer.finish_unchanged(&source, &scope, &attempt, digest)?;
                    }
                    told => {
                        if let Some(told) = told {
                            writer.scope_digest(&source, &scope, told.digest)?;
                        }
                        writer.finish_scope(&source, &scope, &attempt)?;
                    }
                }
                progress.finished();
            }
        }
    }
    writer.finish()?;
    progress.clear();
    Ok(())
}
