//! What whosekey tells: the report as data, and one file a format.
//!
//! [`assemble`](assemble::assemble) turns a judged graph into [`v1::Report`]; every format is a function from that report to bytes, and so are
//! the screens of `list` and `explain`. Nothing here reads a clock, a database or a file; the same report gives the
//! same bytes. Nothing here decides what is wrong: that was done before.
//!
//! Invariant: every text of a platform passes through [`escape`] (or a format's own full escaping) on its way out.

pub mod assemble;
pub mod csv;
pub mod diff;
pub mod escape;
pub mod explain;
pub mod html;
pub mod index;
pub mod json;
pub mod list;
pub mod markdown;
pub mod path;
pub mod recording;
pub mod sarif;
pub mod table;
pub mod v1;

mod grid;
mod paint;
mod words;

use std::io;

pub use paint::Color;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The output does not take what is written.
    #[error("cannot write")]
    Io(#[from] io::Error),
    /// A template broke; a bug.
    #[error("cannot fill the page's template")]
    Template(#[from] askama::Error),
    /// This does not come in this format.
    #[error("{what} cannot be written as {}", format.as_str())]
    Unsupported {
        /// The format that was asked for.
        format: Format,
        /// What was to be written.
        what: &'static str,
    },
}

impl From<::csv::Error> for Error {
    fn from(error: ::csv::Error) -> Self {
        match error.into_kind() {
            ::csv::ErrorKind::Io(error) => Error::Io(error),
            other => Error::Io(io::Error::other(format!("{other:?}"))),
        }
    }
}

/// The values of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people, on a terminal.
    Table,
    /// The whole, in the published schema.
    Json,
    /// One JSON object a line; for a scan, a recording that can be replayed.
    Ndjson,
    /// For spreadsheets.
    Csv,
    /// For code scanning.
    Sarif,
    /// One self-contained page.
    Html,
    /// For issues and wikis.
    Markdown,
}

impl Format {
    /// All formats.
    pub const ALL: &'static [Format] =
        &[Format::Table, Format::Json, Format::Ndjson, Format::Csv, Format::Sarif, Format::Html, Format::Markdown];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
            Format::Sarif => "sarif",
            Format::Html => "html",
            Format::Markdown => "markdown",
        }
    }

    /// The format with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == word)
    }
}

/// How screens for people are drawn. Formats for machines do not look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether it is coloured.
    pub color: Color,
    /// Which signs it is drawn with.
    pub signs: Signs,
    /// The terminal's width in columns; `None` where there is no terminal.
    pub width: Option<u16>,
}

impl Options {
    /// The width to lay out for.
    pub(crate) fn columns(&self) -> usize {
        self.width.map_or(120, usize::from).clamp(60, 200)
    }
}

/// The signs that a screen may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signs {
    /// Arrows, lines and marks from Unicode.
    #[default]
    Unicode,
    /// ASCII alone, for terminals that cannot do more.
    Ascii,
}

/// Writes a whole report. [`Format::Ndjson`] of a whole estate is a recording, which is written from the database's
/// rows and not from a report: see [`recording`].
///
/// # Errors
/// When the output fails, or the format is [`Format::Ndjson`].
pub fn write(report: &v1::Report, format: Format, out: &mut dyn io::Write, options: &Options) -> Result<(), Error> {
    match format {
        Format::Table => table::write(report, out, options),
        Format::Json => json::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Html => html::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Ndjson => Err(Error::Unsupported { format, what: "an assembled report" }),
    }
}

/// The JSON schema of the report, version 1: the text of `schema/report.v1.json`.
pub fn schema() -> String {
    let schema = schemars::schema_for!(v1::Report);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema has string keys only");
    text.push('\n');
    text
}
