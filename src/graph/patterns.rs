//! Ends of links that are patterns: a role that trusts `…#repo:acme/app:*` trusts whatever begins like that.
//!
//! A pattern names something as long as anything that is there has a name that begins as the pattern does before its
//! first wildcard, or claims all names that begin like that part. Nothing narrower is decided here: whom exactly a pattern lets in is its platform's business.

use std::collections::HashSet;

use super::merge::Claimant;
use super::names::{Names, Sym, len_u32};
use super::prefixes::Prefixes;
use super::resolve::Resolver;

/// The part before the first wildcard, when there is one.
pub(crate) fn literal_part(name: &str) -> Option<&str> {
    name.find(['*', '?']).map(|at| &name[..at])
}

/// The dangling patterns that something there matches.
pub(crate) fn matched(names: &Names, claimants: &[Claimant], resolver: &Resolver) -> HashSet<Sym> {
    let mut patterns: Prefixes<Vec<Sym>> = Prefixes::default();
    for &sym in resolver.dangling() {
        if let Some(prefix) = literal_part(names.text(sym)).filter(|prefix| !prefix.is_empty()) {
            patterns.entry(prefix).push(sym);
        }
    }
    let mut matched = HashSet::new();
    let is_there = |at: u32| !claimants[at as usize].is_gone;
    for &sym in resolver.dangling() {
        if literal_part(names.text(sym)).is_some_and(|prefix| resolver.families(prefix).any(is_there)) {
            matched.insert(sym);
        }
    }
    if patterns.is_empty() {
        return matched;
    }
    for sym in 0..len_u32(names.len()) {
        if resolver.find(sym).is_some_and(is_there) {
            patterns.of(names.text(sym)).for_each(|found| matched.extend(found));
        }
    }
    matched
}
