//! A repository with workflows that run agents, sub-agents, owners, key files, variables and services.

use crate::support::Tree;

#[test]
fn a_repository_links_agents_to_owners_identities_and_credentials() {
    insta::assert_snapshot!(Tree::of("pipelines").told());
}
