//! The unit of completeness.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One listing of one source that is seen whole or not, such as `123456789012/iam.users`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// The name, unique within its source and stable from scan to scan.
    pub name: String,
    /// Prefixes of ids and aliases of which this scope is *the* listing: when the scope is complete and a link's end
    /// that starts with one of them matches no entity, the thing does not exist. Empty when nothing can be said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// Whether the source forgets: it is a log with a window, and what it no longer shows may still be so. What such a
    /// scope showed stands until it has expired or what it is about is gone; the log's silence ends nothing. A scope
    /// that forgets is the authority for no prefix.
    #[serde(default, skip_serializing_if = "is_false")]
    pub forgets: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(crate) fn is_false(value: &bool) -> bool {
    !value
}

impl Scope {
    /// A scope that is the authority for no prefix.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), covers: Vec::new(), forgets: false }
    }

    /// The same scope, of a log that forgets.
    #[must_use]
    pub fn forgetting(mut self) -> Self {
        self.forgets = true;
        self
    }

    /// The same scope, the authority for ids or aliases that start with `prefix`.
    #[must_use]
    pub fn covering(mut self, prefix: impl Into<String>) -> Self {
        self.covers.push(prefix.into());
        self
    }
}

/// How the collection of a scope ended. The engine derives it; no connector can state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The platform's end marker was seen and no issue was raised.
    Complete,
    /// Something was seen, and something was refused, cut or lost.
    Partial,
    /// The collection ended in an error, a deadline or a panic.
    Failed,
}

impl Outcome {
    /// The word used in reports and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Complete => "complete",
            Outcome::Partial => "partial",
            Outcome::Failed => "failed",
        }
    }

    /// The outcome with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "complete" => Some(Outcome::Complete),
            "partial" => Some(Outcome::Partial),
            "failed" => Some(Outcome::Failed),
            _ => None,
        }
    }
}

/// How one attempt at a scope went, as the engine saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// Records received.
    pub records: u64,
    /// Requests sent to the platform.
    pub requests: u64,
    /// When it began.
    pub started_at: crate::Timestamp,
    /// When it ended.
    pub finished_at: crate::Timestamp,
    /// What the world did to it, in order, without repeats.
    pub issues: Vec<crate::Issue>,
}
