//! The names at which links end and that no source lists: what a pattern among them names, and whether the rest exists.
//!
//! It asks the graph what the verdicts ask, so that a screen cannot say otherwise than they do.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use whosekey_sdk::{Kind, LinkKind};

use super::MOST_HOLDERS;
use crate::graph::let_in::wholes;
use crate::graph::open_ends::{at_ends_of, named};
use crate::graph::{Absence, Graph, Node, NodeId};

/// The kinds of link of which one that ends at a pattern is one to all that the pattern names.
pub(super) const OPEN: [LinkKind; 3] = [LinkKind::Holds, LinkKind::RunsAs, LinkKind::Trusts];

/// What is known of the names around a subject that no source lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ends<'g> {
    by_name: BTreeMap<&'g str, End<'g>>,
    /// The patterns that name the subject, or what proves it.
    patterns: BTreeMap<&'g str, Vec<&'g str>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct End<'g> {
    /// The name, as links have it.
    pub name: &'g str,
    /// What the listings say of it.
    #[serde(flatten)]
    pub standing: Standing,
    /// For a pattern: how many things that are there it names.
    pub names_total: usize,
    /// The first [`MOST_HOLDERS`] of them, by id.
    pub names: Vec<&'g str>,
    #[serde(skip)]
    all: Vec<&'g str>,
}

/// What the listings say of a name that no entity has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// This scope lists all such names, was seen whole, and this one is not there.
    Absent {
        /// The scope.
        scope: String,
    },
    /// This scope lists all such names, and was not seen whole since the name came up.
    Unseen {
        /// The scope.
        scope: String,
    },
    /// No scope lists such names, or it is a pattern that names something.
    Unlisted,
}

impl<'g> Ends<'g> {
    /// What is known of the names around a node.
    pub fn of(graph: &'g Graph, subject: Node<'g>) -> Self {
        Self { by_name: by_name(graph, subject), patterns: patterns(graph, subject) }
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &End<'g>> {
        self.by_name.values()
    }

    /// What is known of this name.
    pub fn get(&self, name: &str) -> Option<&End<'g>> {
        self.by_name.get(name)
    }

    /// What a pattern names; nothing when it is none.
    pub(super) fn named_by(&self, name: &str) -> &[&'g str] {
        self.get(name).map_or(&[], |end| &end.all)
    }

    /// The patterns that name a thing.
    pub(super) fn patterns_of(&self, id: &str) -> &[&'g str] {
        self.patterns.get(id).map_or(&[], Vec::as_slice)
    }
}

fn by_name<'g>(graph: &'g Graph, subject: Node<'g>) -> BTreeMap<&'g str, End<'g>> {
    let mut holders = vec![subject];
    if matches!(subject.kind(), Some(Kind::Agent | Kind::Workload)) {
        holders.extend(subject.incoming(LinkKind::PartOf).map(|link| link.from()));
    }
    let ends = holders.iter().flat_map(|holder| holder.links_out().map(|link| link.to()));
    let unlisted = ends.chain([subject]).filter(|end| !end.is_entity() && !end.is_bare_person());
    let unlisted: BTreeSet<NodeId> = unlisted.map(Node::node_id).collect();
    let patterns: Vec<NodeId> = unlisted.iter().copied().collect();
    let named = named(graph, &patterns, |thing| !thing.is_gone());
    let end = |id: NodeId| {
        let node = graph.node(id);
        let all: Vec<&str> = wholes(node, named.by(id)).into_iter().map(|thing| graph.node(thing).id()).collect();
        let names = all.iter().take(MOST_HOLDERS).copied().collect();
        (node.id(), End { name: node.id(), standing: standing(node), names_total: all.len(), names, all })
    };
    unlisted.into_iter().map(end).collect()
}

fn standing(node: Node<'_>) -> Standing {
    let label = |scope| node.graph().scope(scope).label();
    match node.absence() {
        Some(Absence::Proven(scope)) => Standing::Absent { scope: label(scope) },
        Some(Absence::Unseen(scope)) => Standing::Unseen { scope: label(scope) },
        Some(Absence::Uncovered) | None => Standing::Unlisted,
    }
}

fn patterns<'g>(graph: &'g Graph, subject: Node<'g>) -> BTreeMap<&'g str, Vec<&'g str>> {
    let mut things = BTreeSet::from([subject.node_id()]);
    if subject.kind() == Some(Kind::Identity) {
        things.extend(subject.incoming(LinkKind::AuthenticatesAs).map(|link| link.from().node_id()));
    }
    let named = named(graph, &at_ends_of(graph, &OPEN), |thing| things.contains(&thing.node_id()));
    let texts = |patterns: Vec<NodeId>| patterns.into_iter().map(|pattern| graph.node(pattern).id()).collect();
    named.by_thing().into_iter().map(|(thing, patterns)| (graph.node(thing).id(), texts(patterns))).collect()
}
