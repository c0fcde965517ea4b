//! The connector over trees of files, as it is used.

#[path = "agents/frameworks.rs"]
mod frameworks;
#[path = "agents/hostile.rs"]
mod hostile;
#[path = "agents/pipelines.rs"]
mod pipelines;
#[path = "agents/clients.rs"]
mod clients;
#[path = "agents/contract.rs"]
mod contract;
#[path = "agents/home.rs"]
mod home;
#[path = "agents/negatives.rs"]
mod negatives;
#[path = "agents/support.rs"]
mod support;
#[path = "agents/tokens.rs"]
mod tokens;
