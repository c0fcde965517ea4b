//! When the next request may begin: evenly spaced, and not before the platform's `Retry-After` is over.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Pacer {
    /// Between two requests.
    interval: Duration,
    /// The earliest moment at which the next request may begin.
    next: Mutex<Option<Instant>>,
}

impl Pacer {
    pub(super) fn new(requests_per_second: Option<f64>) -> Self {
        let interval = match requests_per_second {
            Some(rate) if rate > 0.0 => Duration::from_secs_f64(1.0 / rate),
            _ => Duration::ZERO,
        };
        Self { interval, next: Mutex::new(None) }
    }

    /// Waits for this request's turn.
    pub(super) async fn wait(&self) {
        loop {
            let turn = {
                let mut next = self.next.lock().expect("no holder of this lock panics");
                let now = Instant::now();
                match *next {
                    Some(at) if at > now => at,
                    _ => {
                        *next = (!self.interval.is_zero()).then(|| now + self.interval);
                        return;
                    }
                }
            };
            tokio::time::sleep_until(turn).await;
        }
    }

    /// Holds all requests back for this long.
    pub(super) fn pause_for(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut next = self.next.lock().expect("no holder of this lock panics");
        *next = Some(next.map_or(until, |at| at.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_every_request() {
        let pacer = Pacer::new(None);
        pacer.pause_for(Duration::from_secs(30));
        let begun = Instant::now();
        pacer.wait().await;
        pacer.wait().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_spaced_by_the_rate() {
        let pacer = Pacer::new(Some(10.0));
        let begun = Instant::now();
        for _ in 0..11 {
            pacer.wait().await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(1));
    }
}
