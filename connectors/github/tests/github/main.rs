//! The connector against a GitHub of our own with state.

mod contract;
mod costs;
mod faults;
mod finds;
mod moves;
mod sign_in;
mod support;
