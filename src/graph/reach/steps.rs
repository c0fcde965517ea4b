//! Which links let whoever has one end get at the other, and which way round.
//!
//! | link | gives |
//! |---|---|
//! | `authenticates_as`, `holds`, `runs_as`, `assumes`, `can_access` | whoever has the start gets the end |
//! | `trusts` | the trusted subject becomes the identity |
//! | `part_of` between agents and workloads | the whole acts through its parts |
//! | `stored_in` | whoever reaches the store gets the credential |
//!
//! A trusted subject with wildcards (`oidc:<issuer>#repo:acme/api:*`) is everything that goes by a name which it
//! matches. A trusted subject that is a resource (an account) is no step: to have access to an account is not to be it. What a
//! policy allows someone in that account is an `assumes` link of its own. Owners and creators give nothing by being so.

use whosekey_sdk::{Kind, LinkKind};

use crate::graph::let_in::{Matching, is_wildcard, names};
use crate::graph::patterns::matches;
use crate::graph::{Graph, LinkView, Node, NodeId};

/// One step of a way.
#[derive(Clone, Copy)]
pub struct Step<'g> {
    /// What one has before it.
    pub from: Node<'g>,
    /// What one has after it.
    pub to: Node<'g>,
    /// What makes it possible; the strongest evidence where there are several.
    pub link: LinkView<'g>,
}

/// Whether a step goes along its link or against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Along,
    Against,
}

/// Which way a link can be gone, if at all.
pub(super) fn direction(link: LinkView<'_>) -> Option<Direction> {
    use LinkKind::{
        Assumes, AuthenticatesAs, CanAccess, CreatedBy, Holds, MemberOf, OwnedBy, PartOf, RunsAs, StoredIn, Trusts,
    };
    match link.kind() {
        AuthenticatesAs | Holds | RunsAs | Assumes | CanAccess => Some(Direction::Along),
        StoredIn => Some(Direction::Against),
        Trusts => (!is_resource(link.to())).then_some(Direction::Against),
        PartOf => (acts(link.from()) && acts(link.to())).then_some(Direction::Against),
        CreatedBy | OwnedBy | MemberOf => None,
    }
}

fn is_resource(node: Node<'_>) -> bool {
    match node.kind() {
        Some(kind) => kind == Kind::Resource,
        None => node.incoming(LinkKind::CanAccess).next().is_some(),
    }
}

fn acts(node: Node<'_>) -> bool {
    matches!(node.kind(), Some(Kind::Agent | Kind::Workload))
}

/// The link that a step of a [`Reach`](super::Reach) rests on.
///
/// # Panics
/// When no link leads from the one to the other.
pub fn explain(graph: &Graph, from: NodeId, to: NodeId) -> Step<'_> {
    let (from, to) = (graph.node(from), graph.node(to));
    let along = from.links_out().filter(|link| link.to().node_id() == to.node_id());
    let along = along.filter(|link| direction(*link) == Some(Direction::Along));
    let against = to.links_out().filter(|link| link.to().node_id() == from.node_id());
    let against = against.filter(|link| direction(*link) == Some(Direction::Against));
    let matched = to
        .out(LinkKind::Trusts)
        .filter(|link| is_wildcard(link.to()) && names(from).any(|n| matches(link.to().id(), n)));
    let link = along
        .chain(against)
        .chain(matched)
        .filter(|link| link.is_there())
        .max_by_key(|link| (link.evidence(), link.level(), std::cmp::Reverse(link.kind())))
        .expect("every step of a way was made from a link");
    Step { from, to, link }
}

/// The steps that trust in subjects with wildcards makes: from everything that such a subject matches to what trusts it.
pub(super) fn by_wildcard(graph: &Graph, is_open: impl Fn(Node<'_>) -> bool) -> Vec<(NodeId, NodeId)> {
    let trusts =
        graph.links().filter(|link| link.kind() == LinkKind::Trusts && link.is_there() && is_open(link.from()));
    let trusts: Vec<LinkView<'_>> = trusts.filter(|link| is_wildcard(link.to())).collect();
    let subjects: Vec<Node<'_>> = trusts.iter().map(|link| link.to()).collect();
    let names = Matching::of(graph, &subjects, is_open);
    let step = |link: &LinkView<'_>, node| (node, link.from().node_id());
    trusts.iter().flat_map(|link| names.matched_by(link.to().id()).map(|(_, node)| step(link, node))).collect()
}
