//! Ways from a resource through what is a part of it.
//!
//! A repository or an account acts only by what stands in it, so whoever asks what a repository reaches means its
//! workflows. That is so for the start of a way alone: to have access to a resource is not to be its parts.

use std::collections::HashMap;

use whosekey_sdk::{Kind, LinkKind};

use super::Reach;
use crate::graph::{Graph, NodeId};

/// A shortest way from a part of `from`, or of a resource that is a part of it, with `from` and what lies between before it.
pub(super) fn way(reach: &Reach, graph: &Graph, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
    let is_resource = |node: NodeId| graph.node(node).kind() == Some(Kind::Resource);
    let mut wholes: HashMap<NodeId, NodeId> = HashMap::new();
    let mut waiting: Vec<NodeId> = is_resource(from).then_some(from).into_iter().collect();
    let mut starts = Vec::new();
    while let Some(whole) = waiting.pop() {
        for part in graph.origins(whole, LinkKind::PartOf).filter(|part| !graph.node(*part).is_gone()) {
            if part == from || wholes.contains_key(&part) {
                continue;
            }
            wholes.insert(part, whole);
            match graph.node(part).kind() {
                Some(Kind::Resource) => waiting.push(part),
                Some(Kind::Agent | Kind::Workload | Kind::Identity) => starts.push(part.0),
                Some(Kind::Credential | Kind::Owner) | None => {}
            }
        }
    }
    starts.sort_unstable();
    let mut way: Vec<NodeId> = reach.forward.way(&starts, to.0)?.into_iter().map(NodeId).collect();
    while let Some(&whole) = wholes.get(&way[0]).filter(|_| way[0] != from) {
        way.insert(0, whole);
    }
    Some(way)
}
