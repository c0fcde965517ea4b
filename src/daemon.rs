//! The daemon's core: scans each source on its schedule, one scan at a time, until it is told to stop.
//!
//! It does not know what a scan is: it is given one as a function, with the names of the sources that are due. A slot
//! that comes while its source is being scanned is skipped and counted; slots that passed while the machine slept or
//! the daemon was down are one run. Signals are wired by the command; here they are a token and a wake-up call.

mod plan;

use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::Timestamp;

use crate::scan::Clock;
use crate::schedule::Schedule;
use plan::Plan;

/// The longest nap. Timers stand still while a machine sleeps, so the wall clock is looked at this often.
const MAX_NAP: Duration = Duration::from_secs(30);

/// A source and when it is to be scanned.
#[derive(Debug, Clone)]
pub struct Job {
    /// The source's name.
    pub source: String,
    /// Its schedule.
    pub schedule: Schedule,
    /// When it was last scanned, as the database knows it. A source that never was is due at once.
    pub last_run: Option<Timestamp>,
}

/// What the daemon did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Scans begun.
    pub runs: u64,
    /// Slots that came while their source was being scanned.
    pub skipped: u64,
    /// Slots that passed unseen (sleep, downtime, another source's scan) and were made up for by one run.
    pub missed: u64,
}

/// Runs until `cancel`; a scan that is running then is awaited, so `scan` must itself end soon when cancelled. `wake`
/// makes all sources due at once.
pub async fn run<Scan, Running>(
    jobs: Vec<Job>,
    clock: Clock,
    cancel: CancellationToken,
    wake: &Notify,
    mut scan: Scan,
) -> Tally
where
    Scan: FnMut(Vec<String>) -> Running,
    Running: Future<Output = ()>,
{
    let mut plan = Plan::new(jobs);
    let mut tally = Tally::default();
    let mut is_woken = false;
    while !cancel.is_cancelled() {
        let started = clock();
        let due = if std::mem::take(&mut is_woken) { plan.all() } else { plan.due(started) };
        if due.is_empty() {
            let nap = plan.next(started).map_or(MAX_NAP, |next| started.until(next).min(MAX_NAP));
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                () = wake.notified() => is_woken = true,
                () = tokio::time::sleep(nap) => {}
            }
            continue;
        }
        let missed = plan.missed(&due, started);
        let names = plan.names(&due);
        tracing::info!(sources = names.join(", "), missed, "a scan begins");
        scan(names).await;
        let skipped = plan.ran(&due, started, clock());
        if skipped > 0 {
            tracing::warn!(skipped, "a scan took longer than the time to the next one, which is skipped");
        }
        tally.runs += 1;
        tally.missed += missed;
        tally.skipped += skipped;
    }
    tally
}

#[cfg(test)]
mod tests;
