//! The immutable graph that all rules read.
use std::collections::BTreeMap;

use whosekey_sdk::{Activity, Attempt, Entity, Link, Timestamp};

/// One entity as one scope of one source sees it. Two sources that see one entity give two rows; they are merged here.
#[derive(Debug, Clone)]
pub struct EntityRow {
    /// The source's name.
    pub source: String,
    /// The scope's name.
    pub scope: String,
    /// What was seen, last.
    pub entity: Entity,
    /// The first scan that showed it.
    pub first_seen: Timestamp,
    /// The last scan that showed it.
    pub last_seen: Timestamp,
    /// The first complete scan that missed it, while it is missing or gone.
    pub missing_since: Option<Timestamp>,
    /// When enough complete scans had missed it.
    pub gone_at: Option<Timestamp>,
    /// The first scan of the current run of scans that showed it switched off.
    pub disabled_since: Option<Timestamp>,
}

/// One link as one scope of one source sees it.
#[derive(Debug, Clone)]
pub struct LinkRow {
    /// The source's name.
    pub source: String,
    /// The scope's name.
    pub scope: String,
    /// What was seen, last.
    pub link: Link,
    /// The first scan that showed it.
    pub first_seen: Timestamp,
    /// The first complete scan that missed it, while it is missing or gone.
    pub missing_since: Option<Timestamp>,
    /// When enough complete scans had missed it.
    pub gone_at: Option<Timestamp>,
}

/// One scope's latest attempt.
#[derive(Debug, Clone)]
pub struct ScopeCoverage {
    /// The source's name.
    pub source: String,
    /// The connector's name.
    pub connector: String,
    /// The scope's name.
    pub scope: String,
    /// See [`whosekey_sdk::Scope::covers`].
    pub covers: Vec<String>,
    /// How the latest attempt went.
    pub attempt: Attempt,
    /// When it was last seen whole.
    pub last_complete_at: Option<Timestamp>,
    /// The latest attempt was complete, but missed so much that nothing is closed until the next one agrees.
    pub suspect: bool,
    /// The scope itself is gone: it was missing from enough complete lists of scopes.
    pub gone_at: Option<Timestamp>,
}

/// All scopes, by source and scope name.
pub type Coverage = BTreeMap<(String, String), ScopeCoverage>;

/// What one scope of one source saw of the use of something that it does not list.
#[derive(Debug, Clone)]
pub struct ActivityRow {
    /// The source's name.
    pub source: String,
    /// The scope's name.
    pub scope: String,
    /// What it saw, joined over all scans.
    pub activity: Activity,
}
