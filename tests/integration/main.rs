//! The program as its users run it: the binary, real recordings, the real database, in a scrubbed environment.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "the environment is scrubbed here, and the search path put back")]

mod check;
mod commands;
mod dangling;
mod estate;
mod exit_codes;
mod explained;
mod forgetting;
mod github;
mod github_canaries;
mod github_gates;
mod github_secrets;
mod github_sight;
mod init;
mod killed;
mod orphaned;
mod ownership;
mod reports;
mod secrets;
mod settings;
mod trust;
mod zombie;
