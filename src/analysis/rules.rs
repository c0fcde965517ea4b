//! The one list of rules; one rule a file, named as the rule.

use super::Rule;

/// All rules, in the order in which they are shown.
pub static RULES: &[&Rule] = &[];
