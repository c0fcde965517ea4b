//! The connector against the AWS stand-in, over its real API: what it finds, what it costs, and what it says when the
//! world misbehaves.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "moto/account.rs"]
mod account;
#[path = "moto/calls.rs"]
mod calls;
#[path = "moto/costs.rs"]
mod costs;
#[path = "moto/every_call.rs"]
mod every_call;
#[path = "moto/faults.rs"]
mod faults;
#[path = "moto/finds.rs"]
mod finds;
#[path = "moto/support.rs"]
mod support;
