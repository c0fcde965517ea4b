//! The store against real SQLite files: what scans leave behind, what is refused, what survives.

#![expect(clippy::disallowed_methods, reason = "children are told their task by environment and killed at odd moments")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "store/absence.rs"]
mod absence;
#[path = "store/crash.rs"]
mod crash;
#[path = "store/findings.rs"]
mod findings;
#[path = "store/forgetting.rs"]
mod forgetting;
#[path = "store/graphs.rs"]
mod graphs;
#[path = "store/history.rs"]
mod history;
#[path = "store/refusals.rs"]
mod refusals;
#[path = "store/scopes.rs"]
mod scopes;
#[path = "store/usage.rs"]
mod usage;
#[path = "store/world.rs"]
mod world;
