//! Which ids are one thing.
//!
//! Two ids are one when one of them lists the other among its aliases, or when two *platforms* meet at an alias
//! (`email:ada@example.com`), and both are of one kind. Two ids of one platform that share an alias stay two: a user
//! deleted and made again has the same ARN and is not the same user. An email is the exception among owners, for an
//! address names one person whatever the platform.
//!
//! Invariant: the result depends on the set of rows, never on their order.

use whosekey_sdk::Kind;

use super::names::{NONE, Names, Sym};

/// One id, with what decides between several that claim one alias.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claimant {
    pub(crate) id: Sym,
    pub(crate) kind: Kind,
    pub(crate) is_gone: bool,
    /// Milliseconds since 1970.
    pub(crate) first_seen: i64,
}

/// The outcome: for each claimant the claimant whose id stands for both.
pub(crate) fn canonical(names: &Names, claimants: &[Claimant], claims: &mut Vec<(Sym, u32)>) -> Vec<u32> {
    claims.sort_unstable();
    claims.dedup();
    let mut by_id = vec![NONE; names.len()];
    for (at, claimant) in (0u32..).zip(claimants) {
        by_id[claimant.id as usize] = at;
    }
    let mut sets = Sets::new(claimants.len());
    let mut is_claimed = vec![false; claimants.len()];
    for group in claims.chunk_by(|a, b| a.0 == b.0) {
        let owner_of_id = by_id[group[0].0 as usize];
        if owner_of_id != NONE {
            for &(_, claimant) in group {
                let same_kind = claimants[claimant as usize].kind == claimants[owner_of_id as usize].kind;
                if claimant != owner_of_id && same_kind {
                    is_claimed[owner_of_id as usize] = true;
                    sets.union(claimant, owner_of_id);
                }
            }
        } else if group.len() > 1 {
            meet(names, claimants, group, &mut sets);
        }
    }
    choose(names, claimants, &is_claimed, &mut sets)
}

/// Unites those who meet at one alias: of each kind, the best claimant of each platform.
fn meet(names: &Names, claimants: &[Claimant], group: &[(Sym, u32)], sets: &mut Sets) {
    let is_email = names.text(group[0].0).starts_with("email:");
    for &kind in Kind::ALL {
        let mut members: Vec<u32> =
            group.iter().map(|&(_, at)| at).filter(|&at| claimants[at as usize].kind == kind).collect();
        if !(kind == Kind::Owner && is_email) {
            members.sort_by_key(|&at| (platform(names, claimants, at), preference(names, &claimants[at as usize])));
            members.dedup_by_key(|at| platform(names, claimants, *at));
        }
        for pair in members.windows(2) {
            sets.union(pair[0], pair[1]);
        }
    }
}

fn platform<'n>(names: &'n Names, claimants: &[Claimant], at: u32) -> &'n str {
    let id = names.text(claimants[at as usize].id);
    id.split_once(':').map_or("", |(platform, _)| platform)
}

/// Smaller is better: what is there before what is gone, the newer before the older, then the smaller id.
pub(crate) fn preference<'n>(names: &'n Names, claimant: &Claimant) -> (bool, i64, &'n str) {
    (claimant.is_gone, claimant.first_seen.saturating_neg(), names.text(claimant.id))
}

/// For each claimant, the member of its set that stands for it: `person:` before all, then one that no other claims,
/// then the smallest id.
fn choose(names: &Names, claimants: &[Claimant], is_claimed: &[bool], sets: &mut Sets) -> Vec<u32> {
    let rank = |at: u32| {
        let id = names.text(claimants[at as usize].id);
        (!id.starts_with("person:"), is_claimed[at as usize], id)
    };
    let mut best: Vec<u32> = (0u32..).take(claimants.len()).collect();
    for at in (0u32..).take(claimants.len()) {
        let root = sets.root(at);
        if root != at && rank(at) < rank(best[root as usize]) {
            best[root as usize] = at;
        }
    }
    (0u32..).take(claimants.len()).map(|at| best[sets.root(at) as usize]).collect()
}

/// Disjoint sets; the root is the smallest member.
struct Sets(Vec<u32>);

impl Sets {
    fn new(len: usize) -> Self {
        Self((0u32..).take(len).collect())
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            self.0[at as usize] = self.0[self.0[at as usize] as usize];
            at = self.0[at as usize];
        }
        at
    }

    fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(id, kind, gone, aliases)` → the canonical id of each, in order.
    fn merged(rows: &[(&str, Kind, bool, &[&str])]) -> Vec<String> {
        let mut names = Names::new();
        let mut claimants = Vec::new();
        let mut claims = Vec::new();
        for (at, (id, kind, is_gone, aliases)) in (0u32..).zip(rows) {
            claimants.push(Claimant {
                id: names.intern(id),
                kind: *kind,
                is_gone: *is_gone,
                first_seen: i64::from(at),
            });
            claims.extend(aliases.iter().map(|alias| (names.intern(alias), at)));
        }
        let canonical = canonical(&names, &claimants, &mut claims);
        canonical.iter().map(|&at| names.text(claimants[at as usize].id).to_owned()).collect()
    }

    #[test]
    fn a_person_and_their_account_are_one_when_the_person_claims_it_or_they_share_an_email() {
        let rows: &[(&str, Kind, bool, &[&str])] = &[
            ("github:user/1", Kind::Owner, false, &["login:ada"]),
            ("person:ada@x.org", Kind::Owner, false, &["email:ada@x.org", "github:user/1"]),
            ("entra:1", Kind::Owner, false, &["email:ada@x.org"]),
        ];
        assert_eq!(merged(rows), ["person:ada@x.org"; 3]);
    }

    #[test]
    fn a_user_made_again_under_the_same_arn_is_another_user() {
        let rows: &[(&str, Kind, bool, &[&str])] =
            &[("aws:AIDA1", Kind::Identity, true, &["arn:x"]), ("aws:AIDA2", Kind::Identity, false, &["arn:x"])];
        assert_eq!(merged(rows), ["aws:AIDA1", "aws:AIDA2"]);
    }

    #[test]
    fn things_of_different_kinds_never_merge() {
        let rows: &[(&str, Kind, bool, &[&str])] = &[
            ("gcp:1", Kind::Identity, false, &["email:sa@p.iam.gserviceaccount.com"]),
            (
                "person:sa@p.iam.gserviceaccount.com",
                Kind::Owner,
                false,
                &["email:sa@p.iam.gserviceaccount.com", "gcp:1"],
            ),
        ];
        assert_eq!(merged(rows), ["gcp:1", "person:sa@p.iam.gserviceaccount.com"]);
    }

    #[test]
    fn the_one_that_claims_the_other_stands_for_both() {
        let rows: &[(&str, Kind, bool, &[&str])] =
            &[("a:1", Kind::Workload, false, &[]), ("z:1", Kind::Workload, false, &["a:1"])];
        assert_eq!(merged(rows), ["z:1", "z:1"]);
    }
}
