//! whosekey
pub mod analysis;
pub mod graph;
pub mod scan;
pub mod schedule;
