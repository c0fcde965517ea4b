//! When a request is tried again: which answers are worth it, how long to wait, and how many retries a scan may spend.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{DATE, RETRY_AFTER};
use jiff::fmt::rfc2822;

/// What an answer means for the retry loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// An answer: a success, or an error that another attempt would not change.
    Answer,
    /// A passing fault: worth another attempt after a backoff.
    Retry,
    /// The platform asks to slow down, and perhaps says for how long.
    Throttled(Option<Duration>),
}

/// Judges an answer. Platforms disguise throttling (AWS answers 400, GitHub 403), so each connector may bring its own.
pub type Judge = fn(&http::Response<Bytes>) -> Judgement;

/// 429 and 503 with `Retry-After` are throttling; 408 and 5xx are passing faults; the rest are answers.
pub fn judge_by_status(response: &http::Response<Bytes>) -> Judgement {
    let status = response.status();
    let after = retry_after(response);
    match status {
        StatusCode::TOO_MANY_REQUESTS => Judgement::Throttled(after),
        _ if status.is_server_error() && after.is_some() => Judgement::Throttled(after),
        StatusCode::REQUEST_TIMEOUT => Judgement::Retry,
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => Judgement::Answer,
        _ if status.is_server_error() => Judgement::Retry,
        _ => Judgement::Answer,
    }
}

/// `Retry-After` in either of its forms. A date is read against the answer's own `Date`, not against our clock, which
/// may be wrong.
pub fn retry_after(response: &http::Response<Bytes>) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp().as_second());
    let now = date(response.headers().get(DATE)?.to_str().ok()?)?;
    Some(Duration::from_secs(u64::try_from(date(value)?.saturating_sub(now)).unwrap_or(0)))
}

/// Exponential, with full jitter so that the scopes of a source do not return in step.
pub(super) fn backoff(attempt: u32) -> Duration {
    const BASE_MS: u64 = 200;
    const CAP_MS: u64 = 20_000;
    let ceiling = BASE_MS.saturating_mul(1 << attempt.min(10)).min(CAP_MS);
    let mut random = [0u8; 8];
    // Without randomness the wait is the whole ceiling: slower, never wrong.
    let part = getrandom::fill(&mut random).map_or(ceiling, |()| u64::from_le_bytes(random) % (ceiling + 1));
    Duration::from_millis(part)
}

/// `pause` for the first attempt, twice that for the second, and so on.
pub(super) fn doubled(pause: Duration, attempt: u32) -> Duration {
    pause.saturating_mul(1 << attempt.saturating_sub(1).min(16))
}

/// At most a tenth of a source's requests may be retries, and a small source may have a few.
#[derive(Debug, Default)]
pub(super) struct Budget {
    requests: AtomicU64,
    retries: AtomicU64,
}

impl Budget {
    const FREE_RETRIES: u64 = 20;

    pub(super) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one retry from the budget, if there is one.
    pub(super) fn take_retry(&self) -> bool {
        let allowed = Self::FREE_RETRIES.max(self.requests.load(Ordering::Relaxed) / 10);
        self.retries
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |spent| (spent < allowed).then_some(spent + 1))
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> http::Response<Bytes> {
        let mut builder = http::Response::builder().status(status);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Bytes::new()).unwrap()
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        assert_eq!(
            judge_by_status(&answer(429, &[("retry-after", "7")])),
            Judgement::Throttled(Some(Duration::from_secs(7)))
        );
        let dated =
            answer(503, &[("date", "Tue, 24 Nov 2026 09:00:00 GMT"), ("retry-after", "Tue, 24 Nov 2026 09:01:30 GMT")]);
        assert_eq!(judge_by_status(&dated), Judgement::Throttled(Some(Duration::from_secs(90))));
        assert_eq!(judge_by_status(&answer(429, &[("retry-after", "soon")])), Judgement::Throttled(None));
    }

    #[test]
    fn a_refusal_is_an_answer() {
        for status in [200, 301, 400, 403, 404, 501] {
            assert_eq!(judge_by_status(&answer(status, &[])), Judgement::Answer, "{status}");
        }
        assert_eq!(judge_by_status(&answer(500, &[])), Judgement::Retry);
    }

    #[test]
    fn retries_stay_within_a_tenth_of_the_requests() {
        let budget = Budget::default();
        for _ in 0..1000 {
            budget.request();
        }
        let granted = (0..1000).filter(|_| budget.take_retry()).count();
        assert_eq!(granted, 100);
    }

    #[test]
    fn backoff_never_passes_its_cap() {
        assert!((0..64).all(|attempt| backoff(attempt) <= Duration::from_secs(20)));
    }
}
