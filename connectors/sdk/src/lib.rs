//! The contract between whosekey and its connectors.
//!
//! A connector lists the [`Scope`]s of its source and collects each one: it streams [`Record`]s and [`Issue`]s into
//! a [`Sink`] and returns [`Complete`], a token that only the [`Pager`] mints after it saw the platform's own end
//! marker. It holds no database, knows no other connector, and never says that something is gone: *not seen* and
//! *gone* are different values, and only the engine, from a complete scope, may turn one into the other.
//!
//! Invariant: this crate imports serde, async and HTTP, and nothing else of whosekey's.

pub mod connector;
pub mod fact;
pub mod fingerprint;
pub mod http;
pub mod id;
pub mod issue;
pub mod listing;
pub mod owner_evidence;
pub mod pager;
pub mod protocol;
pub mod record;
pub mod scope;
pub mod secret;
pub mod settings;
pub mod sink;
pub mod tags;
pub mod time;

#[cfg(feature = "testkit")]
pub mod testkit;

pub use connector::{CollectError, Connector, Descriptor, Permission, ScopeKind};
pub use fact::Fact;
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use id::{Alias, EndRef, EntityId};
pub use issue::{Issue, IssueKind};
pub use pager::{Complete, Next, Pager, Turn, unpaged};
pub use record::{AccessLevel, Activity, Entity, Evidence, Kind, Link, LinkKind, Location, OwnerRole, Record};
pub use scope::{Attempt, Outcome, Scope};
pub use secret::Secret;
pub use sink::{Sink, Stopped};
pub use time::Timestamp;
