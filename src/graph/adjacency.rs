//! Links in compressed rows, both ways: for a node, all links of one kind stand together.

use std::ops::Range;

use rayon::slice::ParallelSliceMut as _;
use whosekey_sdk::LinkKind;

use super::link::{LinkExtra, LinkRec, NO_EXTRA};
use super::names::{Names, Texts};

pub(crate) struct Adjacency {
    /// By start, kind, end.
    links: Vec<LinkRec>,
    /// Where each node's links begin; one more than there are nodes.
    out_starts: Vec<u32>,
    /// Numbers of links, by end, kind, start.
    incoming: Vec<u32>,
    in_starts: Vec<u32>,
    /// The kind of each of `incoming`: finding a kind's stretch then looks at no link.
    in_kinds: Vec<LinkKind>,
}

impl Adjacency {
    pub(crate) fn new(
        nodes: usize,
        mut links: Vec<LinkRec>,
        names: &Names,
        extras: &[LinkExtra],
        attributes: &Texts,
    ) -> Self {
        let extra = |link: &LinkRec| {
            (link.extra != NO_EXTRA).then(|| {
                let extra = &extras[link.extra as usize];
                let named = names.text(extra.named);
                (&extra.location, attributes.get(extra.attributes), extra.missing_since, extra.gone_at, named)
            })
        };
        // Down to the last field, so that the order of rows cannot show.
        links.par_sort_unstable_by(|a, b| {
            (a.from, a.kind, a.to, a.scope, a.evidence, a.role, a.level)
                .cmp(&(b.from, b.kind, b.to, b.scope, b.evidence, b.role, b.level))
                .then_with(|| names.text(a.because).cmp(names.text(b.because)))
                .then_with(|| extra(a).cmp(&extra(b)))
        });
        let out_starts = starts(nodes, links.iter().map(|link| link.from));
        let in_starts = starts(nodes, links.iter().map(|link| link.to));
        // Counting sort by end; stable, so within an end the links stay by start.
        let mut next = in_starts.clone();
        let mut incoming = vec![0u32; links.len()];
        for (number, link) in (0u32..).zip(&links) {
            let slot = &mut next[link.to as usize];
            incoming[*slot as usize] = number;
            *slot += 1;
        }
        for node in 0..nodes {
            incoming[in_starts[node] as usize..in_starts[node + 1] as usize].sort_by_key(|at| links[*at as usize].kind);
        }
        let in_kinds = incoming.iter().map(|at| links[*at as usize].kind).collect();
        Self { links, out_starts, incoming, in_starts, in_kinds }
    }

    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    pub(crate) fn all(&self) -> &[LinkRec] {
        &self.links
    }

    pub(crate) fn outgoing(&self, node: u32) -> &[LinkRec] {
        &self.links[self.out_starts[node as usize] as usize..self.out_starts[node as usize + 1] as usize]
    }

    pub(crate) fn outgoing_of(&self, node: u32, kind: LinkKind) -> &[LinkRec] {
        let all = self.outgoing(node);
        let start = all.partition_point(|link| link.kind < kind);
        let len = all[start..].partition_point(|link| link.kind == kind);
        &all[start..start + len]
    }

    pub(crate) fn incoming(&self, node: u32) -> impl Iterator<Item = &LinkRec> {
        self.incoming[self.ending_at(node)].iter().map(|at| &self.links[*at as usize])
    }

    pub(crate) fn incoming_of(&self, node: u32, kind: LinkKind) -> impl Iterator<Item = &LinkRec> {
        let all = self.ending_at(node);
        let kinds = &self.in_kinds[all.clone()];
        let skip = kinds.partition_point(|other| *other < kind);
        let take = kinds[skip..].partition_point(|other| *other == kind);
        let first = all.start + skip;
        self.incoming[first..first + take].iter().map(|at| &self.links[*at as usize])
    }

    fn ending_at(&self, node: u32) -> Range<usize> {
        self.in_starts[node as usize] as usize..self.in_starts[node as usize + 1] as usize
    }
}

/// Where each node's stretch begins, when things are grouped by node.
fn starts(nodes: usize, keys: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0u32; nodes + 1];
    for key in keys {
        starts[key as usize + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    starts
}
