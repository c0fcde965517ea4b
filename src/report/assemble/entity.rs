//! Entities and links, from the graph's views to the report's shape.

use std::collections::BTreeSet;

use whosekey_sdk::{EndRef, EntityId, Kind, LinkKind, Timestamp};

use super::{Judged, Parts};
use crate::analysis::ownership::{Standing, owners_of};
use crate::graph::{Graph, LinkView, Liveness, Node, NodeId};
use crate::report::v1;

/// An entity, or a person of whom only the address is known.
pub(super) fn of(node: Node<'_>, parts: &Parts<'_>) -> Option<v1::Entity> {
    let kind = node.kind()?;
    let (missing_since, gone_at) = match node.liveness() {
        Liveness::Alive => (None, None),
        Liveness::Missing { since } => (Some(since), None),
        Liveness::Gone { at, .. } => (None, Some(at)),
    };
    let (verdicts, dormant) =
        judged(node, kind, parts).map_or((None, None), |judged| (Some(judged.verdicts), judged.dormant));
    let named = (!node.is_entity()).then(|| named_by(node));
    Some(v1::Entity {
        id: EntityId::new(node.id()),
        kind,
        type_name: if named.is_some() { "person".to_owned() } else { node.type_name().to_owned() },
        name: if named.is_some() { node.label().to_owned() } else { node.name().to_owned() },
        aliases: node.aliases().map(str::to_owned).collect(),
        sources: named.as_ref().map_or_else(|| owned(&node.sources()), |named| owned(&named.sources)),
        first_seen: named.as_ref().map_or(node.first_seen(), |named| named.first),
        last_seen: named.as_ref().map_or(node.last_seen(), |named| named.last),
        gone_at,
        missing_since,
        created_at: node.created_at(),
        last_used_at: node.last_used_at(),
        use_tracked_since: node.use_tracked_since(),
        expires_at: node.expires_at(),
        enabled: node.enabled(),
        owners: if kind == Kind::Owner { Vec::new() } else { owners(node, parts) },
        agents: agents(node, kind).into_iter().map(|id| EntityId::new(parts.graph.node(id).id())).collect(),
        verdicts,
        dormant,
        attributes: node.attributes(),
    })
}

/// The verdicts of what is judged.
fn judged(node: Node<'_>, kind: Kind, parts: &Parts<'_>) -> Option<Judged> {
    is_judged(kind).then(|| (parts.verdicts)(node)).flatten()
}

/// Whether things of this kind have verdicts.
pub(super) fn is_judged(kind: Kind) -> bool {
    matches!(kind, Kind::Identity | Kind::Credential)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// Who names a person that no directory knows, and between which attempts.
struct Named<'g> {
    sources: Vec<&'g str>,
    first: Timestamp,
    last: Timestamp,
}

fn named_by(node: Node<'_>) -> Named<'_> {
    let mut sources = BTreeSet::new();
    let mut times = BTreeSet::new();
    for link in node.links_in() {
        let scope = link.scope();
        sources.insert(scope.source.as_str());
        times.extend(scope.coverage.as_ref().map(|coverage| coverage.attempt.finished_at));
    }
    let epoch = Timestamp::from_secs(0);
    Named {
        sources: sources.into_iter().collect(),
        first: times.first().copied().unwrap_or(epoch),
        last: times.last().copied().unwrap_or(epoch),
    }
}

fn owners(node: Node<'_>, parts: &Parts<'_>) -> Vec<v1::Owner> {
    owners_of(node, parts.sight)
        .into_iter()
        .map(|owner| v1::Owner {
            id: EntityId::new(parts.graph.node(owner.node).id()),
            role: owner.role,
            evidence: owner.evidence,
            because: owner.because,
            departed: match owner.standing {
                Standing::Present => Some(false),
                Standing::Unseen(_) => None,
                Standing::Departed { .. } => Some(true),
            },
        })
        .collect()
}

/// The agents that hold a credential, or run as an identity or hold what proves it, with the agents that those are a
/// part of; for an agent or a workload, what it is a part of.
fn agents(node: Node<'_>, kind: Kind) -> BTreeSet<NodeId> {
    let graph = node.graph();
    let id = node.node_id();
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    match kind {
        Kind::Identity => {
            let proofs = graph.origins(id, LinkKind::AuthenticatesAs).map(|proof| graph.node(proof));
            let users = proofs.chain([node]).flat_map(Node::used_by).filter(|link| link.is_there());
            users.for_each(|link| climb(graph, link.from().node_id(), &mut seen, &mut found));
        }
        Kind::Credential => {
            let users = node.used_by().filter(|link| link.is_there());
            users.for_each(|link| climb(graph, link.from().node_id(), &mut seen, &mut found));
        }
        Kind::Agent | Kind::Workload => {
            graph.targets(id, LinkKind::PartOf).for_each(|whole| climb(graph, whole, &mut seen, &mut found));
            found.remove(&id);
        }
        Kind::Owner | Kind::Resource => {}
    }
    found
}

/// Adds a user if it is an agent, and every agent that it is a part of. What is gone uses nothing.
fn climb(graph: &Graph, user: NodeId, seen: &mut BTreeSet<NodeId>, found: &mut BTreeSet<NodeId>) {
    let mut waiting = vec![user];
    while let Some(next) = waiting.pop() {
        let node = graph.node(next);
        if node.is_gone() || !seen.insert(next) {
            continue;
        }
        if node.kind() == Some(Kind::Agent) {
            found.insert(next);
        }
        waiting.extend(graph.targets(next, LinkKind::PartOf));
    }
}

pub(super) fn link(link: LinkView<'_>) -> v1::Link {
    let (mut because, mut attributes) = (link.because().to_owned(), link.attributes());
    // A trusted subject with wildcards does not show how many it lets in.
    if let Some(let_in) = (link.kind() == LinkKind::Trusts).then(|| link.to().lets_in()).flatten() {
        because = format!("{because}; {}", let_in.words(link.to().graph()));
        attributes.insert("lets_in".to_owned(), let_in.count.into());
    }
    v1::Link {
        from: EndRef::new(link.from().id()),
        kind: link.kind(),
        to: EndRef::new(link.to().id()),
        evidence: link.evidence(),
        because,
        source: link.scope().source.clone(),
        role: link.role(),
        level: link.level(),
        location: link.location().map(super::finding::location),
        gone_at: match link.liveness() {
            Liveness::Gone { at, .. } => Some(at),
            Liveness::Alive | Liveness::Missing { .. } => None,
        },
        attributes,
    }
}

/// Whether two links that stand beside each other in the graph's order are one to the reader.
pub(super) fn is_same(a: LinkView<'_>, b: LinkView<'_>) -> bool {
    let ends = |link: LinkView<'_>| (link.from().node_id(), link.kind(), link.to().node_id());
    ends(a) == ends(b) && link(a) == link(b)
}
