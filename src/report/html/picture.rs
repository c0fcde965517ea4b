//! The neighbourhood of one entity as a picture: what holds it on the left, what it reaches and who owns it on the
//! right, at most [`MOST_NEIGHBOURS`] of them, in columns of boxes with labelled arrows.
//!
//! The layout is arithmetic on columns and rows, so the same report gives the same picture. It knows nothing of SVG but
//! coordinates; `picture.svg` draws.

mod layout;
mod pick;

pub(super) use layout::Picture;

use super::super::index::Index;

/// The most neighbours that are drawn.
pub(super) const MOST_NEIGHBOURS: usize = 12;

/// Draws the neighbourhood of an entity. `None` when there is nothing to draw.
pub(super) fn of(index: &Index<'_>, id: &str) -> Option<Picture> {
    let picked = pick::around(index, id);
    (picked.nodes.len() > 1).then(|| layout::lay_out(index, &picked))
}
