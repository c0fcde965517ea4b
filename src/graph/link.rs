//! Links in memory, and how rules see them.

use std::collections::BTreeMap;

use serde_json::Value;
use whosekey_sdk::{AccessLevel, Evidence, LinkKind, Location, OwnerRole, Timestamp};

use super::names::Sym;
use super::{Graph, Liveness, Node, NodeId, ScopeId, ScopeInfo};

pub(crate) const NO_EXTRA: u32 = u32::MAX;

/// A link in 24 bytes. While building, `from` and `to` are names; in the graph they are nodes.
#[derive(Clone, Copy)]
pub(crate) struct LinkRec {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) scope: u32,
    pub(crate) because: Sym,
    pub(crate) extra: u32,
    pub(crate) kind: LinkKind,
    pub(crate) evidence: Evidence,
    pub(crate) role: Option<OwnerRole>,
    pub(crate) level: Option<AccessLevel>,
}

/// What few links have.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LinkExtra {
    pub(crate) location: Option<Location>,
    pub(crate) attributes: u32,
    pub(crate) missing_since: Option<Timestamp>,
    pub(crate) gone_at: Option<Timestamp>,
    /// The name by which a trust calls its end, where that is gone; else 0.
    pub(crate) named: Sym,
}

/// A link of the graph, as one scope sees it.
#[derive(Clone, Copy)]
pub struct LinkView<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) rec: &'g LinkRec,
}

impl<'g> LinkView<'g> {
    /// Where it starts.
    pub fn from(self) -> Node<'g> {
        self.graph.node(NodeId(self.rec.from))
    }

    /// Where it ends.
    pub fn to(self) -> Node<'g> {
        self.graph.node(NodeId(self.rec.to))
    }

    /// The name by which the end of a trust was called, where that is gone: of its names it is this that was trusted.
    pub fn named(self) -> Option<&'g str> {
        let named = self.extra().map(|extra| extra.named).filter(|named| *named != 0)?;
        Some(self.graph.names.text(named))
    }

    /// What it says.
    pub fn kind(self) -> LinkKind {
        self.rec.kind
    }

    /// How it is known.
    pub fn evidence(self) -> Evidence {
        self.rec.evidence
    }

    /// What the evidence is, for people.
    pub fn because(self) -> &'g str {
        self.graph.names.text(self.rec.because)
    }

    /// For `owned_by`: what the owner is.
    pub fn role(self) -> Option<OwnerRole> {
        self.rec.role
    }

    /// For `can_access`: what it lets do.
    pub fn level(self) -> Option<AccessLevel> {
        self.rec.level
    }

    /// The scope that shows it.
    pub fn scope_id(self) -> ScopeId {
        ScopeId(self.rec.scope)
    }

    /// The scope that shows it.
    pub fn scope(self) -> &'g ScopeInfo {
        self.graph.scope(self.scope_id())
    }

    /// Where in a file it is written.
    pub fn location(self) -> Option<&'g Location> {
        self.extra().and_then(|extra| extra.location.as_ref())
    }

    /// Everything else, read from its text now.
    pub fn attributes(self) -> BTreeMap<String, Value> {
        self.extra()
            .map(|extra| super::attributes::parse(self.graph.attributes.get(extra.attributes)))
            .unwrap_or_default()
    }

    /// One attribute that is a text.
    pub fn attribute(self, key: &str) -> Option<String> {
        // Most links have none, so do not parse for nothing.
        let extra = self.extra().filter(|extra| extra.attributes != 0)?;
        super::attributes::text_at(self.graph.attributes.get(extra.attributes), key)?
    }

    /// Whether its scope still shows it. Its ends have a liveness of their own.
    pub fn liveness(self) -> Liveness {
        match self.extra() {
            None => Liveness::Alive,
            Some(extra) => Liveness::of(extra.missing_since, extra.gone_at),
        }
    }

    /// The first scan that missed it, when it is gone.
    pub fn gone_since(self) -> Option<Timestamp> {
        match self.liveness() {
            Liveness::Gone { since, .. } => Some(since),
            Liveness::Alive | Liveness::Missing { .. } => None,
        }
    }

    /// Whether it is not gone.
    pub fn is_there(self) -> bool {
        self.rec.extra == NO_EXTRA || !self.liveness().is_gone()
    }

    fn extra(self) -> Option<&'g LinkExtra> {
        (self.rec.extra != NO_EXTRA).then(|| &self.graph.extras[self.rec.extra as usize])
    }
}
