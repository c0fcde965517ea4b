//! Ends of links that are patterns: a role that trusts `…#repo:acme/app:*` trusts whatever goes by a name like that.
//!
//! `*` stands for any run of characters and `?` for one, anywhere and in the letters' own case, as platforms match subjects
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>, read
//! 2026-11-27). A pattern names something as long as anything that is there has a name that it matches, or claims all names
//! that begin alike when it matches one that begins so.

use std::collections::HashSet;

use super::merge::Claimant;
use super::names::{Names, Sym, len_u32};
use super::prefixes::Prefixes;
use super::resolve::Resolver;

/// The part before the first wildcard, when there is one.
pub(crate) fn literal_part(name: &str) -> Option<&str> {
    name.find(['*', '?']).map(|at| &name[..at])
}

/// What all names of a family begin with: `oidc:<issuer>#repo:acme/app:` for the alias with `*` behind it.
pub(crate) fn family_prefix(alias: &str) -> Option<&str> {
    let prefix = alias.strip_suffix('*')?;
    (!prefix.is_empty() && literal_part(prefix).is_none()).then_some(prefix)
}

/// Whether a pattern matches a name, or, of one that claims all names which begin alike, any of them.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let family = family_prefix(name);
    // Most names begin otherwise, and most patterns are a beginning with a `*` behind it: that needs no walk.
    if let Some(literal) = literal_part(pattern) {
        let begins = name.starts_with(literal);
        if !begins && !family.is_some_and(|family| literal.starts_with(family)) {
            return false;
        }
        if begins && pattern.strip_suffix('*') == Some(literal) {
            return true;
        }
    }
    match family {
        Some(prefix) => Places::of(pattern).after(prefix).can_go_on(),
        None => Places::of(pattern).after(name).are_at_the_end(),
    }
}

/// Where in a pattern one may be after some text; in order.
struct Places<'p> {
    pattern: &'p [u8],
    at: Vec<usize>,
}

impl<'p> Places<'p> {
    fn of(pattern: &'p str) -> Self {
        let mut places = Self { pattern: pattern.as_bytes(), at: Vec::new() };
        places.enter(0);
        places
    }

    /// A `*` may stand for nothing.
    fn enter(&mut self, mut place: usize) {
        loop {
            if self.at.last().is_none_or(|last| *last < place) {
                self.at.push(place);
            }
            if self.pattern.get(place) != Some(&b'*') {
                return;
            }
            place += 1;
        }
    }

    fn after(mut self, text: &str) -> Self {
        for character in text.chars() {
            let mut bytes = [0; 4];
            let character = character.encode_utf8(&mut bytes).as_bytes();
            for place in std::mem::take(&mut self.at) {
                match self.pattern.get(place) {
                    Some(b'*') => self.enter(place),
                    Some(b'?') => self.enter(place + 1),
                    Some(_) if self.pattern[place..].starts_with(character) => self.enter(place + character.len()),
                    Some(_) | None => {}
                }
            }
            if self.at.is_empty() {
                break;
            }
        }
        self
    }

    fn can_go_on(&self) -> bool {
        !self.at.is_empty()
    }

    fn are_at_the_end(&self) -> bool {
        self.at.last() == Some(&self.pattern.len())
    }
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
            let name = names.text(sym);
            let alike = patterns.of(name).flatten();
            matched.extend(alike.filter(|pattern| matches(names.text(**pattern), name)));
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_stand_for_runs_and_single_characters() {
        assert!(matches("oidc:gh#repo:acme/*:ref:*", "oidc:gh#repo:acme/api:ref:refs/heads/main"));
        assert!(matches("a?c*", "abc") && matches("a?c", "aéc") && matches("*", ""));
        assert!(!matches("oidc:gh#repo:acme/api:*", "oidc:gh#repo:acme/apiary:ref:x"));
        assert!(!matches("a?", "a") && !matches("a?", "abc") && !matches("A*", "abc"));
    }

    #[test]
    fn a_family_is_matched_when_one_of_its_names_may_be() {
        let family = "oidc:gh#repo:acme/api:*";
        for pattern in [
            "repo:acme/*",
            "repo:acme/a?i:*",
            "repo:*/api:environment:prod",
            "repo:acme/api:ref:*",
            "repo:acme/a*:ref:x",
        ] {
            assert!(matches(&format!("oidc:gh#{pattern}"), family), "{pattern}");
        }
        // `*` runs over colons too: `repo:acme/api:environment:x-worker:y` is let in by this one.
        assert!(matches("oidc:gh#repo:acme/*-worker:*", family));
        for pattern in ["repo:acme/b*", "repo:Acme/*"] {
            assert!(!matches(&format!("oidc:gh#{pattern}"), family), "{pattern}");
        }
    }

    /// The definition, slow and plain.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                plainly(rest, text) || text.split_first().is_some_and(|(_, more)| plainly(pattern, more))
            }
            (Some((p, rest)), Some((t, more))) => (*p == '?' || p == t) && plainly(rest, more),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn what_matches_is_what_the_definition_says(pattern in "[abé*?]{0,8}", text in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), plainly(&chars(&pattern), &chars(&text)));
        }
    }
}
