//! The real servers and stand-ins that the tests run against, and the fault proxy that stands before them.
//!
//! | part | what |
//! |---|---|
//! | [`moto`] | an AWS account that answers as AWS does |
//! | [`github`] | a GitHub of our own, made of what a test says that there is |
//! | [`prism`] | GitHub's own description, which says what is wrong with a request to GitHub or with an answer of ours |
//! | [`proxy`] | refuses, delays, cuts and pages what a part answers, and counts what it is asked |
//! | [`kubernetes`] | a cluster's API server with its controllers, and everything but nodes |
//! | [`chromium`] | a browser that says how a page looks and what it complains about |
//!
//! Parts are installed on first use into a cache outside the checkout (`$WHOSEKEY_PARTS`, default
//! `~/.cache/whosekey-parts`), in the versions of `versions.toml`, listen on loopback on a port that the system chose,
//! and end when their guard is dropped or their parent dies. A part that cannot be had is an error that says what to
//! install: no test is skipped for want of one.
//!
//! This crate knows nothing of whosekey: it can be used to test anything.

mod apt;
pub mod cache;
pub mod certificates;
pub mod chromium;
mod error;
pub mod github;
mod http;
pub mod kubernetes;
mod loopback;
pub mod moto;
mod node;
pub mod prism;
pub mod proxy;
mod python;
mod running;
mod server;
mod step;
pub mod versions;

pub use error::PartError;
