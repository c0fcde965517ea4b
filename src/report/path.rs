//! `whosekey path`: how one thing can reach another. The search is the graph's; this draws its answer.

use std::io::Write;

use schemars::JsonSchema;
use serde::Serialize;
use whosekey_sdk::{EntityId, Evidence, Kind, LinkKind};

use super::escape::{self, shortened, visible};
use super::grid::{Cell, Grid};
use super::paint::{Tone, paint};
use super::{Error, Format, Options, Signs};

/// A way from one entity to another; empty `steps` with different ends: there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Path {
    /// Where it starts.
    pub from: Stop,
    /// Where it ends.
    pub to: Stop,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// An entity on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stop {
    /// Its id.
    pub id: EntityId,
    /// What it is; `None` for an end that no source has seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The platform's kind of thing.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its name.
    pub name: String,
}

/// One link that is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// The link's kind.
    pub link: LinkKind,
    /// Whether it is followed from its start to its end or back.
    pub direction: Direction,
    /// How the link is known.
    pub evidence: Evidence,
    /// What the evidence is.
    pub because: String,
    /// Where it leads.
    pub to: Stop,
}

/// Which way a link is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From its start to its end.
    Along,
    /// From its end to its start: a trust is followed by the trusted.
    Against,
}

/// Writes a path.
///
/// # Errors
/// When the output fails, or the format is not one for lists.
pub fn write(path: &Path, format: Format, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    match format {
        Format::Json => Ok(escape::json::pretty(path, out)?),
        Format::Ndjson => Ok(escape::json::line(path, out)?),
        Format::Csv => rows(path).csv(out),
        Format::Markdown => rows(path).markdown(out),
        Format::Table => screen(path, out, options),
        Format::Html => rows(path).html("path", out),
        Format::Sarif => Err(Error::Unsupported { format, what: "a path" }),
    }
}

fn rows(path: &Path) -> Grid {
    let mut grid = Grid::new(&[
        ("step", 4),
        ("link", 18),
        ("direction", 9),
        ("name", 44),
        ("type", 28),
        ("evidence", 9),
        ("because", 60),
        ("id", 44),
    ]);
    for (at, step) in path.steps.iter().enumerate() {
        let direction = match step.direction {
            Direction::Along => "along",
            Direction::Against => "against",
        };
        grid.rows.push(vec![
            Cell::new((at + 1).to_string()),
            Cell::new(step.link.as_str()),
            Cell::new(direction),
            Cell::toned(step.to.name.as_str(), Tone::Strong),
            Cell::new(step.to.type_name.as_str()),
            Cell::new(step.evidence.as_str()),
            Cell::new(step.because.as_str()),
            Cell::toned(step.to.id.as_str(), Tone::Name),
        ]);
    }
    grid
}

fn screen(path: &Path, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    let stop = |stop: &Stop| {
        let name = paint(&shortened(&stop.name, 60), Tone::Strong, options.color);
        let what = match stop.kind {
            Some(kind) => format!("{}, {}", kind.as_str(), visible(&stop.type_name)),
            None => "named, not seen".to_owned(),
        };
        let id = paint(&visible(stop.id.as_str()), Tone::Name, options.color);
        format!("{name}  {}  {id}", paint(&what, Tone::Muted, options.color))
    };
    if path.steps.is_empty() && path.from.id != path.to.id {
        writeln!(out, "{}", stop(&path.from))?;
        writeln!(out, "  does not reach, over any link that was seen,")?;
        writeln!(out, "{}", stop(&path.to))?;
        return Ok(());
    }
    writeln!(out, "{}", stop(&path.from))?;
    for step in &path.steps {
        let arrow = match (options.signs, step.direction) {
            (Signs::Unicode, Direction::Along) => "│  ↓",
            (Signs::Unicode, Direction::Against) => "│  ↑",
            (Signs::Ascii, Direction::Along) => "|  v",
            (Signs::Ascii, Direction::Against) => "|  ^",
        };
        let how = format!("({}: {})", step.evidence.as_str(), visible(&step.because));
        writeln!(
            out,
            "  {} {} {}",
            paint(arrow, Tone::Muted, options.color),
            step.link.as_str(),
            paint(&how, Tone::Muted, options.color)
        )?;
        writeln!(out, "{}", stop(&step.to))?;
    }
    Ok(())
}
