//! The one list of rules; one rule a file, named as the rule.

use super::Rule;

pub mod orphaned;
pub mod ownerless;
pub mod zombie;

/// All rules, in the order in which they are shown.
pub static RULES: &[&Rule] = &[&orphaned::RULE, &zombie::RULE, &ownerless::RULE];
