//! whosekey
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
