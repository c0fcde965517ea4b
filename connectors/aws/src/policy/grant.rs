//! What the analysis concludes: grants.

use std::sync::Arc;

use whosekey_sdk::AccessLevel;

use super::escalations::Escalation;

/// One thing that a principal's policies let it do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// How much.
    pub level: AccessLevel,
    /// On what.
    pub on: On,
    /// How sure it is that the principal can do it.
    pub confidence: Confidence,
    /// The names of the policies that give it, sorted.
    pub policies: Vec<Arc<str>>,
    /// The actions, or patterns of actions, sorted.
    pub actions: Vec<String>,
    /// For escalations: which.
    pub combination: Option<&'static Escalation>,
    /// Keys of conditions that may stand in the way, in lower case, sorted; values are not kept.
    pub conditions: Vec<String>,
    /// One clause for people.
    pub because: String,
}

/// On what a grant is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// Everything in the account.
    Everything,
    /// What this ARN names; it may hold wildcards and, in `${…}`, variables.
    Arn(Arc<str>),
}

/// How sure a grant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It needs something in the account that is not known to exist, and conditions besides.
    Low,
    /// It needs a more privileged role or workload in the account, or is under a condition.
    Medium,
    /// The policies alone say so.
    High,
}

impl Confidence {
    /// The word used in links' attributes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }

    /// One step less sure.
    #[must_use]
    pub const fn less(self) -> Self {
        match self {
            Confidence::High => Confidence::Medium,
            Confidence::Medium | Confidence::Low => Confidence::Low,
        }
    }
}
