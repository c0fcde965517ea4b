//! Machine identities of AWS accounts.

pub mod policy;
