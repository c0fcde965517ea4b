//! When the next request may begin: so many at first as the platform bears at once, then evenly spaced, and not before the
//! platform's `Retry-After` is over.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Pacer {
    /// Between two requests.
    interval: Duration,
    /// How far requests may be ahead of their even spacing.
    ahead: Duration,
    /// The moment of the next request if all were evenly spaced.
    next: Mutex<Option<Instant>>,
}

impl Pacer {
    pub(super) fn new(requests_per_second: Option<f64>, burst: u32) -> Self {
        let interval = match requests_per_second {
            Some(rate) if rate > 0.0 => Duration::from_secs_f64(1.0 / rate),
            _ => Duration::ZERO,
        };
        Self { interval, ahead: interval * burst.saturating_sub(1), next: Mutex::new(None) }
    }

    /// Waits for this request's turn.
    pub(super) async fn wait(&self) {
        loop {
            let turn = {
                let mut next = self.next.lock().expect("no holder of this lock panics");
                let now = Instant::now();
                let even = next.map_or(now, |next| next.max(now));
                if even <= now + self.ahead {
                    *next = Some(even + self.interval);
                    return;
                }
                even - self.ahead
            };
            tokio::time::sleep_until(turn).await;
        }
    }

    /// Holds all requests back for this long, and lets them go on evenly spaced.
    pub(super) fn pause_for(&self, pause: Duration) {
        let until = Instant::now() + pause + self.ahead;
        let mut next = self.next.lock().expect("no holder of this lock panics");
        *next = Some(next.map_or(until, |at| at.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_every_request() {
        let pacer = Pacer::new(None, 1);
        pacer.pause_for(Duration::from_secs(30));
        let begun = Instant::now();
        pacer.wait().await;
        pacer.wait().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_spaced_by_the_rate() {
        let pacer = Pacer::new(Some(10.0), 1);
        let begun = Instant::now();
        for _ in 0..11 {
            pacer.wait().await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_let_through_once_and_not_after_a_pause() {
        let pacer = Pacer::new(Some(10.0), 20);
        let begun = Instant::now();
        for _ in 0..20 {
            pacer.wait().await;
        }
        assert!(begun.elapsed() < Duration::from_millis(10));
        pacer.wait().await;
        assert!(begun.elapsed() >= Duration::from_millis(99), "spaced from there on");
        pacer.pause_for(Duration::from_secs(30));
        let begun = Instant::now();
        for _ in 0..11 {
            pacer.wait().await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(31), "{:?}", begun.elapsed());
    }
}
