//! Findings of the report, version 1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whosekey_sdk::{EntityId, Timestamp};

use crate::analysis::{Confidence, Severity, Status};

/// What a rule concluded about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Depends on the rule and the subject alone: tomorrow it is the same finding.
    pub id: String,
    /// The rule's id.
    pub rule: String,
    /// The rule's reason code.
    pub reason: String,
    /// The entity that it is about.
    pub subject: EntityId,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// One line.
    pub title: String,
    /// One sentence that names the facts.
    pub because: String,
    /// The facts that it rests on.
    pub evidence: Vec<Evidence>,
    /// Standards and vendor pages.
    pub references: Vec<String>,
    /// What to do, reversible steps first: commands of a POSIX shell, and behind `# ` what no command does.
    pub remediation: Vec<String>,
    /// Where in files; empty when no file is concerned.
    pub locations: Vec<Location>,
    /// Where it is in its life.
    pub status: Status,
    /// The first scan that found it.
    pub first_seen: Timestamp,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// For muted and accepted findings: why, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
}

/// One fact that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What: `last_used_at`, `holds`, `policy`.
    pub fact: String,
    /// Its value, for people.
    pub value: String,
    /// The `<source>/<scope>` that showed it.
    pub scope: String,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file.
    pub path: String,
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The place within the document, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// Who or what wrote it down: `mute`, `policy`.
    pub by: String,
    /// The reason that was given.
    pub reason: String,
    /// When it stops.
    pub until: Timestamp,
}
