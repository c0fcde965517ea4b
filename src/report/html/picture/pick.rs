//! Which neighbours are in the picture: the nearest, the most telling kinds of link first.

use whosekey_sdk::LinkKind;

use super::MOST_NEIGHBOURS;
use crate::report::index::Index;
use crate::report::v1;

/// How many links of one entity are looked at: a hub with a million of them must not cost a million steps a picture.
const MOST_LOOKED_AT: usize = 256;

/// The nodes and arrows of a picture.
#[derive(Debug, Default)]
pub(super) struct Picked<'a> {
    /// Each with its column: 0 is the subject, negative ones are left of it. The subject comes first.
    pub(super) nodes: Vec<(&'a str, i32)>,
    /// Arrows between nodes, by position in `nodes`.
    pub(super) arrows: Vec<Arrow<'a>>,
    /// Direct neighbours that are left out.
    pub(super) left_out: usize,
}

/// One arrow.
#[derive(Debug)]
pub(super) struct Arrow<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) what: What<'a>,
}

/// What an arrow stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A link.
    Link(&'a v1::Link),
    /// An owner that is reached over several links.
    Owner(&'a v1::Owner),
}

/// Picks the neighbourhood of `id`: direct neighbours first, then owners, then neighbours of neighbours outward.
pub(super) fn around<'a>(index: &Index<'a>, id: &'a str) -> Picked<'a> {
    let mut picked = Picked { nodes: vec![(id, 0)], ..Picked::default() };
    let mut seen = 0;
    for (link, side) in direct(index, id) {
        seen += 1;
        picked.reach(0, link, side);
    }
    let direct_count = picked.nodes.len();
    let total = index.links_from(id).len() + index.links_to(id).len();
    picked.left_out = total.saturating_sub(seen) + seen.saturating_sub(picked.arrows.len());
    if let Some(entity) = index.entity(id) {
        for owner in entity.owners.iter().take(3) {
            picked.owner(owner);
        }
    }
    for at in 1..direct_count {
        let (node, column) = picked.nodes[at];
        // Outward only: on the left what holds the holder, and the agent that a component is part of.
        for (link, side) in direct(index, node).into_iter().take(8) {
            let outward =
                if column < 0 { side == Side::Left || link.kind == LinkKind::PartOf } else { side == Side::Right };
            if outward && rank(link.kind) < 9 {
                picked.reach(at, link, if column < 0 { Side::Left } else { Side::Right });
            }
        }
    }
    picked
}

/// On which side of a node a link's other end stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The links of a node in order of what they tell, gone ones last.
fn direct<'a>(index: &Index<'a>, id: &str) -> Vec<(&'a v1::Link, Side)> {
    let into = index.links_to(id).iter().take(MOST_LOOKED_AT).map(|link| (*link, Side::Left));
    let from = index.links_from(id).iter().take(MOST_LOOKED_AT).map(|link| (*link, Side::Right));
    let mut links: Vec<_> = into.chain(from).filter(|(link, _)| link.from != link.to).collect();
    links.sort_by_key(|(link, _)| rank(link.kind));
    links
}

fn rank(kind: LinkKind) -> u8 {
    match kind {
        LinkKind::Holds => 0,
        LinkKind::RunsAs => 1,
        LinkKind::AuthenticatesAs => 2,
        LinkKind::OwnedBy => 3,
        LinkKind::PartOf => 4,
        LinkKind::Trusts => 5,
        LinkKind::Assumes => 6,
        LinkKind::CanAccess => 7,
        LinkKind::StoredIn => 8,
        LinkKind::CreatedBy => 9,
        LinkKind::MemberOf => 10,
    }
}

impl<'a> Picked<'a> {
    /// Adds the other end of a link of node `at`, if there is room, and the arrow.
    fn reach(&mut self, at: usize, link: &'a v1::Link, side: Side) {
        let (node, column) = self.nodes[at];
        let other = if link.from.as_str() == node { link.to.as_str() } else { link.from.as_str() };
        let next = match side {
            Side::Left => column - 1,
            Side::Right => column + 1,
        };
        let Some(place) = self.place(other, next) else { return };
        let (from, to) = if link.from.as_str() == node { (at, place) } else { (place, at) };
        let drawn = |arrow: &Arrow<'_>| arrow.from == from && arrow.to == to;
        let same_column = self.nodes[from].1 == self.nodes[to].1;
        if !same_column && !self.arrows.iter().any(drawn) {
            self.arrows.push(Arrow { from, to, what: What::Link(link) });
        }
    }

    /// Adds an owner that no drawn link reaches.
    fn owner(&mut self, owner: &'a v1::Owner) {
        if self.nodes.iter().any(|(id, _)| *id == owner.id.as_str()) {
            return;
        }
        if let Some(to) = self.place(owner.id.as_str(), 1) {
            self.arrows.push(Arrow { from: 0, to, what: What::Owner(owner) });
        }
    }

    fn place(&mut self, id: &'a str, column: i32) -> Option<usize> {
        if let Some(known) = self.nodes.iter().position(|(node, _)| *node == id) {
            return Some(known);
        }
        if self.nodes.len() > MOST_NEIGHBOURS {
            return None;
        }
        self.nodes.push((id, column));
        Some(self.nodes.len() - 1)
    }
}
