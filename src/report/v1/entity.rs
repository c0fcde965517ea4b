//! Entities and links of the report, version 1.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use whosekey_sdk::{AccessLevel, EndRef, EntityId, Evidence, Fact, Kind, LinkKind, OwnerRole, Timestamp};

use super::Location;
use crate::analysis::Answer;

/// One thing in the inventory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entity {
    /// `<platform>:<the platform's own immutable id>`.
    pub id: EntityId,
    /// What it is.
    pub kind: Kind,
    /// The platform's kind of thing: `aws.iam-user`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// How people call it.
    pub name: String,
    /// Other names by which sources know it.
    pub aliases: Vec<String>,
    /// The sources that see it.
    pub sources: Vec<String>,
    /// The first scan that showed it.
    pub first_seen: Timestamp,
    /// The last scan that showed it.
    pub last_seen: Timestamp,
    /// When enough complete scans had missed it; null while it is there.
    pub gone_at: Option<Timestamp>,
    /// The first complete scan that missed it, while that is not yet confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Fact<Timestamp>,
    /// When it was last used; known null: known never used.
    pub last_used_at: Fact<Option<Timestamp>>,
    /// Since when use would have been seen.
    #[serde(default, skip_serializing_if = "Fact::is_not_exposed")]
    pub use_tracked_since: Fact<Timestamp>,
    /// When it expires; known null: known not to expire.
    pub expires_at: Fact<Option<Timestamp>>,
    /// Whether it is switched on.
    pub enabled: Fact<bool>,
    /// Who answers for it, the best evidence first.
    pub owners: Vec<Owner>,
    /// The agents that hold it or run as it, directly or through what they hold.
    pub agents: Vec<EntityId>,
    /// The three verdicts; for identities and credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Verdicts>,
    /// Present when it cannot authenticate any more: why it is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dormant: Option<String>,
    /// Everything else worth showing; never a secret value.
    pub attributes: BTreeMap<String, Value>,
}

/// A person or team that answers for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// The owner's entity.
    pub id: EntityId,
    /// What the owner is to the thing.
    pub role: OwnerRole,
    /// How it is known: the weakest link on the way.
    pub evidence: Evidence,
    /// The way to the owner, for people: `tag owner`, `via agent triage-bot: CODEOWNERS`.
    pub because: String,
    /// Whether the owner has departed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departed: Option<bool>,
}

/// The three verdicts on an identity or a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdicts {
    /// What it served is gone.
    pub orphaned: Verdict,
    /// Nothing uses it any more.
    pub zombie: Verdict,
    /// Nobody answers for it.
    pub ownerless: Verdict,
}

impl Verdicts {
    /// The verdicts with their names, in the order of the report.
    pub fn named(&self) -> [(&'static str, &Verdict); 3] {
        [("orphaned", &self.orphaned), ("zombie", &self.zombie), ("ownerless", &self.ownerless)]
    }
}

/// One verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Yes, no, or cannot tell.
    pub verdict: Answer,
    /// The reason code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// One sentence that names the facts, or what is missing to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A directed, evidenced relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// An entity's id; for a dangling end what the source said.
    pub from: EndRef,
    /// What the link says.
    pub kind: LinkKind,
    /// An entity's id; for a dangling end what the source said.
    pub to: EndRef,
    /// How it is known.
    pub evidence: Evidence,
    /// What the evidence is, for people.
    pub because: String,
    /// The source that says so.
    pub source: String,
    /// For `owned_by`: what the owner is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<OwnerRole>,
    /// For `can_access`: what it lets do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<AccessLevel>,
    /// Where in a file it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// When enough complete scans had missed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
    /// Everything else worth showing; never a secret value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
}
