//! The program as its users run it: the binary, real recordings, the real database, in a scrubbed environment.

mod estate;
mod exit_codes;
mod ownership;
mod orphaned;
mod reports;
mod secrets;
mod zombie;
