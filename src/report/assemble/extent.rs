//! Which part of a large estate an overview holds: enough for every finding's subject, for the pictures of those that
//! are shown, and for an inventory of what is not well. The counts are always of everything.

use super::{Answers, Parts};
use crate::analysis::Answer;
use crate::graph::{Node, NodeId};
use crate::report::v1;

/// Findings whose neighbourhood is held; no format shows more of them with pictures.
const MOST_PICTURES: usize = 2_000;
/// Links of a subject that are held in each direction.
const MOST_LINKS: usize = 256;
/// Links of a subject's neighbour that are held in each direction.
const MOST_FURTHER: usize = 16;
/// Entities that are held because of a verdict, beside those that findings need; and as many again of any.
const MOST_LISTED: usize = 10_000;

/// The nodes that an overview holds.
pub(super) struct Extent {
    held: Vec<bool>,
    /// Those that were held when owners and agents were referred to.
    old: Vec<bool>,
    unwell: usize,
    others: usize,
}

impl Extent {
    /// Nothing of an estate of this many nodes yet.
    pub(super) fn empty(nodes: usize) -> Self {
        Self { held: vec![false; nodes], old: vec![false; nodes], unwell: 0, others: 0 }
    }

    pub(super) fn holds(&self, node: NodeId) -> bool {
        self.held[node.index()]
    }

    /// Whether it is held, and was not yet before [`refer`](Self::refer).
    pub(super) fn is_new(&self, node: NodeId) -> bool {
        self.held[node.index()] && !self.old[node.index()]
    }

    /// Holds the owners and agents that entities name, as new ones.
    pub(super) fn refer(&mut self, parts: &Parts<'_>, entities: &[v1::Entity]) {
        self.old.copy_from_slice(&self.held);
        let owners = entities.iter().flat_map(|entity| entity.owners.iter().map(|owner| &owner.id));
        let agents = entities.iter().flat_map(|entity| &entity.agents);
        for node in owners.chain(agents).filter_map(|id| parts.graph.find(id.as_str())) {
            self.held[node.node_id().index()] = true;
        }
    }

    /// Considers an entity for the inventory.
    pub(super) fn list(&mut self, node: Node<'_>, answers: Option<&Answers>) {
        let is_unwell = answers.is_some_and(|answers| answers.iter().any(|(_, answer)| *answer != Answer::No));
        let room = if is_unwell { &mut self.unwell } else { &mut self.others };
        if *room < MOST_LISTED {
            *room += 1;
            self.held[node.node_id().index()] = true;
        }
    }

    /// Holds the subjects of these findings, and the neighbourhoods of the first ones.
    pub(super) fn show(&mut self, parts: &Parts<'_>, findings: &[v1::Finding]) {
        for (at, finding) in findings.iter().enumerate() {
            let Some(subject) = parts.graph.find(finding.subject.as_str()) else { continue };
            self.held[subject.node_id().index()] = true;
            if at < MOST_PICTURES {
                for near in self.neighbours(subject, MOST_LINKS) {
                    self.neighbours(near, MOST_FURTHER);
                }
            }
        }
    }

    fn neighbours<'g>(&mut self, node: Node<'g>, most: usize) -> Vec<Node<'g>> {
        let out = node.links_out().take(most).map(|link| link.to());
        let into = node.links_in().take(most).map(|link| link.from());
        let near: Vec<_> = out.chain(into).collect();
        for node in &near {
            self.held[node.node_id().index()] = true;
        }
        near
    }
}
