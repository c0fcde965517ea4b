//! Numbered nodes and their neighbours in compressed rows, and breadth-first searches over them.

/// For each node, its neighbours, side by side in one list.
pub(super) struct Rows {
    starts: Vec<u32>,
    neighbours: Vec<u32>,
}

impl Rows {
    /// Rows of `(node, neighbour)` pairs; each row is sorted, and a pair that comes twice is kept once.
    pub(super) fn new(nodes: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; nodes + 1];
        for (from, to) in edges.clone() {
            assert!((to as usize) < nodes, "neighbour {to} of {nodes} nodes");
            starts[from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut neighbours = vec![0u32; starts[nodes] as usize];
        for (from, to) in edges {
            let slot = &mut next[from as usize];
            neighbours[*slot as usize] = to;
            *slot += 1;
        }
        let mut kept = 0usize;
        let mut begin = 0usize;
        for node in 0..nodes {
            let end = starts[node + 1] as usize;
            neighbours[begin..end].sort_unstable();
            starts[node] = u32::try_from(kept).expect("no more neighbours than there were");
            let first = kept;
            for at in begin..end {
                let neighbour = neighbours[at];
                if kept == first || neighbours[kept - 1] != neighbour {
                    neighbours[kept] = neighbour;
                    kept += 1;
                }
            }
            begin = end;
        }
        starts[nodes] = u32::try_from(kept).expect("no more neighbours than there were");
        neighbours.truncate(kept);
        Self { starts, neighbours }
    }

    /// How many neighbours all nodes have together.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.neighbours.len()
    }

    /// The neighbours of a node, in order.
    pub(super) fn of(&self, node: u32) -> &[u32] {
        &self.neighbours[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// All that these reach, nearest first, themselves included, and where each distance ends.
    pub(super) fn search(&self, starts: impl Iterator<Item = u32>) -> (Vec<u32>, Vec<usize>) {
        let mut seen = Seen::of(self.starts.len() - 1);
        let mut found: Vec<u32> = starts.filter(|&node| seen.insert(node)).collect();
        let mut ends = Vec::new();
        let mut begin = 0;
        while begin < found.len() {
            let end = found.len();
            ends.push(end);
            for at in begin..end {
                for &neighbour in self.of(found[at]) {
                    if seen.insert(neighbour) {
                        found.push(neighbour);
                    }
                }
            }
            begin = end;
        }
        (found, ends)
    }

    /// A shortest way from one of these, both ends included.
    pub(super) fn way(&self, starts: &[u32], to: u32) -> Option<Vec<u32>> {
        const NOBODY: u32 = u32::MAX;
        let mut came_from = vec![NOBODY; self.starts.len() - 1];
        let mut found = starts.to_vec();
        for &start in starts {
            came_from[start as usize] = start;
        }
        let mut next = 0;
        while next < found.len() && came_from[to as usize] == NOBODY {
            let node = found[next];
            next += 1;
            for &neighbour in self.of(node) {
                if came_from[neighbour as usize] == NOBODY {
                    came_from[neighbour as usize] = node;
                    found.push(neighbour);
                }
            }
        }
        if came_from[to as usize] == NOBODY {
            return None;
        }
        let mut way = vec![to];
        let mut node = to;
        while came_from[node as usize] != node {
            node = came_from[node as usize];
            way.push(node);
        }
        way.reverse();
        Some(way)
    }
}

/// One bit for each node.
struct Seen(Vec<u64>);

impl Seen {
    fn of(nodes: usize) -> Self {
        Self(vec![0; nodes.div_ceil(64)])
    }

    /// Whether it was not there before.
    fn insert(&mut self, node: u32) -> bool {
        let (word, bit) = (node as usize / 64, 1u64 << (node % 64));
        let is_new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pair_that_comes_twice_is_one_neighbour() {
        let rows = Rows::new(3, [(0, 2), (0, 1), (0, 2), (2, 0)].into_iter());
        assert_eq!((rows.of(0), rows.of(1), rows.of(2)), (&[1, 2][..], &[][..], &[0][..]));
    }

    /// Relaxes until nothing changes.
    fn distances(nodes: usize, edges: &[(u32, u32)], starts: &[u32]) -> Vec<Option<usize>> {
        let mut distance = vec![None; nodes];
        for &start in starts {
            distance[start as usize] = Some(0);
        }
        for _ in 0..nodes {
            for &(from, to) in edges {
                if let Some(d) = distance[from as usize] {
                    let old = distance[to as usize];
                    distance[to as usize] = Some(old.map_or(d + 1, |old: usize| old.min(d + 1)));
                }
            }
        }
        distance
    }

    proptest! {
        #[test]
        fn searches_find_what_is_connected_at_the_right_distance(
            edges in prop::collection::vec((0u32..12, 0u32..12), 0..40),
            starts in prop::collection::vec(0u32..12, 0..3),
            to in 0u32..12,
        ) {
            let rows = Rows::new(12, edges.iter().copied());
            let expected = distances(12, &edges, &starts);
            let (found, ends) = rows.search(starts.iter().copied());
            let mut actual = vec![None; 12];
            for (at, &node) in found.iter().enumerate() {
                actual[node as usize] = Some(ends.partition_point(|&end| end <= at));
            }
            prop_assert_eq!(actual, expected);
            let way = rows.way(&starts, to);
            prop_assert_eq!(way.map(|way| way.len() - 1), distances(12, &edges, &starts)[to as usize]);
            for &from in &starts {
                let way = rows.way(&[from], to);
                let length = distances(12, &edges, &[from])[to as usize];
                prop_assert_eq!(way.as_ref().map(|way| way.len() - 1), length);
                for pair in way.unwrap_or_default().windows(2) {
                    prop_assert!(edges.contains(&(pair[0], pair[1])));
                }
            }
        }
    }
}
