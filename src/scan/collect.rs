//! One call of a connector: under a deadline, stoppable, with its panics caught; and what its end means.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{Attempt, CollectError, Issue, IssueKind, Outcome, Sink as _, Timestamp};

use crate::scan::PANICKED;
use crate::scan::gauge::Gauge;

/// How a call ended.
#[derive(Debug)]
pub(super) enum Ended<T> {
    /// The connector returned.
    Returned(Result<T, CollectError>),
    /// The deadline passed first.
    TimedOut(Duration),
    /// A bug.
    Panicked,
    /// The scan was stopped.
    Stopped,
}

/// Awaits a connector's call.
pub(super) async fn guarded<T>(
    call: impl Future<Output = Result<T, CollectError>>,
    timeout: Duration,
    cancel: &CancellationToken,
) -> Ended<T> {
    // The connector's state is not looked at again after a panic but through `Connector`, which every scope shares
    // and which must therefore stand being left anywhere.
    let call = AssertUnwindSafe(call).catch_unwind();
    tokio::select! {
        biased;
        () = cancel.cancelled() => Ended::Stopped,
        ended = tokio::time::timeout(timeout, call) => match ended {
            Ok(Ok(returned)) => Ended::Returned(returned),
            Ok(Err(_payload)) => Ended::Panicked,
            Err(_elapsed) => Ended::TimedOut(timeout),
        },
    }
}

/// What an end means for the scope; `None` when the scan was stopped. The value is there when the connector returned
/// one, whatever the outcome.
pub(super) fn derive<T>(
    ended: Ended<T>,
    mut gauge: Gauge,
    started_at: Timestamp,
    finished_at: Timestamp,
) -> Option<(Attempt, Option<T>)> {
    let (fails, value) = match ended {
        Ended::Returned(Ok(value)) => (false, Some(value)),
        Ended::Returned(Err(CollectError::Issue(issue))) => {
            gauge.issue(issue);
            (gauge.pages == 0, None)
        }
        Ended::Returned(Err(CollectError::Broken(issue))) => {
            gauge.issue(issue);
            (true, None)
        }
        Ended::TimedOut(timeout) => {
            let message = match timeout.as_secs() {
                0 => "not begun: the time for this source was used up by the scopes before".to_owned(),
                secs => format!("not finished after {secs} s; the source's `timeout` sets how long it may take"),
            };
            gauge.issue(Issue::new(IssueKind::Timeout, message));
            (true, None)
        }
        Ended::Panicked => {
            gauge.issue(Issue::new(IssueKind::Parse, PANICKED));
            (true, None)
        }
        Ended::Returned(Err(CollectError::Stopped)) if !gauge.was_stopped => {
            gauge.issue(Issue::new(IssueKind::Parse, "a bug: the connector stopped without being told to"));
            (true, None)
        }
        Ended::Stopped | Ended::Returned(Err(CollectError::Stopped)) => return None,
    };
    let (records, requests) = (gauge.records, gauge.requests);
    let issues = gauge.into_issues();
    let outcome = match (fails, issues.is_empty()) {
        (true, _) => Outcome::Failed,
        (false, false) => Outcome::Partial,
        (false, true) => Outcome::Complete,
    };
    Some((Attempt { outcome, records, requests, started_at, finished_at, issues }, value))
}
