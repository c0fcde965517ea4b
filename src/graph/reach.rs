//! Who can reach what: "who can reach an administrator", "what does this key open", and the shortest way from one
//! thing to another.
//!
//! A [`Reach`] is the graph boiled down to steps: from whoever has one thing to what that gives them. It holds plain
//! numbers in compressed rows, both ways, so that a search touches little memory. What each kind of link gives is in
//! [`steps`](mod@steps); why a step can be taken is looked up in the graph, for the few that are shown.
//!
//! It knows no policy and no clock: what cannot be passed through (what is switched off, say) is for the caller to say.

mod parts;
mod rows;
mod steps;

#[cfg(test)]
mod tests;

pub use steps::{Step, explain};

use std::collections::HashMap;

use whosekey_sdk::{AccessLevel, LinkKind};

use self::rows::Rows;
use super::open_ends::USES;
use super::{Graph, Node, NodeId};

/// The steps of a graph, both ways.
pub struct Reach {
    forward: Rows,
    backward: Rows,
}

/// What a search found: the nodes, nearest first, those that it started from included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    nodes: Vec<u32>,
    /// Where each distance ends in `nodes`.
    ends: Vec<usize>,
}

impl Reach {
    /// The steps of a graph between nodes that are not gone and that `is_open` lets through, over links that are not
    /// gone.
    pub fn of(graph: &Graph, is_open: impl Fn(Node<'_>) -> bool) -> Self {
        Self::by(LinkKind::ALL, graph, is_open)
    }

    /// As [`of`](Self::of), over links of these kinds only.
    pub fn by(kinds: &[LinkKind], graph: &Graph, is_open: impl Fn(Node<'_>) -> bool) -> Self {
        let open: Vec<bool> = graph.nodes().map(|node| !node.is_gone() && is_open(node)).collect();
        let mut edges = Vec::new();
        for link in graph.links().filter(|link| kinds.contains(&link.kind()) && link.is_there()) {
            let (from, to) = (link.from().node_id(), link.to().node_id());
            if !open[from.index()] || !open[to.index()] {
                continue;
            }
            match steps::direction(link) {
                Some(steps::Direction::Along) => edges.push((from.0, to.0)),
                Some(steps::Direction::Against) => edges.push((to.0, from.0)),
                None => {}
            }
        }
        if kinds.contains(&LinkKind::Trusts) {
            let steps = steps::by_trusted_pattern(graph, |node| open[node.node_id().index()]);
            edges.extend(steps.map(|(from, to)| (from.0, to.0)));
        }
        if USES.iter().any(|kind| kinds.contains(kind)) {
            let steps = steps::by_held_pattern(graph, |node| open[node.node_id().index()]);
            edges.extend(steps.map(|(from, to)| (from.0, to.0)));
        }
        Self::from_edges(graph.len(), &edges)
    }

    /// The steps in a list, between nodes numbered from 0.
    ///
    /// # Panics
    /// When a number is not below `nodes`.
    pub fn from_edges(nodes: usize, edges: &[(u32, u32)]) -> Self {
        let (forward, backward) = rayon::join(
            || Rows::new(nodes, edges.iter().copied()),
            || Rows::new(nodes, edges.iter().map(|&(from, to)| (to, from))),
        );
        Self { forward, backward }
    }

    /// Everything that whoever has one of these reaches: a credential's blast radius.
    pub fn from(&self, starts: impl IntoIterator<Item = NodeId>) -> Reached {
        search(&self.forward, starts)
    }

    /// Everything that reaches one of these.
    pub fn to(&self, ends: impl IntoIterator<Item = NodeId>) -> Reached {
        search(&self.backward, ends)
    }

    /// A shortest way, both ends included; of several the one through the smallest numbers, seen from its end.
    pub fn way(&self, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
        let way = self.forward.way(&[from.0], to.0)?;
        Some(way.into_iter().map(NodeId).collect())
    }

    /// The next step of a shortest way to one of the ends that `reached` was searched for, [`to`](Self::to) which it
    /// is; `None` at such an end, and where no way leads.
    pub fn next(&self, reached: &Distances, from: NodeId) -> Option<NodeId> {
        let distance = reached.0.get(&from.0)?.checked_sub(1)?;
        let nearer = |to: &&u32| reached.0.get(to) == Some(&distance);
        self.forward.of(from.0).iter().find(nearer).map(|&to| NodeId(to))
    }

    /// A shortest way with the link that each step rests on; empty when both ends are one. From a resource that reaches
    /// nothing by itself, it begins at something that is a part of it: of a repository, at one of its workflows.
    pub fn explained<'g>(&self, graph: &'g Graph, from: NodeId, to: NodeId) -> Option<Vec<Step<'g>>> {
        let way = self.way(from, to).or_else(|| parts::way(self, graph, from, to))?;
        let mut steps: Vec<Step<'g>> = Vec::new();
        for pair in way.windows(2) {
            let next = steps::explain(graph, pair[0], pair[1]);
            match steps.last_mut() {
                // To hold a pattern and to hold what it names is one step.
                Some(last) if USES.contains(&next.link.kind()) && next.link.to().node_id() == pair[0] => {
                    *last = Step { to: next.to, ..*last };
                }
                _ => steps.push(next),
            }
        }
        Some(steps)
    }
}

/// How far each node that a search found is from where it started.
pub struct Distances(HashMap<u32, u32>);

impl Reached {
    /// How far each node is.
    pub fn distances(&self) -> Distances {
        let by_distance = (0u32..).zip(self.by_distance());
        Distances(by_distance.flat_map(|(distance, nodes)| nodes.map(move |node| (node.0, distance))).collect())
    }

    /// The nodes, nearest first.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + '_ {
        self.nodes.iter().map(|&at| NodeId(at))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The nodes at each distance, from 0 up.
    pub fn by_distance(&self) -> impl Iterator<Item = impl ExactSizeIterator<Item = NodeId> + '_> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| self.nodes[start..end].iter().map(|&at| NodeId(at)))
    }
}

/// The identities that are administrator-equivalent or can make themselves so, in order.
pub fn administrators(graph: &Graph) -> Vec<NodeId> {
    let is_such = |level| matches!(level, Some(AccessLevel::Admin | AccessLevel::Escalation));
    let links = graph.links().filter(|link| is_such(link.level()) && link.is_there());
    let mut found: Vec<NodeId> =
        links.map(|link| link.from()).filter(|node| !node.is_gone()).map(Node::node_id).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn search(rows: &Rows, starts: impl IntoIterator<Item = NodeId>) -> Reached {
    let (nodes, ends) = rows.search(starts.into_iter().map(|node| node.0));
    Reached { nodes, ends }
}
