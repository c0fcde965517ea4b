//! Frameworks that define agents in files of their own.

use crate::support::Tree;

#[test]
fn crews_teams_graphs_flows_and_code_are_agents_with_their_parts() {
    insta::assert_snapshot!(Tree::of("frameworks").told());
}
