//! The lines of the connector protocol (`schema/protocol.md`): what a connector program and a recording consist of.
//!
//! A line is a JSON object with exactly one of the keys below, so it is read as a struct of options and then checked:
//! an externally tagged enum would report "unknown variant" for a line of a newer version, not which line it was.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Issue, Record};

/// The protocol version this build speaks.
pub const VERSION: u32 = 1;

/// One line of an answer or of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Line {
    /// An observation.
    Record {
        /// The record.
        record: Record,
    },
    /// Something the world did to the scope.
    Issue {
        /// The issue.
        issue: Issue,
    },
    /// A scope that exists (in the answer to `scopes`, or under `{"collect":"*"}` of a recording).
    Scope {
        /// Its name.
        scope: String,
        /// See [`crate::Scope::covers`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        covers: Vec<String>,
    },
    /// Recordings: the scope whose lines follow.
    Collect {
        /// Its name, or `*` for the list of scopes.
        collect: String,
    },
    /// The end marker.
    Done {
        /// Always true.
        done: bool,
    },
    /// The versions that a connector program speaks; its first line.
    Versions {
        /// The versions.
        v: Vec<u32>,
    },
}

/// What a connector program is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// The protocol version.
    pub v: u32,
    /// What to do.
    #[serde(rename = "do")]
    pub action: Action,
    /// For `collect`: which scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The source's own settings, as configured.
    pub config: serde_json::Value,
}

/// What a connector program can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// List the scopes.
    Scopes,
    /// Collect one scope.
    Collect,
}
