//! Nodes, and how rules see them.

use std::collections::BTreeMap;

use serde_json::Value;
use whosekey_sdk::{Fact, Kind, LinkKind, Timestamp};

use super::attributes::{parse, text_at};
use super::facts::{Facts, PackedTime};
use super::names::Sym;
use super::open_ends::USES;
use super::patterns::{family_prefix, literal_part};
use super::resolve::is_person;
use super::scopes::Absence;
use super::{Graph, LetIn, LinkView, ScopeId, let_in};

/// A node's number. Numbers follow the text of the ids, so walking them in order is deterministic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The node at this place in [`Graph::nodes`].
    ///
    /// # Panics
    /// When there cannot be so many.
    pub fn from_index(index: usize) -> Self {
        Self(super::names::len_u32(index))
    }

    /// Its place in [`Graph::nodes`]; for tables beside the graph.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether complete scans still show a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// Shown, as far as anyone looked.
    Alive,
    /// A complete scan missed it once; not yet believed.
    Missing {
        /// That scan.
        since: Timestamp,
    },
    /// Enough complete scans in a row missed it.
    Gone {
        /// The first of them.
        since: Timestamp,
        /// The last of them.
        at: Timestamp,
    },
}

impl Liveness {
    pub(crate) fn of(missing_since: Option<Timestamp>, gone_at: Option<Timestamp>) -> Self {
        match (missing_since, gone_at) {
            (None, None) => Liveness::Alive,
            (Some(since), None) => Liveness::Missing { since },
            (since, Some(at)) => Liveness::Gone { since: since.map_or(at, |since| since.min(at)), at },
        }
    }

    /// Whether it is gone.
    pub fn is_gone(self) -> bool {
        matches!(self, Liveness::Gone { .. })
    }
}

/// An entity or a dangling end. Times are milliseconds since 1970.
pub(crate) struct NodeRec {
    pub(crate) facts: Facts,
    pub(crate) first_seen: i64,
    pub(crate) last_seen: i64,
    pub(crate) missing_since: PackedTime,
    pub(crate) gone_at: PackedTime,
    pub(crate) disabled_since: PackedTime,
    pub(crate) id: Sym,
    pub(crate) type_name: Sym,
    pub(crate) name: Sym,
    pub(crate) rows_end: u32,
    pub(crate) aliases_end: u32,
    pub(crate) kind: Option<Kind>,
}

impl NodeRec {
    pub(crate) fn dangling(id: Sym, kind: Option<Kind>, rows_end: u32, aliases_end: u32) -> Self {
        Self {
            facts: Facts::NOTHING,
            first_seen: 0,
            last_seen: 0,
            missing_since: PackedTime::NOT_EXPOSED,
            gone_at: PackedTime::NOT_EXPOSED,
            disabled_since: PackedTime::NOT_EXPOSED,
            id,
            type_name: 0,
            name: 0,
            rows_end,
            aliases_end,
            kind,
        }
    }
}

/// One scope's row of an entity.
pub(crate) struct RowRec {
    pub(crate) scope: u32,
    pub(crate) attributes: u32,
    pub(crate) is_gone: bool,
}

/// A node of the graph: an entity, or the end of a link that nothing matches.
#[derive(Clone, Copy)]
pub struct Node<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) id: NodeId,
}

impl<'g> Node<'g> {
    fn rec(self) -> &'g NodeRec {
        &self.graph.nodes[self.id.index()]
    }

    /// The graph that it is in.
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// Its number.
    pub fn node_id(self) -> NodeId {
        self.id
    }

    /// The entity's id, or the dangling end as it was written.
    pub fn id(self) -> &'g str {
        self.graph.names.text(self.rec().id)
    }

    /// The part of the id before its first colon.
    pub fn platform(self) -> &'g str {
        self.id().split_once(':').map_or("", |(platform, _)| platform)
    }

    /// What it is; `None` for a dangling end. A person of whom only the address is known is an owner.
    pub fn kind(self) -> Option<Kind> {
        self.rec().kind
    }

    /// Whether some source lists it (or did): it is not merely the end of a link.
    pub fn is_entity(self) -> bool {
        let (start, end) = self.row_range();
        start < end
    }

    /// The platform's kind of thing; empty for a dangling end.
    pub fn type_name(self) -> &'g str {
        self.graph.names.text(self.rec().type_name)
    }

    /// How people call it; may be empty.
    pub fn name(self) -> &'g str {
        self.graph.names.text(self.rec().name)
    }

    /// Name if it has one, else id.
    pub fn label(self) -> &'g str {
        if self.name().is_empty() { self.id() } else { self.name() }
    }

    /// All other names, ids of merged entities among them, in order.
    pub fn aliases(self) -> impl Iterator<Item = &'g str> {
        let start = self.before().map_or(0, |rec| rec.aliases_end);
        self.graph.aliases[start as usize..self.rec().aliases_end as usize]
            .iter()
            .map(|sym| self.graph.names.text(*sym))
    }

    /// Whether it claims all names that begin alike, and a name of the other is one of them; one that claims any claims
    /// its own.
    pub fn claims(self, other: Node<'_>) -> bool {
        let mut families = self.aliases().filter_map(family_prefix);
        families.any(|family| other.aliases().any(|alias| alias.starts_with(family)))
    }

    /// When it was made.
    pub fn created_at(self) -> Fact<Timestamp> {
        self.rec().facts.created_at.fact()
    }

    /// When it was last used; `Known(None)`: never since [`use_tracked_since`](Self::use_tracked_since).
    pub fn last_used_at(self) -> Fact<Option<Timestamp>> {
        self.rec().facts.last_used_at.optional()
    }

    /// Since when use would have been seen.
    pub fn use_tracked_since(self) -> Fact<Timestamp> {
        self.rec().facts.use_tracked_since.fact()
    }

    /// When it expires; `Known(None)`: never.
    pub fn expires_at(self) -> Fact<Option<Timestamp>> {
        self.rec().facts.expires_at.optional()
    }

    /// Whether it is switched on.
    pub fn enabled(self) -> Fact<bool> {
        self.rec().facts.enabled
    }

    /// Since which scan it has been seen switched off.
    pub fn disabled_since(self) -> Option<Timestamp> {
        self.rec().disabled_since.option()
    }

    /// The first scan that showed it; the epoch for a dangling end.
    pub fn first_seen(self) -> Timestamp {
        Timestamp::from_millis(self.rec().first_seen)
    }

    /// The last scan that showed it; the epoch for a dangling end.
    pub fn last_seen(self) -> Timestamp {
        Timestamp::from_millis(self.rec().last_seen)
    }

    /// Whether complete scans still show it: alive as long as one source does. A dangling end is [`Liveness::Alive`]
    /// here, for nobody saw it go; see [`absence`](Self::absence).
    pub fn liveness(self) -> Liveness {
        Liveness::of(self.rec().missing_since.option(), self.rec().gone_at.option())
    }

    /// Whether it is gone.
    pub fn is_gone(self) -> bool {
        self.rec().gone_at != PackedTime::NOT_EXPOSED
    }

    /// Whether it is an entity that is neither missing nor gone nor switched off, and that a scope shows which was seen
    /// whole. Most are, and a million neighbours are asked, so the answer is kept beside the nodes.
    pub fn is_plainly_there(self) -> bool {
        self.graph.plain[self.id.index()]
    }

    pub(crate) fn work_out_plainly_there(self) -> bool {
        self.is_entity()
            && self.liveness() == Liveness::Alive
            && self.enabled() != Fact::Known(false)
            && self.unseen_scope().is_none()
    }

    /// For a dangling end: what the scopes that list such names say about it; a pattern is absent when nothing there
    /// begins as it does. For an entity, `None`.
    pub fn absence(self) -> Option<Absence> {
        if self.is_entity() {
            return None;
        }
        let named_anew = self.graph.named_anew.get(&self.rec().id).copied().unwrap_or(i64::MIN);
        Some(match literal_part(self.id()) {
            None => self.graph.scopes.absence(self.id(), named_anew),
            Some(_) if self.graph.matched_patterns.contains(&self.rec().id) => Absence::Uncovered,
            Some(prefix) => self.graph.scopes.absence(prefix, named_anew),
        })
    }

    /// For a trusted subject with wildcards that lets in more than one: how many.
    pub fn lets_in(self) -> Option<&'g LetIn> {
        self.graph.let_in.get_or_init(|| let_in::of(self.graph)).get(&self.id)
    }

    /// The scopes that show it, or the last ones that did when it is gone.
    pub fn scopes(self) -> impl Iterator<Item = ScopeId> + use<'g> {
        let is_gone = self.is_gone();
        self.rows().iter().filter(move |row| row.is_gone == is_gone).map(|row| ScopeId(row.scope))
    }

    /// Every scope that shows it or ever did.
    pub fn all_scopes(self) -> impl Iterator<Item = ScopeId> + use<'g> {
        self.rows().iter().map(|row| ScopeId(row.scope))
    }

    /// The first of [`scopes`](Self::scopes), as evidence names it; empty for a dangling end.
    pub fn scope_label(self) -> String {
        self.scopes().next().map_or_else(String::new, |scope| self.graph.scope(scope).label())
    }

    /// The first of its scopes that was not seen whole, when none that shows it was; a dangling end has none. A log that
    /// forgets goes on to show what was there once, so it does not count.
    pub fn unseen_scope(self) -> Option<ScopeId> {
        let mut first = None;
        for scope in self.scopes() {
            if self.graph.scopes.witness[scope.index()] {
                return None;
            }
            if self.graph.scopes.blind[scope.index()] {
                first = first.or(Some(scope));
            }
        }
        first
    }

    /// The names of the sources that show it, in order.
    pub fn sources(self) -> Vec<&'g str> {
        let mut sources: Vec<&str> = self.scopes().map(|scope| self.graph.scope(scope).source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Everything else worth showing, read from its text now. Where sources disagree, the first in order of scopes
    /// that still shows it stands.
    pub fn attributes(self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for row in self.rows().iter().rev().filter(|row| row.attributes != 0) {
            all.extend(parse(self.graph.attributes.get(row.attributes)));
        }
        all
    }

    /// One attribute that is a text.
    pub fn attribute(self, key: &str) -> Option<String> {
        let texts = self.rows().iter().filter(|row| row.attributes != 0);
        texts.map(|row| self.graph.attributes.get(row.attributes)).find_map(|text| text_at(text, key))?
    }

    /// The links that start here.
    pub fn links_out(self) -> impl Iterator<Item = LinkView<'g>> {
        let graph = self.graph;
        graph.adjacency.outgoing(self.id.0).iter().map(move |rec| LinkView { graph, rec })
    }

    /// The links that end here.
    pub fn links_in(self) -> impl Iterator<Item = LinkView<'g>> {
        let graph = self.graph;
        graph.adjacency.incoming(self.id.0).map(move |rec| LinkView { graph, rec })
    }

    /// The links of one kind that start here.
    pub fn out(self, kind: LinkKind) -> impl Iterator<Item = LinkView<'g>> {
        let graph = self.graph;
        graph.adjacency.outgoing_of(self.id.0, kind).iter().map(move |rec| LinkView { graph, rec })
    }

    /// The links of one kind that end here.
    pub fn incoming(self, kind: LinkKind) -> impl Iterator<Item = LinkView<'g>> {
        let graph = self.graph;
        graph.adjacency.incoming_of(self.id.0, kind).map(move |rec| LinkView { graph, rec })
    }

    /// The links by which agents and workloads use it: those that end here or at a pattern which names it.
    pub fn used_by(self) -> impl Iterator<Item = LinkView<'g>> {
        USES.into_iter().flat_map(move |kind| self.incoming(kind).chain(self.incoming_by_pattern(kind)))
    }

    /// The links of a consumer's kind (`holds`, `runs_as`) that end at a pattern which one of its names matches.
    pub fn incoming_by_pattern(self, kind: LinkKind) -> impl Iterator<Item = LinkView<'g>> {
        let patterns = self.graph.open_ends.get(&self.id).into_iter().flatten();
        patterns.flat_map(move |pattern| self.graph.node(*pattern).incoming(kind))
    }

    /// Whether this is a person of whom only the address is known.
    pub fn is_bare_person(self) -> bool {
        !self.is_entity() && is_person(self.id())
    }

    fn rows(self) -> &'g [RowRec] {
        let (start, end) = self.row_range();
        &self.graph.rows[start..end]
    }

    fn row_range(self) -> (usize, usize) {
        (self.before().map_or(0, |rec| rec.rows_end) as usize, self.rec().rows_end as usize)
    }

    fn before(self) -> Option<&'g NodeRec> {
        self.id.index().checked_sub(1).map(|at| &self.graph.nodes[at])
    }
}
