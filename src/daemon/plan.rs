//! Which sources are due. Pure: the time comes in.

use std::time::Duration;

use whosekey_sdk::Timestamp;

use crate::daemon::Job;

/// More slots than this are not counted one by one.
const COUNT_LIMIT: usize = 100_000;

/// A last run that lies further ahead than this was written by a clock that was wrong, and counts for nothing.
const CLOCK_SKEW: Duration = Duration::from_secs(24 * 60 * 60);

/// All jobs, and up to when each one's slots are dealt with.
#[derive(Debug)]
pub(super) struct Plan {
    jobs: Vec<Job>,
}

impl Plan {
    pub(super) fn new(jobs: Vec<Job>) -> Self {
        Self { jobs }
    }

    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.jobs.len()).collect()
    }

    pub(super) fn names(&self, jobs: &[usize]) -> Vec<String> {
        jobs.iter().map(|job| self.jobs[*job].source.clone()).collect()
    }

    /// The jobs that have a slot behind them that is not dealt with.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<usize> {
        for job in &mut self.jobs {
            job.last_run = job.last_run.map(|last| if last > now.plus(CLOCK_SKEW) { now } else { last });
        }
        let is_due = |job: &&usize| match self.jobs[**job].last_run {
            None => true,
            Some(last) => self.jobs[**job].schedule.next_after(last).is_some_and(|next| next <= now),
        };
        self.all().iter().filter(is_due).copied().collect()
    }

    /// The next slot of any job, when none is due.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let next = |job: &Job| job.schedule.next_after(job.last_run.unwrap_or(now));
        self.jobs.iter().filter_map(next).min()
    }

    /// Slots of these jobs that one run at this moment makes up for, beyond one for each.
    pub(super) fn missed(&self, jobs: &[usize], now: Timestamp) -> u64 {
        let missed = |job: &usize| {
            let job = &self.jobs[*job];
            let passed = job.last_run.map_or(0, |last| job.schedule.count_between(last, now, COUNT_LIMIT));
            passed.saturating_sub(1) as u64
        };
        jobs.iter().map(missed).sum()
    }

    /// These jobs ran. Says how many of their slots came meanwhile; those are dealt with too.
    pub(super) fn ran(&mut self, jobs: &[usize], started: Timestamp, ended: Timestamp) -> u64 {
        let mut skipped = 0;
        for job in jobs {
            let job = &mut self.jobs[*job];
            skipped += job.schedule.count_between(started, ended, COUNT_LIMIT) as u64;
            job.last_run = Some(started.max(ended));
        }
        skipped
    }
}
