//! Frameworks that define agents in files of their own.

use crate::support::Tree;

#[test]
fn crews_teams_graphs_flows_and_code_are_agents_with_their_parts() {
    insta::assert_snapshot!(Tree::of("frameworks").told());
}

#[test]
fn flows_that_are_drawn_on_a_canvas_are_agents_with_their_parts() {
    insta::assert_snapshot!(Tree::of("canvas").told());
}

#[test]
fn infrastructure_that_defines_agents_names_their_roles_and_the_secrets_of_the_cluster() {
    insta::assert_snapshot!(Tree::of("infrastructure").told());
}

#[test]
fn cards_and_specifications_tell_what_an_agent_is_and_which_secrets_a_server_needs() {
    insta::assert_snapshot!(Tree::of("cards").told());
}
