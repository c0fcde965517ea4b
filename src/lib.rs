//! whosekey
pub mod analysis;
pub mod graph;
pub mod store;
