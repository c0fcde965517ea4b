//! Whether a program is still alive: anything that it writes, to its output or to its log, is a sign.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// When the last sign was seen.
#[derive(Debug)]
pub(super) struct Signs(Mutex<Instant>);

impl Default for Signs {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl Signs {
    /// A sign was seen now.
    pub(super) fn seen(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the work comes to; `None` when there was no sign for this long.
    pub(super) async fn within<T>(&self, silence: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            let until = self.last() + silence;
            tokio::select! {
                biased;
                value = &mut work => return Some(value),
                () = sleep_until(until) => if self.last() + silence <= Instant::now() {
                    return None;
                },
            }
        }
    }
}
