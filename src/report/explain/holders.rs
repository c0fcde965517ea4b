//! Who is at the other end of a subject: the question that its kind makes people ask first.

use serde::Serialize;
use whosekey_sdk::{EndRef, Evidence, Kind, LinkKind};

use crate::report::index::Index;
use crate::report::v1;

/// The most that are listed.
pub const MOST_HOLDERS: usize = 25;

/// One of them, and how it is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Holder<'a> {
    /// Its id; for a dangling end what the source said.
    pub id: &'a EndRef,
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
    /// The credential by which it comes to an identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<&'a str>,
    /// The agent that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<&'a str>,
    /// Whether it, or the link to it, is gone.
    pub gone: bool,
}

/// The first [`MOST_HOLDERS`] and the number of all.
pub(super) fn of<'a>(index: &'a Index<'a>, entity: &'a v1::Entity) -> (Vec<Holder<'a>>, usize) {
    let id = entity.id.as_str();
    let mut found: Vec<Holder<'a>> = Vec::new();
    let mut total = 0;
    let mut take = |link: &'a v1::Link, end: &'a EndRef, through: Option<&'a str>| {
        total += 1;
        if found.len() < MOST_HOLDERS {
            found.push(holder(index, link, end, through));
        }
    };
    match entity.kind {
        Kind::Identity => {
            of_kinds(index.links_to(id), &[LinkKind::RunsAs]).for_each(|link| take(link, &link.from, None));
            for proof in of_kinds(index.links_to(id), &[LinkKind::AuthenticatesAs]) {
                let through = index.name_of(proof.from.as_str());
                let holds = of_kinds(index.links_to(proof.from.as_str()), &[LinkKind::Holds]);
                holds.for_each(|link| take(link, &link.from, Some(through)));
            }
        }
        Kind::Credential => {
            of_kinds(index.links_to(id), &[LinkKind::Holds]).for_each(|link| take(link, &link.from, None));
        }
        Kind::Agent | Kind::Workload => {
            let held = of_kinds(index.links_from(id), &[LinkKind::Holds, LinkKind::RunsAs]);
            held.for_each(|link| take(link, &link.to, None));
            for part in of_kinds(index.links_to(id), &[LinkKind::PartOf]) {
                let through = index.name_of(part.from.as_str());
                let held = of_kinds(index.links_from(part.from.as_str()), &[LinkKind::Holds, LinkKind::RunsAs]);
                held.for_each(|link| take(link, &link.to, Some(through)));
            }
        }
        Kind::Owner => {
            of_kinds(index.links_to(id), &[LinkKind::OwnedBy]).for_each(|link| take(link, &link.from, None));
        }
        Kind::Resource => {
            let reach = of_kinds(index.links_to(id), &[LinkKind::CanAccess, LinkKind::StoredIn]);
            reach.for_each(|link| take(link, &link.from, None));
        }
    }
    (found, total)
}

fn of_kinds<'a>(links: &'a [&'a v1::Link], kinds: &'static [LinkKind]) -> impl Iterator<Item = &'a v1::Link> {
    links.iter().copied().filter(|link| kinds.contains(&link.kind))
}

fn holder<'a>(index: &'a Index<'a>, link: &'a v1::Link, end: &'a EndRef, through: Option<&'a str>) -> Holder<'a> {
    let entity = index.entity(end.as_str());
    let part_of = of_kinds(index.links_from(end.as_str()), &[LinkKind::PartOf]).next();
    Holder {
        id: end,
        name: index.name_of(end.as_str()),
        kind: entity.map(|entity| entity.kind),
        link: link.kind,
        evidence: link.evidence,
        because: &link.because,
        location: link.location.as_ref(),
        through,
        part_of: part_of.map(|link| index.name_of(link.to.as_str())),
        gone: link.gone_at.is_some() || entity.is_some_and(|entity| entity.gone_at.is_some()),
    }
}
