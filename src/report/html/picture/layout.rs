//! Where the boxes and arrows stand.

use whosekey_sdk::{Fact, Kind};

use super::pick::{Arrow, Picked, What};
use crate::report::escape::{cut, shortened, visible};
use crate::report::index::Index;
use crate::report::v1;

const BOX_WIDTH: i32 = 182;
const BOX_HEIGHT: i32 = 46;
/// Between columns: room for an arrow's label.
const GAP_X: i32 = 122;
const GAP_Y: i32 = 20;
const MARGIN: i32 = 12;
/// Left of a box's text: the stripe and a little air.
const INSET: i32 = 14;

/// A picture, ready to be drawn. All texts are harmless already, but for the markup escaping of the template.
#[derive(Debug)]
pub(in crate::report::html) struct Picture {
    pub(in crate::report::html) width: i32,
    pub(in crate::report::html) height: i32,
    pub(in crate::report::html) title: String,
    /// All arrows in words, for those who do not see the picture.
    pub(in crate::report::html) description: String,
    pub(in crate::report::html) nodes: Vec<Node>,
    pub(in crate::report::html) edges: Vec<Edge>,
    /// Neighbours that are not drawn.
    pub(in crate::report::html) left_out: usize,
}

/// A box.
#[derive(Debug)]
pub(in crate::report::html) struct Node {
    pub(in crate::report::html) x: i32,
    pub(in crate::report::html) y: i32,
    pub(in crate::report::html) width: i32,
    pub(in crate::report::html) height: i32,
    /// `identity`, `credential`, … or `unknown`: how it is coloured.
    pub(in crate::report::html) kind: &'static str,
    /// `subject`, `gone`, `off`, `dangling` or nothing.
    pub(in crate::report::html) state: &'static str,
    pub(in crate::report::html) name: String,
    /// Its type, with what is wrong with it.
    pub(in crate::report::html) note: String,
    /// The whole name and id, for the pointer.
    pub(in crate::report::html) tip: String,
}

/// An arrow.
#[derive(Debug)]
pub(in crate::report::html) struct Edge {
    /// The path's `d`.
    pub(in crate::report::html) path: String,
    pub(in crate::report::html) label: String,
    pub(in crate::report::html) label_x: i32,
    pub(in crate::report::html) label_y: i32,
    /// The evidence level, or `derived`, or `gone`: how it is drawn.
    pub(in crate::report::html) style: &'static str,
    pub(in crate::report::html) tip: String,
}

pub(super) fn lay_out(index: &Index<'_>, picked: &Picked<'_>) -> Picture {
    let mut columns: Vec<i32> = picked.nodes.iter().map(|(_, column)| *column).collect();
    columns.sort_unstable();
    columns.dedup();
    let tallest = columns.iter().map(|column| rows_in(picked, *column)).max().unwrap_or(1);
    let height = 2 * MARGIN + tallest * BOX_HEIGHT + (tallest - 1) * GAP_Y;
    let count = i32::try_from(columns.len()).unwrap_or(1);
    let width = 2 * MARGIN + count * BOX_WIDTH + (count - 1) * GAP_X;

    let mut filled = vec![0; columns.len()];
    let nodes: Vec<Node> = picked
        .nodes
        .iter()
        .map(|(id, column)| {
            let at = columns.binary_search(column).expect("columns were taken from the nodes");
            let rows = rows_in(picked, *column);
            let block = rows * BOX_HEIGHT + (rows - 1) * GAP_Y;
            let y = (height - block) / 2 + filled[at] * (BOX_HEIGHT + GAP_Y);
            filled[at] += 1;
            let x = MARGIN + i32::try_from(at).unwrap_or(0) * (BOX_WIDTH + GAP_X);
            node(index, id, *column == 0, x, y)
        })
        .collect();
    let edges: Vec<Edge> = picked.arrows.iter().map(|arrow| edge(arrow, &nodes)).collect();
    let said: Vec<String> = picked
        .arrows
        .iter()
        .zip(&edges)
        .map(|(arrow, edge)| format!("{} {} {}", nodes[arrow.from].name, edge.label, nodes[arrow.to].name))
        .collect();
    Picture {
        width,
        height,
        title: format!("Neighbourhood of {}", nodes[0].name),
        description: said.join("; "),
        nodes,
        edges,
        left_out: picked.left_out,
    }
}

fn rows_in(picked: &Picked<'_>, column: i32) -> i32 {
    i32::try_from(picked.nodes.iter().filter(|(_, at)| *at == column).count()).unwrap_or(1)
}

fn node(index: &Index<'_>, id: &str, is_subject: bool, x: i32, y: i32) -> Node {
    let entity = index.entity(id);
    let (kind, state, note) = match entity {
        None => ("unknown", "dangling", "not listed".to_owned()),
        Some(entity) => {
            let state = state(entity);
            let note = match state {
                "gone" if entity.kind == Kind::Owner => "departed".to_owned(),
                "gone" => format!("gone · {}", entity.type_name),
                "off" if entity.kind == Kind::Owner => "departed".to_owned(),
                "off" => format!("off · {}", entity.type_name),
                _ => entity.type_name.clone(),
            };
            (entity.kind.as_str(), if is_subject && state.is_empty() { "subject" } else { state }, note)
        }
    };
    let name = index.name_of(id);
    Node {
        x,
        y,
        width: BOX_WIDTH,
        height: BOX_HEIGHT,
        kind,
        state,
        name: fitted(name, 72),
        note: fitted(&note, 60),
        tip: if name == id { shortened(id, 200) } else { format!("{} ({})", shortened(name, 160), shortened(id, 160)) },
    }
}

/// The text, shortened to what fits into a box. The browser's font is not known here, so widths are those of DejaVu
/// Sans, the widest of the usual ones; `tenths` is how wide a small letter is, in tenths of a pixel.
fn fitted(text: &str, tenths: i32) -> String {
    let room = (BOX_WIDTH - INSET - 8) * 10;
    let estimate = |text: &str| -> i32 {
        let wide = |c: char| match c {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '[' | ']'
            | ' ' => tenths * 2 / 3,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => tenths * 3 / 2,
            'a'..='z' | '-' | '_' | '/' => tenths,
            'A'..='Z' | '0'..='9' => tenths * 6 / 5,
            c if c.is_ascii() => tenths,
            _ => tenths * 7 / 4,
        };
        text.chars().map(wide).sum()
    };
    // Shortened first, so that a name of a megabyte is read once and not for each width that is tried.
    let text = shortened(text, 40);
    (8..=40).rev().map(|columns| shortened(&text, columns)).find(|text| estimate(text) <= room).unwrap_or_default()
}

fn state(entity: &v1::Entity) -> &'static str {
    match entity.enabled {
        _ if entity.gone_at.is_some() => "gone",
        Fact::Known(false) => "off",
        Fact::Known(true) | Fact::NotExposed | Fact::Denied => "",
    }
}

fn edge(arrow: &Arrow<'_>, nodes: &[Node]) -> Edge {
    let (from, to) = (&nodes[arrow.from], &nodes[arrow.to]);
    let rightward = from.x < to.x;
    let (start, end) = if rightward { (from.x + from.width, to.x - 6) } else { (from.x, to.x + to.width + 6) };
    let (start_y, end_y) = (from.y + from.height / 2, to.y + to.height / 2);
    let middle = i32::midpoint(start, end);
    // On the curve, nearer to the outer end, where the arrows of one fan are further apart.
    let centre = nodes[0].x;
    let (inner, outer) = if (from.x - centre).abs() < (to.x - centre).abs() {
        ((start, start_y), (end, end_y))
    } else {
        ((end, end_y), (start, start_y))
    };
    let label_x = (45 * inner.0 + 55 * outer.0) / 100;
    let label_y = (37 * inner.1 + 63 * outer.1) / 100 - 7;
    let (label, style, tip) = match arrow.what {
        What::Link(link) => {
            let level = link.level.map(|level| format!(" ({})", level.as_str())).unwrap_or_default();
            let style = if link.gone_at.is_some() { "gone" } else { link.evidence.as_str() };
            let tip = format!("{}: {}", link.evidence.as_str(), link.because);
            (format!("{}{level}", link.kind.as_str().replace('_', " ")), style, tip)
        }
        What::Owner(owner) => {
            let tip = format!("{}: {}", owner.evidence.as_str(), owner.because);
            ("answers, indirectly".to_owned(), "derived", tip)
        }
    };
    Edge {
        path: format!("M{start} {start_y}C{middle} {start_y} {middle} {end_y} {end} {end_y}"),
        label: visible(&label).into_owned(),
        label_x,
        label_y,
        style,
        tip: cut(&tip, 200),
    }
}
