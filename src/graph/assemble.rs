//! From rows to the graph: merge, resolve ends, number the nodes, sort the links.

use std::collections::HashMap;
use std::sync::OnceLock;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;
use whosekey_sdk::Kind;

use super::adjacency::Adjacency;
use super::builder::{FirstSeen, GraphBuilder, PendingRow};
use super::facts::{Facts, PackedTime, WhenDisputed};
use super::link::LinkRec;
use super::merge::{Claimant, canonical};
use super::names::{NONE, Names, Sym, len_u32};
use super::owns::{self, Written};
use super::resolve::{Resolver, is_person};
use super::view::{NodeRec, RowRec};
use super::{Graph, open_ends, patterns};

pub(crate) fn assemble(builder: GraphBuilder) -> Graph {
    let GraphBuilder { mut names, attributes, scopes, mut rows, aliases, mut links, links_seen, mut extras, uses } =
        builder;
    let (scopes, renumbered) = scopes.finish();
    for row in &mut rows {
        row.scope = renumbered[row.scope as usize];
    }
    for link in &mut links {
        link.scope = renumbered[link.scope as usize];
    }
    drop(renumbered);
    // Rows of one id stand together, those that are there first, so that what is gone never speaks for what is not.
    rows.par_sort_unstable_by_key(|row| (row.id, is_gone(row), row.scope, row.first_seen, row.attributes));

    let mut claimants = Vec::new();
    let mut claims = Vec::new();
    for (at, group) in (0u32..).zip(rows.chunk_by(|a, b| a.id == b.id)) {
        claimants.push(Claimant {
            id: group[0].id,
            kind: group[0].kind,
            is_gone: is_gone(&group[0]),
            first_seen: group.iter().map(|row| row.first_seen).min().expect("a chunk has an element"),
        });
        claims.extend(speaking(group).flat_map(|row| aliases_of(row, &aliases)).map(|&alias| (alias, at)));
    }
    let stands_for = canonical(&names, &claimants, &mut claims);
    let named_anew = named_anew(&names, &claimants, &claims, &links, &links_seen);
    drop(links_seen);
    let written =
        Written { names: &names, aliases: &aliases, attributes: &attributes, extras: &extras, scopes: &scopes };
    let chunks: Vec<&[PendingRow]> = rows.chunk_by(|a, b| a.id == b.id).collect();
    owns::expand(&written, &chunks, &stands_for, &mut links);
    drop(chunks);

    let mut resolver = Resolver::new(&mut names, &claimants, &stands_for, &claims, &rows);
    drop(claims);
    resolver.resolve_links(&mut names, &mut links, &mut extras);
    let uses: Vec<(u32, _)> = uses.into_iter().filter_map(|used| Some((resolver.find(used.subject)?, used))).collect();

    let order = number(&names, &claimants, &stands_for, &resolver);
    let mut nodes = merge_rows(&names, &rows, &aliases, &stands_for, &order);
    for (provisional, used) in uses {
        let node = order.place[provisional as usize];
        if node != NONE {
            let facts = &mut nodes.recs[node as usize].facts;
            facts.last_used_at = facts.last_used_at.later(used.last_used_at);
            facts.use_tracked_since = facts.use_tracked_since.earlier(used.tracked_since);
        }
    }
    for link in &mut links {
        link.from = order.place[link.from as usize];
        link.to = order.place[link.to as usize];
    }
    let matched_patterns = patterns::matched(&names, &claimants, &resolver);
    let by_name = resolver.into_index(&order.place);
    let adjacency = Adjacency::new(nodes.recs.len(), links, &names, &extras, &attributes);
    let mut graph = Graph {
        names,
        attributes,
        scopes,
        nodes: nodes.recs,
        plain: Vec::new(),
        rows: nodes.rows,
        aliases: nodes.aliases,
        extras,
        adjacency,
        by_name,
        matched_patterns,
        open_ends: HashMap::new(),
        named_anew,
        let_in: OnceLock::new(),
    };
    graph.plain = (0..graph.len()).into_par_iter().map(|at| graph.node_at(at).work_out_plainly_there()).collect();
    let patterns = open_ends::at_ends_of(&graph, &open_ends::USES);
    graph.open_ends = open_ends::named(&graph, &patterns, |_| true).by_thing();
    graph
}

/// For each name that no entity has as its id or alias: when a link that names it was last seen for the first time.
fn named_anew(
    names: &Names,
    claimants: &[Claimant],
    claims: &[(Sym, u32)],
    links: &[LinkRec],
    seen: &FirstSeen,
) -> HashMap<Sym, i64> {
    let mut is_claimed = vec![false; names.len()];
    for name in claimants.iter().map(|claimant| claimant.id).chain(claims.iter().map(|claim| claim.0)) {
        is_claimed[name as usize] = true;
    }
    let mut latest = HashMap::new();
    for (link, first_seen) in links.iter().zip(seen.iter()) {
        for name in [link.from, link.to] {
            if !is_claimed[name as usize] {
                let at = latest.entry(name).or_insert(first_seen);
                *at = first_seen.max(*at);
            }
        }
    }
    latest
}

fn is_gone(row: &PendingRow) -> bool {
    row.gone_at != PackedTime::NOT_EXPOSED
}

/// The rows of one thing that speak for it: of one that is there, those that are. A repository that was transferred is
/// there by what shows it now, and the name that it left behind is nobody's.
fn speaking(rows: &[PendingRow]) -> impl Iterator<Item = &PendingRow> {
    let is_there = rows.iter().any(|row| !is_gone(row));
    rows.iter().filter(move |row| !(is_there && is_gone(row)))
}

fn aliases_of<'a>(row: &PendingRow, aliases: &'a [Sym]) -> &'a [Sym] {
    let (first, count) = row.aliases;
    &aliases[first as usize..(first + count) as usize]
}

/// Where each provisional node (a claimant, or a dangling end after them) stands in the graph.
struct Order {
    place: Vec<u32>,
    /// The name of each node, in order.
    ids: Vec<Sym>,
}

/// Nodes are numbered by the text of their ids, so that whatever walks them does so in one order.
fn number(names: &Names, claimants: &[Claimant], stands_for: &[u32], resolver: &Resolver) -> Order {
    let dangling = resolver.dangling();
    let mut all: Vec<(Sym, u32)> = (0u32..)
        .zip(stands_for)
        .filter(|(at, best)| at == *best)
        .map(|(at, _)| (claimants[at as usize].id, at))
        .chain((0u32..).zip(dangling).map(|(at, sym)| (*sym, len_u32(claimants.len()) + at)))
        .collect();
    all.par_sort_unstable_by(|a, b| names.text(a.0).cmp(names.text(b.0)));
    let mut place = vec![NONE; claimants.len() + dangling.len()];
    for (node, (_, provisional)) in (0u32..).zip(&all) {
        place[*provisional as usize] = node;
    }
    for (at, best) in stands_for.iter().enumerate() {
        place[at] = place[*best as usize];
    }
    Order { place, ids: all.into_iter().map(|(sym, _)| sym).collect() }
}

struct Nodes {
    recs: Vec<NodeRec>,
    rows: Vec<RowRec>,
    aliases: Vec<Sym>,
}

fn merge_rows(names: &Names, rows: &[PendingRow], aliases: &[Sym], stands_for: &[u32], order: &Order) -> Nodes {
    // Each id's chunk of rows, ordered by the node it belongs to.
    let mut chunks: Vec<(u32, u32, &[PendingRow])> = (0u32..)
        .zip(rows.chunk_by(|a, b| a.id == b.id))
        .map(|(at, chunk)| (order.place[at as usize], u32::from(stands_for[at as usize] != at), chunk))
        .collect();
    chunks.par_sort_unstable_by(|a, b| {
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| names.text(a.2[0].id).cmp(names.text(b.2[0].id)))
    });
    let mut nodes =
        Nodes { recs: Vec::with_capacity(order.ids.len()), rows: Vec::with_capacity(rows.len()), aliases: Vec::new() };
    let mut chunks = chunks.chunk_by(|a, b| a.0 == b.0).peekable();
    for (node, &id) in (0u32..).zip(&order.ids) {
        let members = chunks.next_if(|members| members[0].0 == node);
        let rec = match members {
            Some(members) => merge_node(names, id, members, aliases, &mut nodes),
            None => NodeRec::dangling(
                id,
                is_person(names.text(id)).then_some(Kind::Owner),
                len_u32(nodes.rows.len()),
                len_u32(nodes.aliases.len()),
            ),
        };
        nodes.recs.push(rec);
    }
    nodes
}

fn merge_node(
    names: &Names,
    id: Sym,
    members: &[(u32, u32, &[PendingRow])],
    aliases: &[Sym],
    nodes: &mut Nodes,
) -> NodeRec {
    let all = || members.iter().flat_map(|(_, _, chunk)| chunk.iter());
    // The canonical id's own rows come first, but a row that is there describes it better than one that is gone.
    let best = all().find(|row| !is_gone(row)).unwrap_or(&members[0].2[0]);
    let speaks = |row: &&PendingRow| is_gone(row) == is_gone(best);
    let when = if best.kind == Kind::Owner { WhenDisputed::OffWins } else { WhenDisputed::OnWins };
    let facts = all().filter(speaks).fold(Facts::NOTHING, |facts, row| facts.merge(row.facts, when));
    let off_since = all().filter(speaks).map(|row| row.disabled_since);
    let disabled_since = match when {
        WhenDisputed::OnWins => off_since.fold(PackedTime::NOT_EXPOSED, PackedTime::later),
        WhenDisputed::OffWins => off_since.fold(PackedTime::NOT_EXPOSED, PackedTime::earlier),
    };
    // Stubs that know only the id have neither name nor type; `0` is the empty text.
    let first = |text: fn(&PendingRow) -> Sym| all().filter(speaks).map(text).find(|sym| *sym != 0).unwrap_or(0);
    // Missing only when every source that shows it misses it.
    let everywhere = |time: fn(&PendingRow) -> PackedTime| {
        let mut latest = PackedTime::NOT_EXPOSED;
        for row in all() {
            let t = time(row);
            if t == PackedTime::NOT_EXPOSED {
                return PackedTime::NOT_EXPOSED;
            }
            latest = latest.later(t);
        }
        latest
    };
    let first_row = len_u32(nodes.rows.len());
    nodes.rows.extend(all().map(|row| RowRec { scope: row.scope, attributes: row.attributes, is_gone: is_gone(row) }));
    nodes.rows[first_row as usize..].sort_by_key(|row| (row.is_gone, row.scope));
    let first_alias = nodes.aliases.len();
    let by_alias = all().filter(speaks).flat_map(|row| aliases_of(row, aliases));
    nodes.aliases.extend(by_alias.chain(members.iter().map(|m| &m.2[0].id)));
    let mut own: Vec<Sym> = nodes.aliases.split_off(first_alias);
    own.retain(|alias| *alias != id);
    own.sort_unstable_by_key(|alias| names.text(*alias));
    own.dedup();
    nodes.aliases.extend(own);
    NodeRec {
        facts,
        first_seen: all().map(|row| row.first_seen).min().expect("a member has a row"),
        last_seen: all().map(|row| row.last_seen).max().expect("a member has a row"),
        missing_since: everywhere(|row| row.missing_since.earlier(row.gone_at)),
        gone_at: everywhere(|row| row.gone_at),
        disabled_since,
        id,
        type_name: first(|row| row.type_name),
        name: first(|row| row.name),
        rows_end: len_u32(nodes.rows.len()),
        aliases_end: len_u32(nodes.aliases.len()),
        kind: Some(best.kind),
    }
}
