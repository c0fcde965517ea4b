//! Rulesets, as far as they require workflows: GraphQL shows those of a repository with its organisation's.

use super::world::id_of;

/// A ruleset that requires workflows of a repository.
#[derive(Debug, Clone)]
pub struct Ruleset {
    /// An organisation's stands in several repositories.
    pub id: u64,
    /// `ACTIVE`, `EVALUATE` or `DISABLED`.
    pub enforcement: &'static str,
    /// The id of a workflow's repository, and its path there.
    pub workflows: Vec<(u64, String)>,
}

impl Ruleset {
    /// One that is enforced and requires this workflow.
    pub fn requiring(repository: u64, path: &str) -> Self {
        let id = id_of("ruleset", &format!("{repository}/{path}"));
        Self { id, enforcement: "ACTIVE", workflows: vec![(repository, path.to_owned())] }
    }
}
