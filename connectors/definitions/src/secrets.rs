//! Finding secret values in text: one automaton over the fixed parts of all known shapes, then the one anchored
//! expression of the rule that a fixed part belongs to, then the proof that the shape carries (a checksum, a marker,
//! a header that decodes).
//!
//! This is pure and knows nothing of files or agents. What it cannot see: secrets without a shape of their own that
//! stand under a name that says nothing; secrets split over several strings, encrypted or packed.

pub(crate) mod aws;
pub(crate) mod checks;
pub(crate) mod dsn;
pub(crate) mod jwt;
mod keyed;
pub(crate) mod pem;
mod rules;
mod scan;

pub(crate) use self::keyed::{is_named_secret, is_random_word, is_secret_name};
pub(crate) use self::rules::{
    AWS_KEY_ID, AWS_SECRET, AZURE_SIGNATURE, DSN, KEYED, Rule, SNOWFLAKE_PASSWORD, URL_PASSWORD, URL_PATH,
};
pub(crate) use self::scan::{Depth, first_in, scan};

use std::ops::Range;

/// Whether a text that is meant to be shown has a secret in it.
pub(crate) fn betrays(text: &str, depth: Depth) -> bool {
    text.len() >= 12 && scan(text.as_bytes(), depth).iter().any(|found| found.rule.id != AWS_KEY_ID)
}

/// How sure it is that a text is a working secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Confidence {
    /// It stands under a telling name and looks random; or it has a provider's shape, and its checksum is wrong.
    Medium,
    /// It has a provider's shape, and its proof, where the shape has one.
    High,
}

impl Confidence {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// A secret in a text. It holds no value, only where it is.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// What it is.
    pub(crate) rule: &'static Rule,
    /// Where it is, in bytes.
    pub(crate) range: Range<usize>,
    pub(crate) confidence: Confidence,
    /// For what was found by the name it stands under: where that name is.
    pub(crate) name: Option<Range<usize>>,
}
