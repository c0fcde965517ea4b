//! What can go wrong with a request. No variant holds a URL, a header or a body: any of them may hold a secret.

use std::time::Duration;

use crate::{Issue, IssueKind};

/// Why a request brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Setup(String),
    /// A vendor's client could not sign in.
    #[error("signing in: {0}")]
    SignIn(String),
    /// No answer within a deadline.
    #[error("no answer in time")]
    Timeout,
    /// The connection could not be made, or broke.
    #[error("{0}")]
    Network(String),
    /// The body was cut before its end.
    #[error("the answer was cut before its end")]
    Cut,
    /// The body is larger than we take.
    #[error("the answer is larger than {limit_bytes} bytes")]
    BodyTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The transport read no further: the answer is not of the kind that was asked for.
    #[error("{0}")]
    Refused(String),
    /// The platform kept answering with a server error.
    #[error("the platform answered {0} each time")]
    Status(http::StatusCode),
    /// The platform throttles us for longer than we wait.
    #[error("rate-limited{}", .retry_after.map_or_else(String::new, |after| format!("; the platform asks to wait {} s", after.as_secs())))]
    RateLimited {
        /// What the platform asked for.
        retry_after: Option<Duration>,
    },
}

impl HttpError {
    /// From the transport's error, without its URL.
    pub(super) fn from_reqwest(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return HttpError::Timeout;
        }
        if error.is_body() || error.is_decode() {
            return HttpError::Cut;
        }
        if error.is_connect() {
            return HttpError::Network(format!("no connection: {}", innermost(&error)));
        }
        HttpError::Network(innermost(&error))
    }

    /// Whether another attempt may go better.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, HttpError::Timeout | HttpError::Network(_) | HttpError::Cut)
    }

    /// The kind of issue that this is in the coverage.
    pub fn kind(&self) -> IssueKind {
        match self {
            HttpError::SignIn(_) => IssueKind::Auth,
            HttpError::Timeout => IssueKind::Timeout,
            HttpError::RateLimited { .. } => IssueKind::RateLimit,
            HttpError::BodyTooLarge { .. } | HttpError::Refused(_) => IssueKind::Parse,
            HttpError::Setup(_) | HttpError::Network(_) | HttpError::Cut | HttpError::Status(_) => IssueKind::Network,
        }
    }

    /// The issue for the coverage; `what` names the call.
    pub fn issue(&self, what: &str) -> Issue {
        Issue::new(self.kind(), format!("{what}: {self}"))
    }
}

/// The kind of issue that a refusal with this status is, where the platform says no more.
///
/// 404 is [`IssueKind::Permission`]: platforms hide behind it what they refuse to show. Where it means that the platform
/// has no such listing here, the connector says [`IssueKind::Unsupported`] itself, for that kind alone lets verdicts
/// pass over the scope as if there were nothing to see.
pub fn kind_of_status(status: u16) -> IssueKind {
    match status {
        401 => IssueKind::Auth,
        403 | 404 => IssueKind::Permission,
        405 | 501 => IssueKind::Unsupported,
        408 => IssueKind::Timeout,
        429 => IssueKind::RateLimit,
        500.. => IssueKind::Network,
        _ => IssueKind::Parse,
    }
}

/// The root cause: the layers above it repeat the URL, whose query may hold a token.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if std::ptr::addr_eq(cause, error as &dyn std::error::Error) {
        "the request was refused by the HTTP client".to_owned()
    } else {
        cause.to_string()
    }
}
