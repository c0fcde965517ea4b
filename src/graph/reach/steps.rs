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
//! matches, and who holds a pattern may use whatever that names. A trusted subject that is a resource (an account) is no step: to have access to an account is not to be it. What a
//! policy allows someone in that account is an `assumes` link of its own. Owners and creators give nothing by being so.

use whosekey_sdk::{Kind, LinkKind};

use crate::graph::open_ends::{USES, at_ends_of, is_pattern, named, names};
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

/// The link that a step of a [`Reach`](super::Reach) rests on. From a pattern that stands for what its holders may use, it
/// is a holder's; from a resource at the start of a way, it is the one that makes a part of it.
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
        .filter(|link| is_pattern(link.to()) && names(from).any(|n| matches(link.to().id(), n)));
    let held = USES.iter().flat_map(|kind| to.incoming_by_pattern(*kind));
    let held = held.filter(|link| link.to().node_id() == from.node_id());
    let parts = to.out(LinkKind::PartOf).filter(|link| is_resource(from) && link.to().node_id() == from.node_id());
    let link = along
        .chain(against)
        .chain(matched)
        .chain(held)
        .chain(parts)
        .filter(|link| link.is_there())
        .max_by_key(|link| (link.evidence(), link.level(), std::cmp::Reverse(link.kind())))
        .expect("every step of a way was made from a link");
    Step { from, to, link }
}

/// The steps that trust in patterns makes: from everything that one names to what trusts it.
pub(super) fn by_trusted_pattern(
    graph: &Graph,
    is_open: impl Fn(Node<'_>) -> bool + Sync,
) -> impl Iterator<Item = (NodeId, NodeId)> {
    let patterns = at_ends_of(graph, &[LinkKind::Trusts]);
    let named = named(graph, &patterns, &is_open);
    let trusting = patterns.into_iter().flat_map(|pattern| graph.node(pattern).incoming(LinkKind::Trusts));
    let trusting: Vec<LinkView<'_>> = trusting.filter(|link| link.is_there() && is_open(link.from())).collect();
    trusting.into_iter().flat_map(move |link| {
        let (from, to) = (link.from().node_id(), link.to().node_id());
        named.by(to).map(|thing| (thing, from)).collect::<Vec<_>>()
    })
}

/// The steps from each pattern that stands for what its holders may use to everything that it names: so many as there
/// are things, however many hold the pattern.
pub(super) fn by_held_pattern(
    graph: &Graph,
    is_open: impl Fn(Node<'_>) -> bool,
) -> impl Iterator<Item = (NodeId, NodeId)> {
    let named = graph.open_ends.iter().filter(move |(thing, _)| is_open(graph.node(**thing)));
    named.flat_map(|(thing, patterns)| patterns.iter().map(|pattern| (*pattern, *thing)))
}
