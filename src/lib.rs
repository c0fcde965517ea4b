//! whosekey: whose key is this, and does anyone still need it?
//!
//! One scan goes through these modules, in this order:
//!
//! 1. [`config`] reads the configuration whole, every mistake at once; [`registry`] is the one list of connectors.
//! 2. [`scan`] lists the scopes of each source, collects them concurrently, and derives how each one ended.
//! 3. [`store`] applies each finished scope in one transaction. Only a complete scope may miss anything.
//! 4. [`graph`] merges what all sources said into one immutable graph; [`analysis`] judges it: verdicts, rules, owners,
//!    and the life of findings.
//! 5. [`report`] turns the judged graph into data, and the data into formats and screens.
//!
//! [`cli`] is that once, [`daemon`] the same on a [`schedule`]. What a connector is stands in the crate `whosekey-sdk`.
//! `graph`, `analysis` and `report` know no clock, file or network. Who may import whom stands as a table in
//! ARCHITECTURE.md, and `tests/architecture.rs` holds the code to it.

pub mod analysis;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod graph;
pub mod registry;
pub mod report;
pub mod scan;
pub mod schedule;
pub mod store;
