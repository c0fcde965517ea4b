//! The connector over trees of files, as it is used.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

#[path = "agents/clients.rs"]
mod clients;
#[path = "agents/contract.rs"]
mod contract;
#[path = "agents/fingerprints.rs"]
mod fingerprints;
#[path = "agents/frameworks.rs"]
mod frameworks;
#[path = "agents/home.rs"]
mod home;
#[path = "agents/hostile.rs"]
mod hostile;
#[path = "agents/negatives.rs"]
mod negatives;
#[path = "agents/pipelines.rs"]
mod pipelines;
#[path = "agents/support.rs"]
mod support;
#[path = "agents/tokens.rs"]
mod tokens;
