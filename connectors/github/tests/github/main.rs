//! The connector against a GitHub of our own with state.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod absent;
mod apps;
mod branches;
mod contract;
mod costs;
mod enterprises;
mod estate;
mod faults;
mod finds;
mod gates;
mod moves;
mod probes;
mod sign_in;
mod subjects;
mod support;
