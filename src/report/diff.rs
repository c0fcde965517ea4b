//! `whosekey diff`: what appeared, changed and went between two times. The comparison itself is the store's; this
//! draws it.

use std::io::Write;

use schemars::JsonSchema;
use serde::Serialize;
use whosekey_sdk::{EntityId, Kind, Timestamp};

use super::escape;
use super::grid::{Cell, Grid};
use super::paint::{Tone, paint};
use super::{Error, Format, Options, Signs, words};

/// The difference between two states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diff {
    /// The earlier moment.
    pub from: Timestamp,
    /// The later moment.
    pub to: Timestamp,
    /// What happened, by id and then time.
    pub changes: Vec<Change>,
}

/// One thing that happened to one entity or finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// What happened.
    pub what: Happened,
    /// An entity's id, or a finding's.
    pub id: EntityId,
    /// The kind of entity; absent for a finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The platform's kind of thing, or the finding's rule.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The entity's name, or the finding's title.
    pub name: String,
    /// For a change: what changed, one line each, such as `enabled: yes → no`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// What can happen between two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// An entity is there that was not.
    Appeared,
    /// An entity is not as it was.
    Changed,
    /// An entity is gone.
    Gone,
    /// A finding was opened.
    Opened,
    /// A finding was closed.
    Closed,
}

impl Happened {
    /// The word in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Happened::Appeared => "appeared",
            Happened::Changed => "changed",
            Happened::Gone => "gone",
            Happened::Opened => "opened",
            Happened::Closed => "closed",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Happened::Appeared => "+",
            Happened::Changed => "~",
            Happened::Gone => "-",
            Happened::Opened => "!",
            Happened::Closed => "=",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Happened::Appeared | Happened::Closed => Tone::Good,
            Happened::Changed => Tone::Unsure,
            Happened::Gone | Happened::Opened => Tone::Bad,
        }
    }
}

/// Writes a difference.
///
/// # Errors
/// When the output fails, or the format is not one for lists.
pub fn write(diff: &Diff, format: Format, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    match format {
        Format::Json => Ok(escape::json::pretty(diff, out)?),
        Format::Ndjson => {
            for change in &diff.changes {
                escape::json::line(change, out)?;
            }
            Ok(())
        }
        Format::Csv => rows(diff).csv(out),
        Format::Markdown => rows(diff).markdown(out),
        Format::Table => screen(diff, out, options),
        Format::Html => rows(diff).html("difference", out),
        Format::Sarif => Err(Error::Unsupported { format, what: "a difference" }),
    }
}

fn rows(diff: &Diff) -> Grid {
    let mut grid = Grid::new(&[("what", 8), ("kind", 10), ("type", 28), ("name", 44), ("id", 44), ("details", 80)]);
    for change in &diff.changes {
        grid.rows.push(vec![
            Cell::toned(change.what.as_str(), change.what.tone()),
            Cell::new(change.kind.map_or("finding", Kind::as_str)),
            Cell::new(change.type_name.as_str()),
            Cell::toned(change.name.as_str(), Tone::Strong),
            Cell::toned(change.id.as_str(), Tone::Name),
            Cell::new(change.details.join("; ")),
        ]);
    }
    grid
}

fn screen(diff: &Diff, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    let (to, dot) = match options.signs {
        Signs::Unicode => ("→", " · "),
        Signs::Ascii => ("->", ", "),
    };
    let counts: Vec<String> =
        [Happened::Appeared, Happened::Changed, Happened::Gone, Happened::Opened, Happened::Closed]
            .into_iter()
            .map(|what| (what, diff.changes.iter().filter(|change| change.what == what).count()))
            .filter(|(_, n)| *n > 0)
            .map(|(what, n)| format!("{n} {}", what.as_str()))
            .collect();
    let counts = if counts.is_empty() { "nothing happened".to_owned() } else { counts.join(dot) };
    let span = format!("{} {to} {}", words::date(diff.from), words::date(diff.to));
    writeln!(out, "{}  {}", paint(&span, Tone::Strong, options.color), paint(&counts, Tone::Muted, options.color))?;
    let mut grid = Grid::new(&[("", 1), ("kind", 10), ("name", 44), ("type", 28), ("id", 44)]);
    for change in &diff.changes {
        grid.rows.push(vec![
            Cell::toned(change.what.sign(), change.what.tone()),
            Cell::toned(change.kind.map_or("finding", Kind::as_str), Tone::Muted),
            Cell::toned(change.name.as_str(), Tone::Strong),
            Cell::new(change.type_name.as_str()),
            Cell::toned(change.id.as_str(), Tone::Name),
        ]);
    }
    for (line, change) in grid.aligned("  ", options).into_iter().zip(&diff.changes) {
        writeln!(out, "{line}")?;
        for detail in &change.details {
            let text = escape::cut(detail, options.columns().saturating_sub(8));
            writeln!(out, "        {}", paint(&text, Tone::Muted, options.color))?;
        }
    }
    Ok(())
}
