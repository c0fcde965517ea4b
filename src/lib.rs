//! whosekey
pub mod analysis;
pub mod graph;
