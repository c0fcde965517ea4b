//! Links in compressed rows, both ways: for a node, all links of one kind stand together.

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
                (&extra.location, attributes.get(extra.attributes), extra.missing_since, extra.gone_at)
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
        Self { links, out_starts, incoming, in_starts }
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
        of_kind(self.outgoing(node), kind, |link| link.kind)
    }

    pub(crate) fn incoming(&self, node: u32) -> impl Iterator<Item = &LinkRec> {
        self.numbers(node).iter().map(|at| &self.links[*at as usize])
    }

    pub(crate) fn incoming_of(&self, node: u32, kind: LinkKind) -> impl Iterator<Item = &LinkRec> {
        of_kind(self.numbers(node), kind, |at| self.links[*at as usize].kind).iter().map(|at| &self.links[*at as usize])
    }

    fn numbers(&self, node: u32) -> &[u32] {
        &self.incoming[self.in_starts[node as usize] as usize..self.in_starts[node as usize + 1] as usize]
    }
}

/// The stretch of one kind in a slice sorted by kind.
fn of_kind<T>(all: &[T], kind: LinkKind, key: impl Fn(&T) -> LinkKind) -> &[T] {
    let start = all.partition_point(|item| key(item) < kind);
    let len = all[start..].partition_point(|item| key(item) == kind);
    &all[start..start + len]
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
