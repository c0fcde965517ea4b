//! What connectors report: entities, links between them, and use.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Alias, EndRef, EntityId, Fact, Timestamp};

/// One observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A thing exists.
    Entity(Box<Entity>),
    /// A relation exists.
    Link(Box<Link>),
    /// A thing was used; for sources that see use and not the thing.
    Activity(Box<Activity>),
}

impl From<Entity> for Record {
    fn from(entity: Entity) -> Self {
        Record::Entity(Box::new(entity))
    }
}

impl From<Link> for Record {
    fn from(link: Link) -> Self {
        Record::Link(Box::new(link))
    }
}

impl From<Activity> for Record {
    fn from(activity: Activity) -> Self {
        Record::Activity(Box::new(activity))
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All values, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in reports, recordings and the database.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The value with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What an entity is.
    Kind {
        /// Something non-human that a platform lets act.
        Identity = "identity",
        /// What proves an identity.
        Credential = "credential",
        /// An AI agent or one of its components.
        Agent = "agent",
        /// Software that runs and consumes identities.
        Workload = "workload",
        /// A person or a team.
        Owner = "owner",
        /// What an identity can reach.
        Resource = "resource",
    }
}

words! {
    /// What a link says.
    LinkKind {
        /// credential → identity.
        AuthenticatesAs = "authenticates_as",
        /// agent or workload → credential.
        Holds = "holds",
        /// agent or workload → identity.
        RunsAs = "runs_as",
        /// component → agent, workload → agent; also anything → the parent it lives and dies with.
        PartOf = "part_of",
        /// identity → identity that it can become.
        Assumes = "assumes",
        /// identity → outside subject that may become it.
        Trusts = "trusts",
        /// identity or credential → its creator.
        CreatedBy = "created_by",
        /// anything → owner.
        OwnedBy = "owned_by",
        /// person → team.
        MemberOf = "member_of",
        /// identity → resource.
        CanAccess = "can_access",
        /// credential → resource.
        StoredIn = "stored_in",
    }
}

words! {
    /// How a link is known; from weakest to strongest.
    Evidence {
        /// A name match. Alone it supports no recommendation to delete.
        Inferred = "inferred",
        /// A tag, label, manifest or CODEOWNERS line says so.
        Declared = "declared",
        /// An audit log shows it.
        Observed = "observed",
        /// The platform's API says so.
        Proven = "proven",
    }
}

words! {
    /// What an owner is to the thing.
    OwnerRole {
        /// Answers for it.
        Owner = "owner",
        /// Answers for its life cycle (Entra's sponsors).
        Sponsor = "sponsor",
        /// Made it.
        Creator = "creator",
        /// The team that answers for it.
        Team = "team",
    }
}

words! {
    /// What a `can_access` link lets its identity do; from least to most.
    AccessLevel {
        /// Reads.
        Read = "read",
        /// Changes.
        Write = "write",
        /// All actions of a service, or an action on all resources, by wildcard.
        Wildcard = "wildcard",
        /// Can give itself administrator rights.
        Escalation = "escalation",
        /// Administrator-equivalent.
        Admin = "admin",
    }
}

fn is_empty_map(map: &BTreeMap<String, Value>) -> bool {
    map.is_empty()
}

/// A thing that exists, with the facts that verdicts rest on. A fact left out is [`Fact::NotExposed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entity {
    /// The platform's own immutable id.
    pub id: EntityId,
    /// What it is.
    pub kind: Kind,
    /// The platform's kind of thing: `aws.iam-user`, `github.deploy-key`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// How people call it; may change, may be hostile.
    #[serde(default)]
    pub name: String,
    /// Other names by which sources may know it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Fact::is_not_exposed")]
    pub created_at: Fact<Timestamp>,
    /// When it was last used; `Known(None)`: known never used since `use_tracked_since`.
    #[serde(default, skip_serializing_if = "Fact::is_not_exposed")]
    pub last_used_at: Fact<Option<Timestamp>>,
    /// Since when use would have been seen.
    #[serde(default, skip_serializing_if = "Fact::is_not_exposed")]
    pub use_tracked_since: Fact<Timestamp>,
    /// When it expires; `Known(None)`: known not to expire.
    #[serde(default, skip_serializing_if = "Fact::is_not_exposed")]
    pub expires_at: Fact<Option<Timestamp>>,
    /// Whether it is switched on.
    #[serde(default, skip_serializing_if = "Fact::is_not_exposed")]
    pub enabled: Fact<bool>,
    /// Everything else worth showing; never a secret value.
    #[serde(default, skip_serializing_if = "is_empty_map")]
    pub attributes: BTreeMap<String, Value>,
}

impl Entity {
    /// An entity of which nothing but its existence is known yet.
    pub fn new(id: impl Into<EntityId>, kind: Kind, type_name: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind,
            type_name: type_name.into(),
            name: name.into(),
            aliases: Vec::new(),
            created_at: Fact::NotExposed,
            last_used_at: Fact::NotExposed,
            use_tracked_since: Fact::NotExposed,
            expires_at: Fact::NotExposed,
            enabled: Fact::NotExposed,
            attributes: BTreeMap::new(),
        }
    }

    /// With another alias.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<Alias>) -> Self {
        self.aliases.push(alias.into());
        self
    }

    /// With an attribute.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }
}

/// A directed, evidenced relation. Either end may be an id or an alias; an end that matches nothing is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Where it starts.
    pub from: EndRef,
    /// What it says.
    pub kind: LinkKind,
    /// Where it ends.
    pub to: EndRef,
    /// How it is known.
    pub evidence: Evidence,
    /// What the evidence is, for people: `iam:ListAccessKeys`, `tag owner`.
    #[serde(default)]
    pub because: String,
    /// For `owned_by`: what the owner is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<OwnerRole>,
    /// For `can_access`: what it lets do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<AccessLevel>,
    /// Where in a file it is written, when a file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Everything else worth showing; never a secret value.
    #[serde(default, skip_serializing_if = "is_empty_map")]
    pub attributes: BTreeMap<String, Value>,
}

impl Link {
    /// A link of this kind.
    pub fn new(
        from: impl Into<EndRef>,
        kind: LinkKind,
        to: impl Into<EndRef>,
        evidence: Evidence,
        because: impl Into<String>,
    ) -> Self {
        Self {
            from: from.into(),
            kind,
            to: to.into(),
            evidence,
            because: because.into(),
            role: None,
            level: None,
            location: None,
            attributes: BTreeMap::new(),
        }
    }

    /// With what the owner is.
    #[must_use]
    pub fn role(mut self, role: OwnerRole) -> Self {
        self.role = Some(role);
        self
    }

    /// With what it lets do.
    #[must_use]
    pub fn level(mut self, level: AccessLevel) -> Self {
        self.level = Some(level);
        self
    }

    /// With where it is written.
    #[must_use]
    pub fn location(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// With an attribute.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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

/// A use of something, seen by a source that does not list the thing itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Activity {
    /// What was used: an id or an alias.
    pub subject: EndRef,
    /// When it was last used, as far as this source saw; `None`: this source saw no use since `tracked_since`.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
    /// Since when this source would have seen use.
    #[serde(default)]
    pub tracked_since: Option<Timestamp>,
    /// What it was used for, such as `s3:GetObject in eu-west-1`.
    #[serde(default)]
    pub because: String,
}
