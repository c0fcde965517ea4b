//! The connector against the AWS stand-in, over its real API: what it finds, what it costs, and what it says when the
//! world misbehaves.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "moto/costs.rs"]
mod costs;
#[path = "moto/faults.rs"]
mod faults;
#[path = "moto/finds.rs"]
mod finds;
#[path = "moto/support.rs"]
mod support;
