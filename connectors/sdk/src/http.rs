//! The shared HTTP layer: every request of every connector goes through a [`Client`].
//!
//! It sets the deadlines that vendors' clients leave open (connect, request, idle body), caps bodies after
//! decompression, retries within a budget, honours `Retry-After` for all requests of a source at once, paces and limits
//! requests in flight, counts them for the coverage, and never follows a redirect: a redirect is how a credential
//! reaches a host that it was not meant for.
//!
//! Invariant: every request that whosekey makes is a read, so every request may be tried again.

mod error;
mod origin;
mod pace;
mod retry;
mod transport;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

pub use error::{HttpError, kind_of_status};
pub use origin::{Origin, OriginError};
pub use retry::{Judge, Judgement, judge_by_status, retry_after};
pub use transport::{Body, Transport};

use pace::Pacer;
use retry::Budget;
use transport::Plain;

/// How requests name their sender.
pub const USER_AGENT: &str = concat!("whosekey/", env!("CARGO_PKG_VERSION"));

/// What a source's requests may take, in time, bytes and number.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For the connection, TLS included.
    pub connect_timeout: Duration,
    /// For one attempt, from sending to the body's last byte.
    pub request_timeout: Duration,
    /// Between two pieces of a body.
    pub idle_body_timeout: Duration,
    /// Of a body, after decompression, in bytes.
    pub max_body_bytes: usize,
    /// Attempts for one request, the first included.
    pub max_attempts: u32,
    /// The longest wait that a platform may ask for before the request is given up, rate-limited.
    pub max_retry_after: Duration,
    /// How long all requests wait when the platform throttles and does not say for how long; doubled for each further
    /// attempt. `None`: only the request that was throttled waits, shortly.
    pub throttled_pause: Option<Duration>,
    /// Requests under way at once.
    pub max_in_flight: usize,
    /// Requests begun each second; `None` does not pace.
    pub requests_per_second: Option<f64>,
    /// Requests that may begin at once before they are spaced by `requests_per_second`, and again when as many were saved.
    pub burst: u32,
    /// Tells answers that are worth another attempt from the others.
    pub judge: Judge,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            idle_body_timeout: Duration::from_secs(15),
            max_body_bytes: 64 << 20,
            max_attempts: 4,
            max_retry_after: Duration::from_secs(120),
            throttled_pause: None,
            max_in_flight: 32,
            requests_per_second: None,
            burst: 1,
            judge: judge_by_status,
        }
    }
}

/// An HTTP client of one source. Clones share connections, limits and the retry budget.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    requests: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Shared {
    transport: Box<dyn Transport>,
    limits: Limits,
    in_flight: Semaphore,
    pacer: Pacer,
    budget: Budget,
}

impl Client {
    /// A client with these limits.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded.
    pub fn new(limits: Limits) -> Result<Self, HttpError> {
        let transport = Plain::new(&limits)?;
        Ok(Self::over(Box::new(transport), limits))
    }

    /// A client whose requests a vendor's client carries. `connect_timeout` is the transport's to keep.
    pub fn over(transport: Box<dyn Transport>, limits: Limits) -> Self {
        let shared = Shared {
            transport,
            in_flight: Semaphore::new(limits.max_in_flight),
            pacer: Pacer::new(limits.requests_per_second, limits.burst),
            budget: Budget::default(),
            limits,
        };
        Self { shared: Arc::new(shared), requests: Arc::default() }
    }

    /// The same client with a counter of its own, for one scope.
    #[must_use]
    pub fn for_scope(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), requests: Arc::default() }
    }

    /// Requests sent so far by this client and its clones since [`Client::for_scope`], retries included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a request and reads its whole answer; any status that is not worth a retry is an answer.
    ///
    /// # Errors
    /// When no attempt brought an answer within the limits.
    pub async fn execute(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let shared = &*self.shared;
        let mut attempt = 1;
        loop {
            let outcome = {
                let _permit = shared.in_flight.acquire().await.expect("the semaphore is never closed");
                shared.pacer.wait().await;
                self.requests.fetch_add(1, Ordering::Relaxed);
                shared.budget.request();
                shared.attempt(&request).await
            };
            let (failure, after) = match outcome {
                Ok(response) => match (shared.limits.judge)(&response) {
                    Judgement::Answer => return Ok(response),
                    Judgement::Retry => (HttpError::Status(response.status()), None),
                    Judgement::Throttled(after) => {
                        let untold = || shared.limits.throttled_pause.map(|pause| retry::doubled(pause, attempt));
                        (HttpError::RateLimited { retry_after: after }, after.or_else(untold))
                    }
                },
                Err(error) if error.is_transient() => (error, None),
                Err(error) => return Err(error),
            };
            // Coming back when the platform said so is what it asked for; the budget is for faults that nobody timed. All
            // requests under way may be throttled at once, and would use it up.
            let may_come_back = match after {
                Some(after) => after <= shared.limits.max_retry_after,
                None => shared.budget.take_retry(),
            };
            if attempt >= shared.limits.max_attempts || !may_come_back {
                return Err(failure);
            }
            tracing::debug!(http.attempt = attempt, error = %failure, "request is tried again");
            match after {
                // One limit holds for all requests with the same credential, so all of them wait.
                Some(after) => shared.pacer.pause_for(after),
                None => tokio::time::sleep(retry::backoff(attempt)).await,
            }
            attempt += 1;
        }
    }
}

impl Shared {
    async fn attempt(&self, request: &http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        match tokio::time::timeout(self.limits.request_timeout, self.send(request)).await {
            Ok(result) => result,
            Err(_) => Err(HttpError::Timeout),
        }
    }

    async fn send(&self, request: &http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let (head, mut pieces) = self.transport.send(request.clone()).await?.into_parts();
        let mut body = BytesMut::new();
        loop {
            let next = tokio::time::timeout(self.limits.idle_body_timeout, pieces.next()).await;
            let Some(piece) = next.map_err(|_| HttpError::Timeout)? else { break };
            let piece = piece?;
            if body.len() + piece.len() > self.limits.max_body_bytes {
                return Err(HttpError::BodyTooLarge { limit_bytes: self.limits.max_body_bytes });
            }
            body.extend_from_slice(&piece);
        }
        Ok(http::Response::from_parts(head, body.freeze()))
    }
}

#[cfg(test)]
mod tests;
