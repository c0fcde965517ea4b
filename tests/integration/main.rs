//! The program as its users run it: the binary, real recordings, the real database, in a scrubbed environment.

mod commands;
mod estate;
mod exit_codes;
mod orphaned;
mod ownership;
mod reports;
mod secrets;
mod zombie;
