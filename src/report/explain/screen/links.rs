//! What the subject is linked to, and what is known of names that no source lists.

use whosekey_sdk::{EndRef, LinkKind};

use super::{End, Explanation, MOST_HOLDERS, Screen, Standing};
use crate::report::grid::{Cell, Grid};
use crate::report::paint::Tone;
use crate::report::{Error, Signs, v1};

/// The most links that are listed in each direction.
const MOST_LINKS: usize = 12;
/// The most things that are listed below a pattern that names them.
const MOST_NAMED: usize = 5;

impl Screen<'_, '_> {
    pub(super) fn links(&mut self, explanation: &Explanation<'_>) -> Result<(), Error> {
        if explanation.links_from.is_empty() && explanation.links_to.is_empty() {
            return Ok(());
        }
        self.heading("LINKS")?;
        let (to, from) = match self.options.signs {
            Signs::Unicode => ("→", "←"),
            Signs::Ascii => ("->", "<-"),
        };
        let mut grid =
            Grid::new(&[("", 2), ("kind", 22), ("name", 44), ("type", 26), ("evidence", 9), ("because", 60)]);
        for link in explanation.links_from.iter().take(MOST_LINKS) {
            grid.rows.push(self.row(to, &link.to, link, link.because.clone()));
            self.named_below(&mut grid, &link.to);
        }
        for link in explanation.links_to.iter().take(MOST_LINKS) {
            let is_by_pattern = link.to.as_str() != explanation.id;
            let because = if is_by_pattern { format!("as {}", link.to) } else { link.because.clone() };
            grid.rows.push(self.row(from, &link.from, link, because));
        }
        self.grid(&grid)?;
        let hidden = |links: &[&v1::Link]| links.len().saturating_sub(MOST_LINKS);
        self.more(hidden(explanation.links_from) + hidden(&explanation.links_to))
    }

    fn row(&self, arrow: &str, end: &EndRef, link: &v1::Link, because: String) -> Vec<Cell> {
        let other = self.index.entity(end.as_str());
        let gone = link.gone_at.is_some() || other.is_some_and(|entity| entity.gone_at.is_some());
        let mut kind = link.kind.as_str().to_owned();
        if let Some(level) = link.level {
            kind = format!("{kind} {}", level.as_str());
        }
        let what = match other {
            _ if gone => Cell::toned("gone", Tone::Bad),
            Some(entity) => Cell::toned(entity.type_name.as_str(), Tone::Muted),
            None if link.kind == LinkKind::Trusts && end.as_str() == "*" => Cell::toned("anybody", Tone::Bad),
            None => unlisted(self.ends.get(end.as_str())),
        };
        vec![
            Cell::toned(arrow, Tone::Muted),
            Cell::new(kind),
            Cell::toned(self.index.name_of(end.as_str()), if gone { Tone::Muted } else { Tone::Strong }),
            what,
            Cell::toned(link.evidence.as_str(), Tone::Muted),
            Cell::toned(because, Tone::Muted),
        ]
    }

    /// The first things that a pattern names, a row each.
    fn named_below(&self, grid: &mut Grid, pattern: &EndRef) {
        let Some(end) = self.ends.get(pattern.as_str()) else { return };
        let below = |name: String, what: Cell| {
            vec![
                Cell::default(),
                Cell::default(),
                Cell::toned(name, Tone::Muted),
                what,
                Cell::default(),
                Cell::default(),
            ]
        };
        for &id in end.names.iter().take(MOST_NAMED) {
            let what = self.index.entity(id).map_or("", |entity| entity.type_name.as_str());
            grid.rows.push(below(format!("  {}", self.index.name_of(id)), Cell::toned(what, Tone::Muted)));
        }
        let more = end.names_total.saturating_sub(MOST_NAMED);
        if more > 0 {
            grid.rows.push(below(format!("  and {more} more"), Cell::default()));
        }
    }

    /// What is known of a name that is asked for and that no source lists.
    pub(super) fn end(&mut self, end: &End<'_>) -> Result<(), Error> {
        let text = match &end.standing {
            Standing::Absent { scope } => {
                format!(
                    "links name it; it does not exist: {scope}, which lists all such names, was seen whole without it"
                )
            }
            Standing::Unseen { scope } => {
                format!(
                    "links name it; whether it exists cannot be told: {scope}, which lists such names, was not seen whole"
                )
            }
            Standing::Unlisted if end.names_total > 0 => "links end at this pattern".to_owned(),
            Standing::Unlisted => {
                "links name it; whether it exists cannot be told: no scope lists such names".to_owned()
            }
        };
        let tone = if matches!(end.standing, Standing::Absent { .. }) { Tone::Bad } else { Tone::Muted };
        self.paragraph(&text, 2, tone)?;
        if end.names.is_empty() {
            return Ok(());
        }
        self.heading("WHAT IT MATCHES")?;
        let mut grid = Grid::new(&[("name", 44), ("type", 26), ("id", 60)]);
        for &id in &end.names {
            let what = self.index.entity(id).map_or("", |entity| entity.type_name.as_str());
            grid.rows.push(vec![
                Cell::toned(self.index.name_of(id), Tone::Strong),
                Cell::toned(what, Tone::Muted),
                Cell::toned(id, Tone::Name),
            ]);
        }
        self.grid(&grid)?;
        match end.names_total.saturating_sub(MOST_HOLDERS) {
            0 => Ok(()),
            more => self.paragraph(&format!("and {more} more"), 2, Tone::Muted),
        }
    }
}

/// What stands in the place of a type for a name that no source lists.
pub(super) fn unlisted(end: Option<&End<'_>>) -> Cell {
    match end {
        Some(end) if end.names_total > 0 => Cell::toned(format!("matches {}", end.names_total), Tone::Muted),
        Some(End { standing: Standing::Absent { .. }, .. }) => Cell::toned("does not exist", Tone::Bad),
        Some(End { standing: Standing::Unseen { .. }, .. }) => Cell::toned("not seen", Tone::Unsure),
        Some(End { standing: Standing::Unlisted, .. }) | None => Cell::toned("not listed", Tone::Muted),
    }
}
