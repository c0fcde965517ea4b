//! Declared ownership by pattern: `owned_by` links whose start is `glob:<pattern>` become links of what matches.
//!
//! A source that declares ownership (`[[owns]]` of an owners' file) cannot see what there is to own, so it leaves the
//! pattern as the start of its link, with its place in the file as the attribute `order`. A pattern is matched against
//! a thing's id, aliases and names; of the patterns of one source that match, the first is the thing's, and the rest
//! say nothing about it. Owners are owned by nobody.
//!
//! Invariant: no link that starts at a readable pattern is left in the graph: a pattern is a rule and not a thing.

use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use serde_json::Value;
use whosekey_sdk::{Kind, LinkKind};

use super::builder::PendingRow;
use super::link::{LinkExtra, LinkRec, NO_EXTRA};
use super::names::{NONE, Names, Sym, Texts, len_u32};
use super::scopes::Scopes;

/// How the start of a link says that it is a pattern.
const PREFIX: &str = "glob:";

/// What the links are written with.
pub(crate) struct Written<'a> {
    pub(crate) names: &'a Names,
    pub(crate) aliases: &'a [Sym],
    pub(crate) attributes: &'a Texts,
    pub(crate) extras: &'a [LinkExtra],
    pub(crate) scopes: &'a Scopes,
}

/// The patterns of one source, the first to win first.
struct Patterns {
    set: GlobSet,
    links: Vec<LinkRec>,
}

/// Replaces the links that start at patterns. `chunks` are the rows of each claimant, `stands_for` the claimants that
/// stand for them, as in [`super::assemble`].
pub(crate) fn expand(written: &Written<'_>, chunks: &[&[PendingRow]], stands_for: &[u32], links: &mut Vec<LinkRec>) {
    let is_pattern =
        |link: &mut LinkRec| link.kind == LinkKind::OwnedBy && written.names.text(link.from).starts_with(PREFIX);
    let declared: Vec<LinkRec> = links.extract_if(.., is_pattern).collect();
    if declared.is_empty() {
        return;
    }
    for patterns in by_source(written, declared, links) {
        let found: Vec<u32> = chunks
            .par_iter()
            .with_min_len(1_000)
            .map_init(Vec::new, |buffer, rows| first_match(written, &patterns.set, rows, buffer))
            .collect();
        // Several ids of one thing are matched as one: the first pattern over all of its names.
        let mut first = vec![NONE; found.len()];
        for (at, pattern) in found.into_iter().enumerate() {
            let best = stands_for[at] as usize;
            first[best] = first[best].min(pattern);
        }
        let owned = first.iter().zip(chunks).filter(|(pattern, _)| **pattern != NONE);
        links.extend(owned.map(|(pattern, rows)| LinkRec { from: rows[0].id, ..patterns.links[*pattern as usize] }));
    }
}

fn by_source(written: &Written<'_>, declared: Vec<LinkRec>, links: &mut Vec<LinkRec>) -> Vec<Patterns> {
    let mut sources: BTreeMap<&str, Vec<(i64, &str, &str, LinkRec)>> = BTreeMap::new();
    for link in declared {
        if is_gone(written, &link) {
            continue;
        }
        let (pattern, owner) = (written.names.text(link.from), written.names.text(link.to));
        let source = written.scopes.infos[link.scope as usize].source.as_str();
        sources.entry(source).or_default().push((order(written, &link), pattern, owner, link));
    }
    sources
        .into_values()
        .map(|mut declared| {
            declared.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
            let mut set = GlobSetBuilder::new();
            let mut kept = Vec::with_capacity(declared.len());
            for (_, pattern, _, link) in declared {
                match Glob::new(&pattern[PREFIX.len()..]) {
                    Ok(glob) => {
                        set.add(glob);
                        kept.push(link);
                    }
                    // A recording may hold anything; what cannot be read stays to be seen.
                    Err(_) => links.push(link),
                }
            }
            match set.build() {
                Ok(set) => Patterns { set, links: kept },
                Err(_) => {
                    links.append(&mut kept);
                    Patterns { set: GlobSet::empty(), links: kept }
                }
            }
        })
        .collect()
}

fn is_gone(written: &Written<'_>, link: &LinkRec) -> bool {
    link.extra != NO_EXTRA && written.extras[link.extra as usize].gone_at.is_some()
}

/// Its place in the file; without one it comes after all that have one.
fn order(written: &Written<'_>, link: &LinkRec) -> i64 {
    if link.extra == NO_EXTRA {
        return i64::MAX;
    }
    let attributes = written.attributes.get(written.extras[link.extra as usize].attributes);
    let attributes: Option<Value> = serde_json::from_str(attributes).ok();
    let order = attributes.as_ref().and_then(|attributes| attributes.get("order"));
    order.and_then(|order| order.as_i64().or_else(|| order.as_str()?.parse().ok())).unwrap_or(i64::MAX)
}

fn first_match(written: &Written<'_>, set: &GlobSet, rows: &[PendingRow], buffer: &mut Vec<usize>) -> u32 {
    if rows[0].kind == Kind::Owner {
        return NONE;
    }
    let own = rows.iter().flat_map(|row| {
        let (first, count) = row.aliases;
        written.aliases[first as usize..(first + count) as usize].iter().copied().chain([row.name])
    });
    let names = own.chain([rows[0].id]).map(|sym| written.names.text(sym)).filter(|text| !text.is_empty());
    let first = names.filter_map(|name| {
        set.matches_into(name, buffer);
        buffer.iter().min().copied()
    });
    first.min().map_or(NONE, len_u32)
}

#[cfg(test)]
mod tests {
    use super::super::testworld::{build, world};

    fn owners(graph: &crate::graph::Graph, id: &str) -> Vec<String> {
        let node = graph.find(id).unwrap();
        node.out(whosekey_sdk::LinkKind::OwnedBy).map(|link| link.to().id().to_owned()).collect()
    }

    const LINES: &[&str] = &[
        "identity aws:AROA1 alias=arn:aws:iam::1:role/platform-x name=one",
        "identity aws:AROA2 alias=arn:aws:iam::1:role/other name=two",
        "workload k8s:uid name=platform-pod",
        "owner person:ada@example.com alias=email:ada@example.com name=platform-ada",
        "owner team:people/platform alias=team:platform name=platform",
        "glob:*role/platform-* owned_by team:platform role=team attr.order=0",
        "glob:platform-* owned_by email:ada@example.com role=owner attr.order=1",
        "glob:*role/* owned_by email:ada@example.com role=owner attr.order=2",
        "glob:no-such-thing owned_by email:ada@example.com role=owner attr.order=3",
    ];

    #[test]
    fn of_the_patterns_that_match_the_first_is_the_owner() {
        let graph = world(&LINES.join("\n"));
        assert_eq!(owners(&graph, "aws:AROA1"), ["team:people/platform"]);
        assert_eq!(owners(&graph, "aws:AROA2"), ["person:ada@example.com"]);
        assert_eq!(owners(&graph, "k8s:uid"), ["person:ada@example.com"]);
        assert!(owners(&graph, "person:ada@example.com").is_empty(), "owners are owned by nobody");
        assert!(graph.links().all(|link| !link.from().id().starts_with("glob:")));
    }

    #[test]
    fn the_order_of_rows_does_not_decide() {
        let mut backwards = LINES.to_vec();
        backwards.reverse();
        for id in ["aws:AROA1", "aws:AROA2", "k8s:uid"] {
            assert_eq!(owners(&build(&backwards), id), owners(&build(LINES), id));
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_stays_to_be_seen() {
        let graph =
            world("identity a:1\nglob:[ owned_by email:ada@example.com\nglob:a:* owned_by email:b@example.com gone=3d");
        assert!(owners(&graph, "a:1").is_empty(), "a pattern that is gone says nothing");
        assert_eq!(graph.links().map(|link| link.from().id().to_owned()).collect::<Vec<_>>(), ["glob:["]);
    }
}
