//! Thresholds and accepted risks, as plain values; `config` reads them from a file.

use std::time::Duration;

use whosekey_sdk::Timestamp;

/// One day.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the operator has decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Without use for so long is unused.
    pub unused_after: Duration,
    /// A static credential older than this should have been rotated.
    pub rotate_after: Duration,
    /// A static credential older than this is long-lived.
    pub long_lived_after: Duration,
    /// How long after its last consumer ended a thing is not yet orphaned.
    pub consumer_grace: Duration,
    /// How many complete scans in a row must miss a thing before it is gone.
    pub confirm_absence: u32,
    /// Accepted risks, in the order of the configuration.
    pub accept: Vec<Accept>,
}

/// An accepted risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// The rule's id.
    pub rule: String,
    /// A glob over the subject's id and aliases.
    pub subject: String,
    /// Why it is accepted.
    pub reason: String,
    /// Until when; from this moment on it is not.
    pub until: Timestamp,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            unused_after: 90 * DAY,
            rotate_after: 90 * DAY,
            long_lived_after: 365 * DAY,
            consumer_grace: 7 * DAY,
            confirm_absence: 2,
            accept: Vec::new(),
        }
    }
}
