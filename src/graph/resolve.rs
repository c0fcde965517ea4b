//! Which node the end of a link names.
//!
//! In order: the entity with this id; the entity that claims it as an alias, of the kind that the link expects before
//! any other, what is there before what is gone; where an owner is expected, `email:x` is the person of that address
//! even when no directory covers it, and `owner:x` a team's slug or name or a person's login or name in any case of
//! letters; the entity that claims all names which begin as this one does, by an alias that ends in `*`. What is left
//! dangles: a node with a name and no entity.
//!
//! A name that two owners share names neither: a wrong owner is worse than none.

use std::collections::HashMap;

use whosekey_sdk::{Kind, LinkKind};

use super::builder::PendingRow;
use super::link::{LinkExtra, LinkRec, NO_EXTRA};
use super::merge::{Claimant, preference};
use super::names::{NONE, Names, Sym, len_u32};
use super::patterns::{family_prefix, literal_part};
use super::prefixes::Prefixes;

/// Provisional nodes: first one for each claimant, then one for each dangling name.
pub(crate) struct Resolver {
    /// The canonical claimant of each name that is an id or an alias.
    by_name: Vec<u32>,
    /// All claimants of an alias that several things share, best first.
    shared: HashMap<Sym, Vec<u32>>,
    /// Whose all names are that begin so.
    families: Prefixes<u32>,
    kinds: Vec<Kind>,
    gone: Vec<bool>,
    owners: HashMap<String, Vec<OwnerName>>,
    dangling: Vec<Sym>,
    dangling_place: HashMap<Sym, u32>,
    /// Emails that stand for a person whom no directory covers.
    emails: Vec<(Sym, u32)>,
}

/// One owner who goes by a name.
struct OwnerName {
    /// Slugs before logins before names, and what is there before what is gone.
    rank: (bool, u8),
    node: u32,
}

impl Resolver {
    pub(crate) fn new(
        names: &mut Names,
        claimants: &[Claimant],
        stands_for: &[u32],
        claims: &[(Sym, u32)],
        rows: &[PendingRow],
    ) -> Self {
        let mut by_name = vec![NONE; names.len()];
        for (claimant, best) in claimants.iter().zip(stands_for) {
            by_name[claimant.id as usize] = *best;
        }
        let mut shared = HashMap::new();
        let mut families = Prefixes::default();
        for group in claims.chunk_by(|a, b| a.0 == b.0) {
            let alias = group[0].0;
            if by_name[alias as usize] != NONE {
                continue;
            }
            by_name[alias as usize] = stands_for[group[0].1 as usize];
            if let Some(prefix) = family_prefix(names.text(alias)) {
                *families.entry(prefix) = stands_for[group[0].1 as usize];
            }
            if group.len() > 1 {
                let mut all: Vec<u32> = group.iter().map(|claim| claim.1).collect();
                all.sort_by_key(|&at| preference(names, &claimants[at as usize]));
                let mut all: Vec<u32> = all.into_iter().map(|at| stands_for[at as usize]).collect();
                all.dedup();
                by_name[alias as usize] = all[0];
                if all.len() > 1 {
                    shared.insert(alias, all);
                }
            }
        }
        let owners = owner_names(names, claimants, stands_for, claims, rows);
        let kinds = claimants.iter().map(|claimant| claimant.kind).collect();
        let gone = claimants.iter().map(|claimant| claimant.is_gone).collect();
        Self {
            by_name,
            shared,
            families,
            kinds,
            gone,
            owners,
            dangling: Vec::new(),
            dangling_place: HashMap::new(),
            emails: Vec::new(),
        }
    }

    /// The thing that has this name, if there is one.
    pub(crate) fn find(&self, name: Sym) -> Option<u32> {
        self.by_name.get(name as usize).copied().filter(|at| *at != NONE)
    }

    /// The things that claim all names which begin as this text does, the closest first.
    pub(crate) fn families<'r>(&'r self, text: &'r str) -> impl Iterator<Item = u32> + 'r {
        self.families.of(text).copied()
    }

    /// The names that nothing has, in order of their provisional nodes.
    pub(crate) fn dangling(&self) -> &[Sym] {
        &self.dangling
    }

    /// Turns the ends of links from names into provisional nodes. Who could come to be a trusted subject that is gone
    /// depends on the name by which it was trusted, so that stays.
    pub(crate) fn resolve_links(&mut self, names: &mut Names, links: &mut [LinkRec], extras: &mut Vec<LinkExtra>) {
        for link in links {
            let (from, to) = expected(link.kind);
            let named = link.to;
            link.from = self.resolve(names, link.from, from);
            link.to = self.resolve(names, link.to, to);
            if link.kind == LinkKind::Trusts && self.gone.get(link.to as usize) == Some(&true) {
                if link.extra == NO_EXTRA {
                    extras.push(LinkExtra::default());
                    link.extra = len_u32(extras.len() - 1);
                }
                extras[link.extra as usize].named = named;
            }
        }
    }

    fn resolve(&mut self, names: &mut Names, name: Sym, expected: &[Kind]) -> u32 {
        if let Some(at) = self.find(name) {
            if expected.is_empty() || expected.contains(&self.kinds[at as usize]) {
                return at;
            }
            let fits = |at: &&u32| expected.contains(&self.kinds[**at as usize]);
            return self.shared.get(&name).and_then(|all| all.iter().find(fits)).copied().unwrap_or(at);
        }
        if expected.contains(&Kind::Owner) {
            if let Some(address) = person_address(names.text(name)) {
                let person = names.intern(&format!("person:{address}"));
                let at = self.find(person).unwrap_or_else(|| self.dangle(person));
                if person != name {
                    self.emails.push((name, at));
                }
                return at;
            }
            if let Some(at) = self.owner(names.text(name)) {
                return at;
            }
        }
        let text = names.text(name);
        let family = literal_part(text).is_none().then(|| self.families(text).next()).flatten();
        family.unwrap_or_else(|| self.dangle(name))
    }

    fn dangle(&mut self, name: Sym) -> u32 {
        let next = u32::try_from(self.kinds.len() + self.dangling.len()).expect("fewer than four billion nodes");
        *self.dangling_place.entry(name).or_insert_with(|| {
            self.dangling.push(name);
            next
        })
    }

    fn owner(&self, end: &str) -> Option<u32> {
        let (prefix, name) = end.split_once(':')?;
        if !["owner", "login", "team"].contains(&prefix) {
            return None;
        }
        let all = self.owners.get(&name.to_lowercase())?;
        let best = all.iter().map(|owner| owner.rank).min()?;
        let mut fits = all.iter().filter(|owner| owner.rank == best).map(|owner| owner.node);
        let first = fits.next()?;
        fits.all(|other| other == first).then_some(first)
    }

    /// The node of every name, given where each provisional node ended up.
    pub(crate) fn into_index(self, place: &[u32]) -> Vec<u32> {
        let mut index = self.by_name;
        let last = self.dangling.iter().max().map_or(0, |sym| *sym as usize + 1);
        index.resize(index.len().max(last), NONE);
        for (name, at) in self.dangling_place.into_iter().chain(self.emails) {
            index[name as usize] = at;
        }
        for at in &mut index {
            if *at != NONE {
                *at = place[*at as usize];
            }
        }
        index
    }
}

/// Whether a name that no entity has is the id of a person: an owner of whom nothing else is known.
pub(crate) fn is_person(name: &str) -> bool {
    name.starts_with("person:")
}

/// The address in `email:x` or `person:x`, unless it is a service account's: those look like addresses and are
/// machines (<https://cloud.google.com/iam/docs/service-account-overview>, looked at 2026-11-24).
fn person_address(name: &str) -> Option<String> {
    let address = name.strip_prefix("email:").or_else(|| name.strip_prefix("person:"))?;
    (!address.ends_with(".gserviceaccount.com")).then(|| address.to_lowercase())
}

/// What the ends of a link of this kind are expected to be; empty for anything.
pub(crate) fn expected(kind: LinkKind) -> (&'static [Kind], &'static [Kind]) {
    use Kind::{Agent, Credential, Identity, Owner, Resource, Workload};
    match kind {
        LinkKind::AuthenticatesAs => (&[Credential], &[Identity]),
        LinkKind::Holds => (&[Agent, Workload], &[Credential]),
        LinkKind::RunsAs => (&[Agent, Workload], &[Identity]),
        LinkKind::PartOf => (&[], &[Agent, Workload, Resource, Identity]),
        LinkKind::Assumes => (&[Identity], &[Identity]),
        LinkKind::Trusts => (&[Identity], &[Identity, Agent, Workload, Resource]),
        LinkKind::CreatedBy => (&[Identity, Credential, Agent, Workload], &[Owner, Identity]),
        LinkKind::OwnedBy => (&[Identity, Credential, Agent, Workload, Resource], &[Owner]),
        LinkKind::MemberOf => (&[Owner], &[Owner]),
        LinkKind::CanAccess => (&[Identity], &[Resource, Identity]),
        LinkKind::StoredIn => (&[Credential], &[Resource]),
    }
}

/// Every name that an owner goes by, in lower case.
fn owner_names(
    names: &Names,
    claimants: &[Claimant],
    stands_for: &[u32],
    claims: &[(Sym, u32)],
    rows: &[PendingRow],
) -> HashMap<String, Vec<OwnerName>> {
    const SLUG: u8 = 0;
    const LOGIN: u8 = 1;
    const NAME: u8 = 2;
    let mut owners: HashMap<String, Vec<OwnerName>> = HashMap::new();
    let mut add = |name: &str, rank: u8, at: u32| {
        let name = name.trim();
        if !name.is_empty() {
            let rank = (claimants[at as usize].is_gone, rank);
            owners.entry(name.to_lowercase()).or_default().push(OwnerName { rank, node: stands_for[at as usize] });
        }
    };
    let is_owner = |at: u32| claimants[at as usize].kind == Kind::Owner;
    for (at, group) in (0u32..).zip(rows.chunk_by(|a, b| a.id == b.id)) {
        if !is_owner(at) {
            continue;
        }
        for row in group {
            add(names.text(row.name), NAME, at);
        }
        if let Some(slug) = names.text(group[0].id).strip_prefix("team:") {
            add(slug, SLUG, at);
            add(slug.rsplit_once('/').map_or(slug, |(_, slug)| slug), SLUG, at);
        }
    }
    for &(alias, at) in claims.iter().filter(|claim| is_owner(claim.1)) {
        match names.text(alias).split_once(':') {
            Some(("team" | "owner", slug)) => add(slug, SLUG, at),
            Some(("login", login)) => add(login, LOGIN, at),
            _ => {}
        }
    }
    owners
}
