//! From the graph to verdicts and findings.
use serde::{Deserialize, Serialize};
use whosekey_sdk::{EntityId, Location};

/// Yes, no, or cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// The facts do not suffice.
    CannotTell,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth planning.
    Medium,
    /// Worth doing now.
    High,
    /// Something unknown may be using it at this moment.
    Critical,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Rests on inference.
    Low,
    /// Rests on declarations.
    Medium,
    /// Rests on what platforms say.
    High,
}

/// One fact that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// What: `last_used_at`, `holds`, `policy`.
    pub fact: String,
    /// Its value, for people.
    pub value: String,
    /// `<source>/<scope>` that showed it.
    pub scope: String,
}

/// What a rule concluded about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The reason code.
    pub reason: String,
    /// About what.
    pub subject: EntityId,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One line.
    pub title: String,
    /// One sentence that names the facts.
    pub because: String,
    /// The facts.
    pub evidence: Vec<EvidenceItem>,
    /// OWASP and vendor references.
    pub references: Vec<String>,
    /// Commands, reversible first.
    pub remediation: Vec<String>,
    /// Where in files.
    pub locations: Vec<Location>,
    /// The scopes that must be complete before its absence closes it, as `(source, scope)`.
    pub rests_on: Vec<(String, String)>,
}

/// Where a finding is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Found, and nobody has said that it is all right.
    Open,
    /// Muted by hand until a date.
    Muted,
    /// Accepted by policy until a date.
    Accepted,
    /// No longer found, with the scopes that it rests on complete.
    Closed,
}
