//! Something the world did to a scope. Issues are data: stored, counted, shown in the coverage; they never end a scan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What went wrong with a scope, in the closed list of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    /// The platform refused this call to our identity.
    Permission,
    /// Our own sign-in failed or expired.
    Auth,
    /// Throttled, and the budget for waiting was used up.
    RateLimit,
    /// Connection, TLS, DNS, server error, cut body.
    Network,
    /// A deadline passed.
    Timeout,
    /// An answer that could not be understood, a listing that repeats itself.
    Parse,
    /// The platform does not have this here (a region switched off, an API missing, a licence).
    Unsupported,
}

impl IssueKind {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            IssueKind::Permission => "permission",
            IssueKind::Auth => "auth",
            IssueKind::RateLimit => "rate_limit",
            IssueKind::Network => "network",
            IssueKind::Timeout => "timeout",
            IssueKind::Parse => "parse",
            IssueKind::Unsupported => "unsupported",
        }
    }
}

/// One issue. The message names the call or permission and what it costs; it never holds a secret, a header or a
/// query string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Issue {
    /// What went wrong.
    pub kind: IssueKind,
    /// One line for people: what, where, what to do.
    pub message: String,
}

impl Issue {
    /// An issue of this kind.
    pub fn new(kind: IssueKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}
