//! The one list of rules; one rule a file, named as the rule.

use super::Rule;

pub mod dangling_trust;
pub mod hard_coded;
pub mod lingering_session;
pub mod long_lived;
pub mod machine_created;
pub mod orphaned;
pub mod over_privileged;
pub mod ownerless;
pub mod shared;
pub mod zombie;

/// All rules, in the order in which they are shown.
pub static RULES: &[&Rule] = &[
    &orphaned::RULE,
    &zombie::RULE,
    &ownerless::RULE,
    &long_lived::RULE,
    &hard_coded::RULE,
    &shared::RULE,
    &over_privileged::RULE,
    &machine_created::RULE,
    &dangling_trust::RULE,
    &lingering_session::RULE,
];
