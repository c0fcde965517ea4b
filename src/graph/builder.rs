//! Takes rows in any order and any number, and keeps them compactly until [`GraphBuilder::build`].

use std::borrow::Borrow;
use std::collections::HashMap;

use whosekey_sdk::{
    AccessLevel, Activity, Alias, Entity, Evidence, Fact, Kind, Link, LinkKind, Location, OwnerRole, Timestamp,
};

use super::facts::{Facts, PackedTime};
use super::link::{LinkExtra, LinkRec, NO_EXTRA};
use super::names::{Names, Sym, Texts, len_u32};
use super::scopes::ScopesBuilder;
use super::{EntityRow, Graph, LinkRow, ScopeCoverage, assemble};

/// A scope's number while building; see [`GraphBuilder::scope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuilderScope(pub(crate) u32);

/// When an entity or a link was there.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The first scan that showed it.
    pub first_seen: Timestamp,
    /// The last scan that showed it.
    pub last_seen: Timestamp,
    /// The first complete scan that missed it, while it is missing or gone.
    pub missing_since: Option<Timestamp>,
    /// When enough complete scans had missed it.
    pub gone_at: Option<Timestamp>,
}

/// An entity row in borrowed parts: the way of a million rows, without an allocation each.
#[derive(Debug, Clone, Copy)]
pub struct EntityParts<'a> {
    /// The platform's own immutable id.
    pub id: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The platform's kind of thing.
    pub type_name: &'a str,
    /// How people call it.
    pub name: &'a str,
    /// When it was made.
    pub created_at: Fact<Timestamp>,
    /// When it was last used.
    pub last_used_at: Fact<Option<Timestamp>>,
    /// Since when use would have been seen.
    pub use_tracked_since: Fact<Timestamp>,
    /// When it expires.
    pub expires_at: Fact<Option<Timestamp>>,
    /// Whether it is switched on.
    pub enabled: Fact<bool>,
    /// A JSON object, or empty.
    pub attributes: &'a str,
    /// When it was there.
    pub seen: Seen,
    /// The first scan of the current run of scans that showed it switched off.
    pub disabled_since: Option<Timestamp>,
}

/// A link row in borrowed parts.
#[derive(Debug, Clone, Copy)]
pub struct LinkParts<'a> {
    /// Where it starts: an id or an alias.
    pub from: &'a str,
    /// What it says.
    pub kind: LinkKind,
    /// Where it ends: an id or an alias.
    pub to: &'a str,
    /// How it is known.
    pub evidence: Evidence,
    /// What the evidence is.
    pub because: &'a str,
    /// For `owned_by`.
    pub role: Option<OwnerRole>,
    /// For `can_access`.
    pub level: Option<AccessLevel>,
    /// Where in a file it is written.
    pub location: Option<&'a Location>,
    /// A JSON object, or empty.
    pub attributes: &'a str,
    /// The first scan that showed it.
    pub first_seen: Timestamp,
    /// The first complete scan that missed it, while it is missing or gone.
    pub missing_since: Option<Timestamp>,
    /// When enough complete scans had missed it.
    pub gone_at: Option<Timestamp>,
}

/// Builds a [`Graph`]. The graph depends on the set of rows, never on their order.
pub struct GraphBuilder {
    pub(crate) names: Names,
    pub(crate) attributes: Texts,
    pub(crate) scopes: ScopesBuilder,
    pub(crate) rows: Vec<PendingRow>,
    pub(crate) aliases: Vec<Sym>,
    pub(crate) links: Vec<LinkRec>,
    pub(crate) links_seen: FirstSeen,
    pub(crate) extras: Vec<LinkExtra>,
    pub(crate) uses: Vec<PendingUse>,
}

/// One entity row, interned.
pub(crate) struct PendingRow {
    pub(crate) facts: Facts,
    pub(crate) first_seen: i64,
    pub(crate) last_seen: i64,
    pub(crate) missing_since: PackedTime,
    pub(crate) gone_at: PackedTime,
    pub(crate) disabled_since: PackedTime,
    pub(crate) id: Sym,
    pub(crate) type_name: Sym,
    pub(crate) name: Sym,
    pub(crate) scope: u32,
    pub(crate) attributes: u32,
    /// The first of its aliases in the builder's list, and how many.
    pub(crate) aliases: (u32, u32),
    pub(crate) kind: Kind,
}

/// When each link was first seen. There are as many times as scans, and millions of links.
#[derive(Default)]
pub(crate) struct FirstSeen {
    times: Vec<i64>,
    numbers: HashMap<i64, u32>,
    of_links: Vec<u32>,
}

impl FirstSeen {
    fn push(&mut self, at: Timestamp) {
        let at = at.as_millis();
        let number = *self.numbers.entry(at).or_insert_with(|| {
            self.times.push(at);
            len_u32(self.times.len() - 1)
        });
        self.of_links.push(number);
    }

    /// The times, in the order of the links.
    pub(crate) fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.of_links.iter().map(|number| self.times[*number as usize])
    }
}

/// A use that a source saw which does not list the thing.
pub(crate) struct PendingUse {
    pub(crate) subject: Sym,
    pub(crate) last_used_at: PackedTime,
    pub(crate) tracked_since: PackedTime,
}

impl Default for GraphBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl GraphBuilder {
    /// A builder with no rows.
    pub fn new() -> Self {
        let mut attributes = Texts::default();
        attributes.push("");
        Self {
            names: Names::new(),
            attributes,
            scopes: ScopesBuilder::default(),
            rows: Vec::new(),
            aliases: Vec::new(),
            links: Vec::new(),
            links_seen: FirstSeen::default(),
            extras: Vec::new(),
            uses: Vec::new(),
        }
    }

    /// Makes room, for those who know how many rows will come.
    pub fn reserve(&mut self, entities: usize, links: usize) {
        self.rows.reserve(entities);
        self.links.reserve(links);
        // An id, a name and an alias each; links mostly name what is listed.
        self.names.reserve(entities.saturating_mul(3));
    }

    /// Takes one scope's latest attempt.
    pub fn coverage(&mut self, coverage: ScopeCoverage) {
        self.scopes.cover(coverage);
    }

    /// The number of a scope, to hand in its rows with.
    pub fn scope(&mut self, source: &str, scope: &str) -> BuilderScope {
        BuilderScope(self.scopes.id(source, scope))
    }

    /// Takes an entity as one scope sees it.
    pub fn entity(&mut self, row: impl Borrow<EntityRow>) {
        let row = row.borrow();
        let scope = self.scope(&row.source, &row.scope);
        let e: &Entity = &row.entity;
        let attributes = json(&e.attributes);
        let parts = EntityParts {
            id: e.id.as_str(),
            kind: e.kind,
            type_name: &e.type_name,
            name: &e.name,
            created_at: e.created_at,
            last_used_at: e.last_used_at,
            use_tracked_since: e.use_tracked_since,
            expires_at: e.expires_at,
            enabled: e.enabled,
            attributes: &attributes,
            seen: Seen {
                first_seen: row.first_seen,
                last_seen: row.last_seen,
                missing_since: row.missing_since,
                gone_at: row.gone_at,
            },
            disabled_since: row.disabled_since,
        };
        self.entity_parts(scope, &parts, e.aliases.iter().map(Alias::as_str));
    }

    /// As [`entity`](Self::entity), without owning anything.
    pub fn entity_parts<'a>(
        &mut self,
        scope: BuilderScope,
        row: &EntityParts<'_>,
        aliases: impl IntoIterator<Item = &'a str>,
    ) {
        if row.seen.gone_at.is_none() {
            self.scopes.shows(scope.0);
        }
        let first = self.aliases.len();
        self.aliases
            .extend(aliases.into_iter().filter(|alias| !alias.is_empty()).map(|alias| self.names.intern(alias)));
        let count = self.aliases.len() - first;
        self.rows.push(PendingRow {
            facts: Facts {
                created_at: PackedTime::from_fact(row.created_at),
                last_used_at: PackedTime::from_optional(row.last_used_at),
                use_tracked_since: PackedTime::from_fact(row.use_tracked_since),
                expires_at: PackedTime::from_optional(row.expires_at),
                enabled: row.enabled,
            },
            first_seen: row.seen.first_seen.as_millis(),
            last_seen: row.seen.last_seen.as_millis(),
            missing_since: PackedTime::from_option(row.seen.missing_since),
            gone_at: PackedTime::from_option(row.seen.gone_at),
            disabled_since: PackedTime::from_option(row.disabled_since),
            id: self.names.intern(row.id),
            type_name: self.names.intern(row.type_name),
            name: self.names.intern(row.name),
            scope: scope.0,
            attributes: keep(&mut self.attributes, row.attributes),
            aliases: (len_u32(first), len_u32(count)),
            kind: row.kind,
        });
    }

    /// Takes a link as one scope sees it.
    pub fn link(&mut self, row: impl Borrow<LinkRow>) {
        let row = row.borrow();
        let scope = self.scope(&row.source, &row.scope);
        let l: &Link = &row.link;
        let attributes = json(&l.attributes);
        self.link_parts(
            scope,
            &LinkParts {
                from: l.from.as_str(),
                kind: l.kind,
                to: l.to.as_str(),
                evidence: l.evidence,
                because: &l.because,
                role: l.role,
                level: l.level,
                location: l.location.as_ref(),
                attributes: &attributes,
                first_seen: row.first_seen,
                missing_since: row.missing_since,
                gone_at: row.gone_at,
            },
        );
    }

    /// As [`link`](Self::link), without owning anything.
    pub fn link_parts(&mut self, scope: BuilderScope, row: &LinkParts<'_>) {
        if row.gone_at.is_none() {
            self.scopes.shows(scope.0);
        }
        let attributes = keep(&mut self.attributes, row.attributes);
        let extra = if row.location.is_none() && attributes == 0 && row.missing_since.is_none() && row.gone_at.is_none()
        {
            NO_EXTRA
        } else {
            self.extras.push(LinkExtra {
                location: row.location.cloned(),
                attributes,
                missing_since: row.missing_since,
                gone_at: row.gone_at,
                named: 0,
            });
            len_u32(self.extras.len() - 1)
        };
        self.links_seen.push(row.first_seen);
        self.links.push(LinkRec {
            from: self.names.intern(row.from),
            to: self.names.intern(row.to),
            scope: scope.0,
            because: self.names.intern(row.because),
            extra,
            kind: row.kind,
            evidence: row.evidence,
            role: row.role,
            level: row.level,
        });
    }

    /// Takes a use seen by a source that does not list the thing itself.
    pub fn activity(&mut self, activity: &Activity) {
        let tracked_since = PackedTime::from_option(activity.tracked_since);
        let last_used_at = match (activity.last_used_at, activity.tracked_since) {
            // Neither seen in use nor known since when it would have been: nothing is known.
            (None, None) => PackedTime::NOT_EXPOSED,
            (used, _) => PackedTime::from_optional(Fact::Known(used)),
        };
        self.uses.push(PendingUse {
            subject: self.names.intern(activity.subject.as_str()),
            last_used_at,
            tracked_since,
        });
    }

    /// The graph of all rows.
    pub fn build(self) -> Graph {
        assemble::assemble(self)
    }
}

fn json(attributes: &std::collections::BTreeMap<String, serde_json::Value>) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    serde_json::to_string(attributes).expect("a map of JSON values is JSON")
}

fn keep(texts: &mut Texts, text: &str) -> u32 {
    if text.is_empty() || text == "{}" { 0 } else { texts.push(text) }
}
