//! `whosekey daemon`: the same scan as `whosekey scan`, on each source's schedule, until SIGTERM.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use super::pipeline::{ScanTime, Workplace};
use super::progress::{Progress, Show};
use super::signals::{self, Interrupted};
use super::{Done, Environment, Global, environment, output, state};
use crate::daemon::{self, Job};
use crate::scan::LISTING;

/// What `daemon` takes.
#[derive(Debug, Args)]
pub(crate) struct DaemonArgs {}

pub(crate) fn run(_args: &DaemonArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let config = state::setup(global, environment)?;
    anyhow::ensure!(!config.sources.is_empty(), "the configuration has no sources to scan");
    let workplace = Workplace::open(&config, environment, ScanTime::Clock)?;
    // Secrets that are not where the configuration says are told now, not at the first tick.
    workplace.sources(&[])?;
    let last_runs = last_runs(&workplace)?;
    let jobs: Vec<Job> = config
        .sources
        .iter()
        .map(|source| Job {
            source: source.name.clone(),
            schedule: source.common.schedule.clone(),
            last_run: last_runs.get(&source.name).copied(),
        })
        .collect();
    let cancel = CancellationToken::new();
    let wake = Notify::new();
    let workplace = Arc::new(Mutex::new(workplace));
    let scan = |names: Vec<String>| {
        let workplace = Arc::clone(&workplace);
        let cancel = cancel.clone();
        async move {
            let mut workplace = workplace.lock().await;
            // A failed run is said and stored in the coverage; the daemon goes on and tries again when it is due.
            if let Err(error) = scan_once(&mut workplace, &names, cancel).await {
                output::error(&error);
            }
        }
    };
    let clock: crate::scan::Clock = Arc::new(environment::wall_clock);
    let ended = signals::run(&cancel, daemon::run(jobs, clock, cancel.clone(), &wake, scan))?;
    match ended {
        // Being told to stop is how a daemon ends well.
        Ok(tally) => tracing::info!(runs = tally.runs, skipped = tally.skipped, "the daemon ends"),
        Err(Interrupted { signal }) => tracing::info!(signal, "the daemon ends"),
    }
    Ok(Done::Ok)
}

async fn scan_once(workplace: &mut Workplace<'_>, names: &[String], cancel: CancellationToken) -> anyhow::Result<()> {
    let sources = workplace.sources(names)?;
    let summary = workplace.scan(sources, cancel.clone(), Progress::new(Show::Nothing)).await?;
    if cancel.is_cancelled() {
        return Ok(());
    }
    let judged = tokio::task::block_in_place(|| workplace.judge()).context("the scan could not be judged")?;
    let findings = judged.reconciled.findings.len();
    tracing::info!(
        complete = summary.complete,
        partial = summary.partial,
        failed = summary.failed,
        findings,
        "a scan ends"
    );
    Ok(())
}

/// When each source was last scanned, as the database knows it.
fn last_runs(workplace: &Workplace<'_>) -> anyhow::Result<HashMap<String, whosekey_sdk::Timestamp>> {
    let mut last = HashMap::new();
    let listing = |row: crate::graph::ScopeCoverage| {
        if row.scope == LISTING {
            last.insert(row.source, row.attempt.started_at);
        }
    };
    workplace.store().coverage(listing)?;
    Ok(last)
}
