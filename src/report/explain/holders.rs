//! Who is at the other end of a subject: the question that its kind makes people ask first.

use serde::Serialize;
use std::collections::HashSet;

use serde_json::Value;
use whosekey_sdk::{Evidence, Kind, LinkKind};

use super::{Ends, links_to};
use crate::analysis::Status;
use crate::graph::open_ends::USES;
use crate::report::index::Index;
use crate::report::v1;

/// The most that are listed.
pub const MOST_HOLDERS: usize = 25;

/// One of them, and how it is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Holder<'a> {
    /// Its id; for a dangling end what the source said.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is; absent when nothing matches the end.
    pub kind: Option<Kind>,
    /// The link's kind.
    pub link: LinkKind,
    /// How the link is known.
    pub evidence: Evidence,
    /// What the evidence is.
    pub because: &'a str,
    /// Where in a file it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<&'a v1::Location>,
    /// The pattern by which one names the other: it may use it, for a pattern does not say which of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_pattern: Option<&'a str>,
    /// The credential by which it comes to an identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<&'a str>,
    /// The agent that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<&'a str>,
    /// How a secret stands in a file: `literal`, `env_ref`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_class: Option<&'a str>,
    /// Open findings about it.
    pub open_findings: usize,
    /// Whether it, or the link to it, is gone.
    pub gone: bool,
}

/// The first [`MOST_HOLDERS`] and the number of all.
pub(super) fn of<'a>(index: &'a Index<'a>, ends: &'a Ends<'a>, entity: &'a v1::Entity) -> (Vec<Holder<'a>>, usize) {
    let id = entity.id.as_str();
    let mut gathered = Gathered { index, ends, found: Vec::new(), total: 0, held: HashSet::new() };
    match entity.kind {
        Kind::Identity => {
            gathered.take_users(id, LinkKind::RunsAs, None);
            for proof in of_kinds(index.links_to(id), &[LinkKind::AuthenticatesAs]) {
                gathered.take_users(proof.from.as_str(), LinkKind::Holds, Some(index.name_of(proof.from.as_str())));
            }
        }
        Kind::Credential => gathered.take_users(id, LinkKind::Holds, None),
        Kind::Agent | Kind::Workload => {
            let parts = of_kinds(index.links_to(id), &[LinkKind::PartOf]).map(|part| part.from.as_str());
            let parts: Vec<(&str, Option<&str>)> =
                std::iter::once((id, None)).chain(parts.map(|part| (part, Some(index.name_of(part))))).collect();
            parts.iter().for_each(|(part, through)| gathered.take_held(part, *through));
            parts.iter().for_each(|(part, through)| gathered.take_held_by_pattern(part, *through));
            parts.iter().for_each(|(part, through)| gathered.take_unlisted(part, *through));
        }
        Kind::Owner => {
            return owned(index, entity);
        }
        Kind::Resource => {
            let reach = of_kinds(index.links_to(id), &[LinkKind::CanAccess, LinkKind::StoredIn]);
            reach.for_each(|link| gathered.take(link, link.from.as_str(), None, None));
        }
    }
    (gathered.found, gathered.total)
}

/// What a subject's links lead to, as they are followed.
struct Gathered<'a> {
    index: &'a Index<'a>,
    ends: &'a Ends<'a>,
    found: Vec<Holder<'a>>,
    total: usize,
    /// What an agent or workload holds: by a pattern it is not told again.
    held: HashSet<&'a str>,
}

impl<'a> Gathered<'a> {
    fn take(&mut self, link: &'a v1::Link, end: &'a str, through: Option<&'a str>, by_pattern: Option<&'a str>) {
        self.total += 1;
        if self.found.len() < MOST_HOLDERS {
            self.found.push(Holder { by_pattern, ..holder(self.index, link, end, through) });
        }
    }

    /// Who uses a thing, by its names before by a pattern.
    fn take_users(&mut self, id: &str, kind: LinkKind, through: Option<&'a str>) {
        for link in links_to(self.index, self.ends, id).filter(|link| link.kind == kind) {
            let is_exact = self.index.entity(link.to.as_str()).is_some();
            self.take(link, link.from.as_str(), through, (!is_exact).then_some(link.to.as_str()));
        }
    }

    /// What this holds or runs as, by name.
    fn take_held(&mut self, id: &str, through: Option<&'a str>) {
        for link in of_kinds(self.index.links_from(id), &USES) {
            let end = link.to.as_str();
            if self.index.entity(end).is_some() {
                self.held.insert(end);
                self.take(link, end, through, None);
            }
        }
    }

    fn take_held_by_pattern(&mut self, id: &str, through: Option<&'a str>) {
        for link in of_kinds(self.index.links_from(id), &USES) {
            let pattern = link.to.as_str();
            let ends = self.ends;
            for &thing in ends.named_by(pattern) {
                if self.held.insert(thing) {
                    self.take(link, thing, through, Some(pattern));
                }
            }
        }
    }

    /// Names that no source lists, last.
    fn take_unlisted(&mut self, id: &str, through: Option<&'a str>) {
        for link in of_kinds(self.index.links_from(id), &USES) {
            let end = link.to.as_str();
            if self.index.entity(end).is_none() && self.ends.named_by(end).is_empty() {
                self.take(link, end, through, None);
            }
        }
    }
}

/// What an owner answers for, directly or over others, as the entities themselves tell it.
fn owned<'a>(index: &'a Index<'a>, owner: &v1::Entity) -> (Vec<Holder<'a>>, usize) {
    let mut found = Vec::new();
    let mut total = 0;
    for entity in index.report.entities.iter().filter(|entity| entity.gone_at.is_none()) {
        let Some(role) = entity.owners.iter().find(|known| known.id == owner.id) else { continue };
        total += 1;
        if found.len() < MOST_HOLDERS {
            found.push(Holder {
                id: entity.id.as_str(),
                name: index.name_of(entity.id.as_str()),
                kind: Some(entity.kind),
                link: LinkKind::OwnedBy,
                evidence: role.evidence,
                because: &role.because,
                location: None,
                by_pattern: None,
                through: None,
                part_of: None,
                value_class: None,
                open_findings: open_findings(index, entity.id.as_str()),
                gone: false,
            });
        }
    }
    (found, total)
}

fn open_findings(index: &Index<'_>, id: &str) -> usize {
    index.findings_of(id).iter().filter(|finding| finding.status == Status::Open).count()
}

fn of_kinds<'a>(links: &'a [&'a v1::Link], kinds: &'static [LinkKind]) -> impl Iterator<Item = &'a v1::Link> {
    links.iter().copied().filter(|link| kinds.contains(&link.kind))
}

fn holder<'a>(index: &'a Index<'a>, link: &'a v1::Link, end: &'a str, through: Option<&'a str>) -> Holder<'a> {
    let entity = index.entity(end);
    let part_of = of_kinds(index.links_from(end), &[LinkKind::PartOf]).next();
    Holder {
        id: end,
        name: index.name_of(end),
        kind: entity.map(|entity| entity.kind),
        link: link.kind,
        evidence: link.evidence,
        because: &link.because,
        location: link.location.as_ref(),
        by_pattern: None,
        through,
        part_of: part_of.map(|link| index.name_of(link.to.as_str())),
        value_class: link.attributes.get("value_class").and_then(Value::as_str),
        open_findings: open_findings(index, end),
        gone: link.gone_at.is_some() || entity.is_some_and(|entity| entity.gone_at.is_some()),
    }
}
