//! Ways through small worlds.

use whosekey_sdk::Fact;

use super::*;
use crate::graph::testworld::world;

const ESTATE: &str = "
    agent agent:bot
    agent agent:tool
    agent:tool part_of agent:bot
    credential aws:AKIA1
    agent:tool holds aws:AKIA1
    identity aws:AIDA1 alias=arn:ada
    aws:AKIA1 authenticates_as aws:AIDA1
    identity aws:AROA1
    aws:AROA1 trusts arn:ada because=trust
    aws:AROA1 can_access aws:account/1 level=admin
    identity aws:AIDA2
    aws:AIDA2 can_access aws:account/1 level=read
    identity aws:AROA2
    aws:AROA2 trusts aws:account/1
    credential secret:1
    secret:1 stored_in aws:secret/1
    aws:AIDA2 can_access aws:secret/1 level=read
    aws:AROA1 owned_by person:ada";

fn names(graph: &Graph, nodes: impl Iterator<Item = NodeId>) -> Vec<&str> {
    let mut names: Vec<_> = nodes.map(|node| graph.node(node).id()).collect();
    names.sort_unstable();
    names
}

fn id(graph: &Graph, name: &str) -> NodeId {
    graph.find(name).unwrap().node_id()
}

#[test]
fn a_keys_blast_radius_goes_through_trust_and_stops_at_resources() {
    let graph = world(ESTATE);
    let reach = Reach::of(&graph, |_| true);
    let reached = reach.from([id(&graph, "aws:AKIA1")]);
    assert_eq!(names(&graph, reached.nodes()), ["aws:AIDA1", "aws:AKIA1", "aws:AROA1", "aws:account/1"]);
    assert_eq!(reached.by_distance().map(|at| at.len()).collect::<Vec<_>>(), [1, 1, 1, 1]);
}

#[test]
fn whoever_can_reach_an_administrator_is_found_against_the_steps() {
    let graph = world(ESTATE);
    let reach = Reach::of(&graph, |_| true);
    let admins = administrators(&graph);
    assert_eq!(names(&graph, admins.iter().copied()), ["aws:AROA1"]);
    let reaching = names(&graph, reach.to(admins).nodes());
    assert_eq!(reaching, ["agent:bot", "agent:tool", "aws:AIDA1", "aws:AKIA1", "aws:AROA1"]);
}

#[test]
fn access_to_an_account_does_not_make_it_the_roles_that_trust_the_account() {
    let graph = world(ESTATE);
    let reach = Reach::of(&graph, |_| true);
    let reached = names(&graph, reach.from([id(&graph, "aws:AIDA2")]).nodes());
    assert_eq!(reached, ["aws:AIDA2", "aws:account/1", "aws:secret/1", "secret:1"]);
}

#[test]
fn a_way_names_the_link_of_every_step() {
    let graph = world(ESTATE);
    let reach = Reach::of(&graph, |_| true);
    let steps = reach.explained(&graph, id(&graph, "agent:bot"), id(&graph, "aws:AROA1")).unwrap();
    let shown: Vec<_> =
        steps.iter().map(|s| format!("{} {} {}", s.from.id(), s.link.kind().as_str(), s.to.id())).collect();
    assert_eq!(
        shown,
        [
            "agent:bot part_of agent:tool",
            "agent:tool holds aws:AKIA1",
            "aws:AKIA1 authenticates_as aws:AIDA1",
            "aws:AIDA1 trusts aws:AROA1"
        ]
    );
    assert!(reach.explained(&graph, id(&graph, "aws:AROA1"), id(&graph, "agent:bot")).is_none());
    assert_eq!(reach.explained(&graph, id(&graph, "aws:AROA1"), id(&graph, "aws:AROA1")).unwrap().len(), 0);
}

#[test]
fn what_is_gone_or_closed_is_not_passed_through() {
    let text = "credential c:1\nidentity i:1 enabled=false\nc:1 authenticates_as i:1\nidentity i:2\ni:1 assumes i:2\n\
                credential c:2\nc:2 authenticates_as i:2 gone=9d";
    let graph = world(text);
    let open = Reach::of(&graph, |_| true);
    assert_eq!(open.from([id(&graph, "c:1")]).len(), 3);
    assert_eq!(open.from([id(&graph, "c:2")]).len(), 1);
    let only_on = Reach::of(&graph, |node| node.enabled() != Fact::Known(false));
    assert_eq!(only_on.from([id(&graph, "c:1")]).len(), 1);
    let gone = world("credential c:1\nidentity i:1 gone=9d\nc:1 authenticates_as i:1");
    assert_eq!(Reach::of(&gone, |_| true).from([id(&gone, "c:1")]).len(), 1);
}

#[test]
fn a_workflow_becomes_the_role_that_trusts_its_repository_by_wildcard() {
    let graph = world(
        "workload w:1 alias=oidc:gh#repo:acme/api:ref:refs/heads/main
         workload w:2 alias=oidc:gh#repo:acme/web:ref:refs/heads/main
         identity aws:AROA1
         aws:AROA1 trusts oidc:gh#repo:acme/api:*",
    );
    let reach = Reach::of(&graph, |_| true);
    let steps = reach.explained(&graph, id(&graph, "w:1"), id(&graph, "aws:AROA1")).unwrap();
    assert_eq!((steps.len(), steps[0].link.to().id()), (1, "oidc:gh#repo:acme/api:*"));
    assert!(reach.way(id(&graph, "w:2"), id(&graph, "aws:AROA1")).is_none());
}

#[test]
fn a_workflow_reaches_what_a_pattern_that_it_holds_names_in_one_step() {
    let graph = world(
        "workload w:1
         workload w:2
         credential s:repo/1/A
         credential s:repo/2/A
         credential s:repo/1/OLD gone=9d
         identity i:1
         s:repo/1/A authenticates_as i:1
         w:1 holds s:repo/1/* because=inherit
         w:2 holds s:repo/2/* gone=9d",
    );
    let reach = Reach::of(&graph, |_| true);
    let steps = reach.explained(&graph, id(&graph, "w:1"), id(&graph, "i:1")).unwrap();
    let shown: Vec<_> = steps
        .iter()
        .map(|s| format!("{} {} {} {}", s.from.id(), s.link.kind().as_str(), s.link.because(), s.to.id()))
        .collect();
    assert_eq!(shown, ["w:1 holds inherit s:repo/1/A", "s:repo/1/A authenticates_as test i:1"]);
    assert!(reach.way(id(&graph, "w:1"), id(&graph, "s:repo/2/A")).is_none());
    assert!(reach.way(id(&graph, "w:1"), id(&graph, "s:repo/1/OLD")).is_none());
    assert!(reach.way(id(&graph, "w:2"), id(&graph, "s:repo/2/A")).is_none(), "it holds the pattern no longer");
    let steps = reach.explained(&graph, id(&graph, "s:repo/1/*"), id(&graph, "i:1")).unwrap();
    assert_eq!((steps.len(), steps[0].link.from().id()), (2, "w:1"), "the pattern itself, by who holds it");
}

#[test]
fn holders_of_a_pattern_and_things_that_it_names_make_no_step_for_each_pair() {
    let mut text = String::new();
    for n in 0..50 {
        text += &format!("workload w:{n}\ncredential s:repo/1/{n}\nw:{n} holds s:repo/1/*\n");
    }
    let graph = world(&text);
    let reach = Reach::of(&graph, |_| true);
    assert!(reach.way(id(&graph, "w:49"), id(&graph, "s:repo/1/0")).is_some());
    assert_eq!(reach.forward.len(), 100);
}

#[test]
fn a_way_from_a_repository_begins_at_what_stands_in_it_and_none_leads_through_one() {
    let graph = world(
        "resource r:org
         resource r:shop
         r:shop part_of r:org
         workload w:1
         w:1 part_of r:shop because=file
         credential c:1
         c:1 part_of r:shop
         identity aws:AROA1
         w:1 runs_as aws:AROA1
         identity i:reader
         i:reader can_access r:shop level=read",
    );
    let reach = Reach::of(&graph, |_| true);
    let shown = |from: &str| {
        let steps = reach.explained(&graph, id(&graph, from), id(&graph, "aws:AROA1"))?;
        Some(steps.iter().map(|s| format!("{} {}", s.link.kind().as_str(), s.to.id())).collect::<Vec<_>>())
    };
    let shop = ["part_of w:1", "runs_as aws:AROA1"].map(str::to_owned);
    assert_eq!(shown("r:shop").as_deref(), Some(&shop[..]));
    assert_eq!(shown("r:org").map(|steps| steps.len()), Some(3));
    assert_eq!(shown("i:reader"), None, "who may read a repository is not its workflows");
    assert!(reach.explained(&graph, id(&graph, "r:shop"), id(&graph, "c:1")).is_none(), "what is stored is not got at");
}
