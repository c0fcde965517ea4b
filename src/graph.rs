//! The immutable graph that all rules read: entities of all sources merged, ends of links resolved, coverage beside
//! them.
//!
//! Rows go into a [`GraphBuilder`] in any order; [`Graph`] is what they say together. It knows no clock, no file, no SQL
//! and no policy. What a verdict may rest on is here as it was told: a fact that nobody told stays
//! [`NotExposed`](whosekey_sdk::Fact), and a name that nothing matches stays a node of its own.
//!
//! Invariant: the same set of rows gives the same graph, node for node and link for link, whatever their order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use whosekey_sdk::{Activity, Attempt, Entity, Link, LinkKind, Timestamp};

mod adjacency;
mod assemble;
mod attributes;
mod builder;
mod facts;
pub(crate) mod let_in;
mod link;
mod lookup;
mod merge;
mod names;
pub(crate) mod open_ends;
mod owns;
mod patterns;
mod prefixes;
pub mod reach;
mod resolve;
mod scopes;
mod view;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod testworld;

pub use builder::{BuilderScope, EntityParts, GraphBuilder, LinkParts, Seen};
pub use let_in::LetIn;
pub use link::LinkView;
pub use lookup::LookupError;
pub use scopes::{Absence, ScopeId, ScopeInfo};
pub use view::{Liveness, Node, NodeId};

/// One entity as one scope of one source sees it. Two sources that see one entity give two rows; they are merged here.
#[derive(Debug, Clone)]
pub struct EntityRow {
    /// The source's name.
    pub source: String,
    /// The scope's name.
    pub scope: String,
    /// What was seen, last.
    pub entity: Entity,
    /// The first scan that showed it.
    pub first_seen: Timestamp,
    /// The last scan that showed it.
    pub last_seen: Timestamp,
    /// The first complete scan that missed it, while it is missing or gone.
    pub missing_since: Option<Timestamp>,
    /// When enough complete scans had missed it.
    pub gone_at: Option<Timestamp>,
    /// The first scan of the current run of scans that showed it switched off.
    pub disabled_since: Option<Timestamp>,
}

/// One link as one scope of one source sees it.
#[derive(Debug, Clone)]
pub struct LinkRow {
    /// The source's name.
    pub source: String,
    /// The scope's name.
    pub scope: String,
    /// What was seen, last.
    pub link: Link,
    /// The first scan that showed it.
    pub first_seen: Timestamp,
    /// The first complete scan that missed it, while it is missing or gone.
    pub missing_since: Option<Timestamp>,
    /// When enough complete scans had missed it.
    pub gone_at: Option<Timestamp>,
}

/// One scope's latest attempt.
#[derive(Debug, Clone)]
pub struct ScopeCoverage {
    /// The source's name.
    pub source: String,
    /// The connector's name.
    pub connector: String,
    /// The scope's name.
    pub scope: String,
    /// See [`whosekey_sdk::Scope::covers`].
    pub covers: Vec<String>,
    /// See [`whosekey_sdk::Scope::forgets`].
    pub forgets: bool,
    /// How the latest attempt went.
    pub attempt: Attempt,
    /// When it was last seen whole.
    pub last_complete_at: Option<Timestamp>,
    /// The latest attempt was complete, but missed so much that nothing is closed until the next one agrees.
    pub suspect: bool,
    /// The scope itself is gone: it was missing from enough complete lists of scopes.
    pub gone_at: Option<Timestamp>,
    /// Since when the settings of its source leave it out: nobody looks, so what it showed stands and nothing tells what
    /// became of it.
    pub left_out_at: Option<Timestamp>,
}

/// All scopes, by source and scope name.
pub type Coverage = BTreeMap<(String, String), ScopeCoverage>;

/// What one scope of one source saw of the use of something that it does not list.
#[derive(Debug, Clone)]
pub struct ActivityRow {
    /// The source's name.
    pub source: String,
    /// The scope's name.
    pub scope: String,
    /// What it saw, joined over all scans.
    pub activity: Activity,
}

/// The graph. Nodes are numbered by the text of their ids.
pub struct Graph {
    pub(crate) names: names::Names,
    pub(crate) attributes: names::Texts,
    pub(crate) scopes: scopes::Scopes,
    pub(crate) nodes: Vec<view::NodeRec>,
    /// Whether each node is there beyond doubt; see [`Node::is_plainly_there`].
    pub(crate) plain: Vec<bool>,
    pub(crate) rows: Vec<view::RowRec>,
    pub(crate) aliases: Vec<names::Sym>,
    pub(crate) extras: Vec<link::LinkExtra>,
    pub(crate) adjacency: adjacency::Adjacency,
    pub(crate) by_name: Vec<u32>,
    /// Dangling ends that are patterns, and that something there matches.
    pub(crate) matched_patterns: HashSet<names::Sym>,
    /// The patterns at which consumers' links end, by what they name; see [`open_ends`].
    pub(crate) open_ends: HashMap<NodeId, Vec<NodeId>>,
    /// Names that no entity has: when a link that names one was last seen for the first time, in milliseconds.
    pub(crate) named_anew: HashMap<names::Sym, i64>,
    /// Whom trusted subjects with wildcards let in; worked out when somebody asks.
    pub(crate) let_in: OnceLock<HashMap<NodeId, LetIn>>,
}

impl Graph {
    /// How many nodes there are, dangling ends among them.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many links there are: one for each scope that shows one.
    pub fn link_count(&self) -> usize {
        self.adjacency.len()
    }

    /// All nodes, in the order of their ids.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Node<'_>> + ExactSizeIterator {
        (0..names::len_u32(self.nodes.len())).map(|at| self.node(NodeId(at)))
    }

    /// The node with this number.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node { graph: self, id }
    }

    /// The node with this number in [`nodes`](Self::nodes).
    ///
    /// # Panics
    /// When there is none.
    pub fn node_at(&self, index: usize) -> Node<'_> {
        assert!(index < self.nodes.len(), "node {index} of {}", self.nodes.len());
        self.node(NodeId(names::len_u32(index)))
    }

    /// The node with this id or alias. Of several that share an alias: what is there before what is gone, then the
    /// newest.
    pub fn find(&self, name: &str) -> Option<Node<'_>> {
        let sym = self.names.find(name)?;
        let at = self.by_name.get(sym as usize).copied().filter(|at| *at != names::NONE)?;
        Some(self.node(NodeId(at)))
    }

    /// All links, by start, kind and end.
    pub fn links(&self) -> impl Iterator<Item = LinkView<'_>> {
        self.adjacency.all().iter().map(|rec| LinkView { graph: self, rec })
    }

    /// The neighbours that a node's links of one kind lead to, gone links left out; the plain numbers for searches.
    pub fn targets(&self, node: NodeId, kind: LinkKind) -> impl Iterator<Item = NodeId> {
        let there = |rec: &&link::LinkRec| LinkView { graph: self, rec }.is_there();
        self.adjacency.outgoing_of(node.0, kind).iter().filter(there).map(|rec| NodeId(rec.to))
    }

    /// As [`targets`](Self::targets), against the links.
    pub fn origins(&self, node: NodeId, kind: LinkKind) -> impl Iterator<Item = NodeId> {
        let there = |rec: &&link::LinkRec| LinkView { graph: self, rec }.is_there();
        self.adjacency.incoming_of(node.0, kind).filter(there).map(|rec| NodeId(rec.from))
    }

    /// All scopes, by source and scope name.
    pub fn scopes(&self) -> &[ScopeInfo] {
        &self.scopes.infos
    }

    /// The scope of a source by its name.
    pub fn find_scope(&self, source: &str, scope: &str) -> Option<ScopeId> {
        let key = |info: &ScopeInfo| (info.source.as_str(), info.scope.as_str()).cmp(&(source, scope));
        self.scopes.infos.binary_search_by(key).ok().map(|at| ScopeId(names::len_u32(at)))
    }

    /// The numbers of all scopes, in order.
    pub fn scope_ids(&self) -> impl DoubleEndedIterator<Item = ScopeId> + use<> {
        (0..names::len_u32(self.scopes.infos.len())).map(ScopeId)
    }

    /// The scope with this number.
    pub fn scope(&self, id: ScopeId) -> &ScopeInfo {
        &self.scopes.infos[id.index()]
    }

    /// The latest attempt at every scope.
    pub fn coverage(&self) -> &Coverage {
        &self.scopes.coverage
    }
}
