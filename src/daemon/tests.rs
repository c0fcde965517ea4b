//! The daemon on a clock that tests move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::{Instant, sleep};

use super::*;
use crate::schedule::parse_zone;

const START: &str = "2026-11-24T09:00:00Z";

fn job(source: &str, line: &str, last_run: Option<&str>) -> Job {
    let schedule = Schedule::parse(line, parse_zone("UTC").unwrap()).unwrap();
    Job { source: source.to_owned(), schedule, last_run: last_run.map(|time| time.parse().unwrap()) }
}

/// A wall clock that goes with the runtime's (paused) one, plus jumps.
struct World {
    clock: Clock,
    jump_ms: Arc<AtomicI64>,
    cancel: CancellationToken,
    log: Arc<Mutex<Vec<String>>>,
}

fn world() -> World {
    let (begun, jump_ms) = (Instant::now(), Arc::new(AtomicI64::new(0)));
    let jumped = Arc::clone(&jump_ms);
    let clock: Clock = Arc::new(move || {
        let start: Timestamp = START.parse().unwrap();
        let elapsed = i64::try_from(begun.elapsed().as_millis()).unwrap();
        Timestamp::from_millis(start.as_millis() + elapsed + jumped.load(Ordering::SeqCst))
    });
    World { clock, jump_ms, cancel: CancellationToken::new(), log: Arc::default() }
}

impl World {
    /// Runs the daemon for this long, with scans that take this long.
    async fn live(&self, jobs: Vec<Job>, hours: u64, scan_minutes: u64) -> Tally {
        let scan = |sources: Vec<String>| async move {
            let time = (self.clock)().to_string();
            self.log.lock().unwrap().push(format!("{} {}", &time[8..16], sources.join("+")));
            sleep(Duration::from_secs(scan_minutes * 60)).await;
        };
        let stop = async {
            // A little longer, so that a slot at the last full hour is in.
            sleep(Duration::from_secs(hours * 3_600 + 10)).await;
            self.cancel.cancel();
        };
        let wake = Notify::new();
        tokio::join!(run(jobs, Arc::clone(&self.clock), self.cancel.clone(), &wake, scan), stop).0
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn each_source_runs_on_its_own_schedule() {
    let world = world();
    let jobs = vec![job("a", "0 * * * *", Some(START)), job("b", "30 10 * * *", Some(START))];
    let tally = world.live(jobs, 3, 1).await;
    assert_eq!(world.log(), ["24T10:00 a", "24T10:30 b", "24T11:00 a", "24T12:00 a"]);
    assert_eq!(tally, Tally { runs: 4, skipped: 0, missed: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_source_that_was_never_scanned_is_due_at_once() {
    let world = world();
    world.live(vec![job("a", "0 0 1 1 *", None), job("b", "0 0 1 1 *", Some(START))], 1, 1).await;
    assert_eq!(world.log(), ["24T09:00 a"]);
}

#[tokio::test(start_paused = true)]
async fn downtime_is_made_up_for_by_one_run() {
    let world = world();
    let tally = world.live(vec![job("a", "0 * * * *", Some("2026-11-23T09:00:00Z"))], 1, 1).await;
    assert_eq!(world.log(), ["24T09:00 a", "24T10:00 a"]);
    assert_eq!(tally, Tally { runs: 2, skipped: 0, missed: 23 });
}

#[tokio::test(start_paused = true)]
async fn sleep_is_made_up_for_by_one_run_soon_after_waking() {
    let world = world();
    let wakes = async {
        sleep(Duration::from_secs(600)).await;
        world.jump_ms.store(5 * 3_600_000, Ordering::SeqCst);
    };
    let jobs = vec![job("a", "0 * * * *", Some(START))];
    let (tally, ()) = tokio::join!(world.live(jobs, 1, 1), wakes);
    assert_eq!(world.log(), ["24T14:10 a", "24T15:00 a"]);
    assert_eq!(tally, Tally { runs: 2, skipped: 0, missed: 4 });
}

#[tokio::test(start_paused = true)]
async fn a_slot_during_its_own_scan_is_skipped_and_counted() {
    let world = world();
    let tally = world.live(vec![job("a", "0 * * * *", Some(START))], 6, 150).await;
    assert_eq!(world.log(), ["24T10:00 a", "24T13:00 a"]);
    assert_eq!(tally, Tally { runs: 2, skipped: 4, missed: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_slot_during_another_sources_scan_waits_for_its_end() {
    let world = world();
    let jobs = vec![job("a", "0 10 * * *", Some(START)), job("b", "*/30 * * * *", Some("2026-11-24T09:45:00Z"))];
    world.live(jobs, 4, 100).await;
    assert_eq!(world.log(), ["24T10:00 a+b", "24T12:00 b"]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_repeats_nothing_and_one_from_the_future_is_not_waited_for() {
    let world = world();
    let back = async {
        sleep(Duration::from_secs(65 * 60)).await;
        world.jump_ms.store(-30 * 60_000, Ordering::SeqCst);
    };
    let jobs = vec![job("a", "0 * * * *", Some(START)), job("b", "0 9 * * *", Some("2031-01-01T00:00:00Z"))];
    tokio::join!(world.live(jobs, 26, 1), back);
    let log = world.log();
    assert_eq!(log[..2], ["24T10:00 a", "24T11:00 a"]);
    assert!(log.contains(&"25T09:00 a+b".to_owned()), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_call_makes_all_sources_due() {
    let world = world();
    let wake = Notify::new();
    let world = &world;
    let scan = |sources: Vec<String>| async move {
        world.log.lock().unwrap().push(sources.join("+"));
        world.cancel.cancel();
    };
    let jobs = vec![job("a", "0 0 1 1 *", Some(START)), job("b", "0 0 1 1 *", Some(START))];
    let daemon = run(jobs, Arc::clone(&world.clock), world.cancel.clone(), &wake, scan);
    tokio::join!(daemon, async { wake.notify_one() });
    assert_eq!(world.log(), ["a+b"]);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_told_to_stop_ends_without_waiting_for_the_next_slot() {
    let world = world();
    let (began, wake) = (Instant::now(), Notify::new());
    let jobs = vec![job("a", "0 0 1 1 *", Some(START))];
    let daemon = run(jobs, Arc::clone(&world.clock), world.cancel.clone(), &wake, |_| async {});
    let stop = async {
        sleep(Duration::from_secs(5)).await;
        world.cancel.cancel();
    };
    let (tally, ()) = tokio::join!(daemon, stop);
    assert_eq!(tally, Tally::default());
    assert!(began.elapsed() < Duration::from_secs(6));
}
