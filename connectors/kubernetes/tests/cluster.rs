//! The connector against a real API server with RBAC on: what it finds, what it may, what it costs, and what it says when
//! the world misbehaves.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "cluster/agents.rs"]
mod agents;
#[path = "cluster/faults.rs"]
mod faults;
#[path = "cluster/finds.rs"]
mod finds;
#[path = "cluster/paging.rs"]
mod paging;
#[path = "cluster/permissions.rs"]
mod permissions;
#[path = "cluster/rights.rs"]
mod rights;
#[path = "cluster/secrets.rs"]
mod secrets;
#[path = "cluster/support.rs"]
mod support;
