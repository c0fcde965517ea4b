//! The report, version 1: what `--format json` writes and `schema/report.v1.json` describes.
//!
//! These structs are frozen apart from the rest: the graph and the rules may change shape, a consumer's parser may
//! not break. Within version 1, optional fields may be added; nothing is renamed, retyped or removed. The words
//! (kinds, link kinds, outcomes, severities) are the closed vocabulary of the contract crate and the rules, and the
//! test that compares the published schema notices a change of any of them.
//!
//! The order of the fields is the order in which a reader should meet them: what was not seen, then what it comes to,
//! then the inventory, then what is wrong. Nothing here knows how a verdict was reached.

mod entity;
mod finding;

pub use entity::{Entity, Link, Owner, Verdict, Verdicts};
pub use finding::{Evidence, Finding, Location, Suppression};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whosekey_sdk::{IssueKind, Outcome, Timestamp};

/// The value of [`Report::schema_version`].
pub const SCHEMA_VERSION: &str = "1";

/// A whosekey report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `1` for this shape.
    pub schema_version: String,
    /// When the report was written.
    pub generated_at: Timestamp,
    /// The moment that all thresholds were measured against.
    pub now: Timestamp,
    /// What wrote it.
    pub tool: Tool,
    /// How whole the view was, scope by scope. It stands first: what was not seen cannot be judged.
    pub coverage: Vec<Coverage>,
    /// Things that the reader must know about this report, such as an accepted risk that has expired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// Counts.
    pub summary: Summary,
    /// The inventory, by id.
    pub entities: Vec<Entity>,
    /// What connects it, by `from`, `kind` and `to`.
    pub links: Vec<Link>,
    /// What the rules concluded, the most severe first.
    pub findings: Vec<Finding>,
}

/// The program that wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `whosekey`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The latest attempt at one scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// The source's name in the configuration.
    pub source: String,
    /// The connector that serves it.
    pub connector: String,
    /// The scope's name; `*` is the list of the source's scopes.
    pub scope: String,
    /// How the latest attempt ended. Only after `complete` can something be said to be absent.
    pub outcome: Outcome,
    /// Records received.
    pub records: u64,
    /// Requests sent to the platform.
    pub requests: u64,
    /// When the latest attempt began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// When the scope was last seen whole; null if it never was.
    pub last_complete_at: Option<Timestamp>,
    /// What the world did to the attempt.
    pub issues: Vec<Issue>,
    /// The attempt was complete but missed so much at once that nothing is closed until the next one agrees.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspect: bool,
    /// When the scope itself went away: it is missing from complete lists of scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
    /// Permissions whose lack kept this scope from being complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_permissions: Vec<MissingPermission>,
}

/// Something the world did to a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Issue {
    /// What went wrong.
    pub kind: IssueKind,
    /// One line for people.
    pub message: String,
}

/// A permission that is missing, and what that costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingPermission {
    /// In the platform's own words: `iam:ListAccessKeys`.
    pub permission: String,
    /// What it is for, and which verdicts cannot be told without it.
    pub costs: String,
}

/// Something the reader must know about the report as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// A code: `accepted_risk_expired`, `accepted_risk_unmatched`, `source_not_configured`.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// Counts over the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Entities that are there (not gone), by kind.
    pub entities: BTreeMap<String, u64>,
    /// Findings.
    pub findings: FindingCounts,
    /// Scopes by outcome.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub coverage: BTreeMap<String, u64>,
    /// For each verdict, identities and credentials by answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub verdicts: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Counts of findings. What is muted or accepted is counted in `by_status` alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingCounts {
    /// Open findings by rule.
    pub by_rule: BTreeMap<String, u64>,
    /// Open findings by severity.
    pub by_severity: BTreeMap<String, u64>,
    /// All findings of the report by status.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_status: BTreeMap<String, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde's skip_serializing_if calls")]
fn is_false(flag: &bool) -> bool {
    !flag
}
