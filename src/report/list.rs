//! `whosekey list`: one kind of thing, filtered, as rows or as the report's own objects.

mod columns;
mod filter;

use std::io::{BufWriter, Write};

use serde::Serialize;
use whosekey_sdk::Kind;

pub use filter::{Filter, Presence};

use super::grid::Grid;
use super::index::Index;
use super::{Error, Format, Options, escape, sarif, v1, words};
use crate::analysis::Status;

/// What to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Entities of one kind.
    Entities(Kind),
    /// Findings.
    Findings,
    /// Sources, with how much of each was seen.
    Sources,
    /// Scopes: the coverage.
    Scopes,
}

impl What {
    /// What a word on the command line means: `identities`, `findings`, `scopes`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "findings" => Some(What::Findings),
            "sources" => Some(What::Sources),
            "scopes" => Some(What::Scopes),
            word => Kind::ALL.iter().copied().find(|kind| super::words::kinds(*kind) == word).map(What::Entities),
        }
    }
}

/// One source, as `list sources --format json` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceRow {
    /// The source's name.
    pub source: String,
    /// Its connector.
    pub connector: String,
    /// Its scopes.
    pub scopes: u64,
    /// Those seen whole by the latest attempt.
    pub complete: u64,
    /// Records that the latest attempts received.
    pub records: u64,
    /// Requests that they took.
    pub requests: u64,
}

/// Writes what passes the filter; as [`Format::Sarif`], the findings about it.
///
/// # Errors
/// When the output fails, or the list is of the coverage and the format is for findings.
pub fn write(
    report: &v1::Report,
    what: What,
    filter: &Filter,
    format: Format,
    out: &mut dyn Write,
    options: &Options,
) -> Result<(), Error> {
    let index = Index::new(report);
    let mut out = BufWriter::new(out);
    match what {
        What::Entities(kind) if format == Format::Sarif => {
            let listed = |id: &str| index.entity(id).is_some_and(|e| e.kind == kind && filter.entity(e, &index));
            let about = report.findings.iter().filter(|found| found.status != Status::Closed);
            sarif::write_of(report, about.filter(|found| listed(found.subject.as_str())).collect(), &mut out)?;
        }
        What::Findings if format == Format::Sarif => {
            let listed = report.findings.iter().filter(|finding| filter.finding(finding, &index));
            sarif::write_of(report, listed.collect(), &mut out)?;
        }
        What::Entities(kind) => {
            let rows = report.entities.iter().filter(|entity| entity.kind == kind && filter.entity(entity, &index));
            let title = words::kinds(kind);
            emit(title, rows, |rows| columns::entities(kind, rows, &index), format, &mut out, options)?;
        }
        What::Findings => {
            let rows = report.findings.iter().filter(|finding| filter.finding(finding, &index));
            emit("findings", rows, |rows| columns::findings(rows, &index), format, &mut out, options)?;
        }
        What::Scopes => {
            let rows = report.coverage.iter().filter(|scope| filter.scope(scope));
            emit("scopes", rows, |rows| columns::scopes(rows, report.now), format, &mut out, options)?;
        }
        What::Sources => {
            let rows = sources(report, filter);
            emit("sources", rows.iter(), columns::sources, format, &mut out, options)?;
        }
    }
    out.flush()?;
    Ok(())
}

fn emit<'r, T: Serialize + 'r>(
    title: &str,
    rows: impl Iterator<Item = &'r T>,
    grid: impl FnOnce(&[&'r T]) -> Grid,
    format: Format,
    out: &mut dyn Write,
    options: &Options,
) -> Result<(), Error> {
    let rows: Vec<&T> = rows.collect();
    match format {
        Format::Json => escape::json::pretty(&rows, out)?,
        Format::Ndjson => {
            for row in rows {
                escape::json::line(row, out)?;
            }
        }
        Format::Table => grid(&rows).table(out, options)?,
        Format::Csv => grid(&rows).csv(out)?,
        Format::Markdown => grid(&rows).markdown(out)?,
        Format::Html => grid(&rows).html(title, out)?,
        Format::Sarif => return Err(Error::Unsupported { format, what: "a list of the coverage" }),
    }
    Ok(())
}

fn sources(report: &v1::Report, filter: &Filter) -> Vec<SourceRow> {
    let mut rows: Vec<SourceRow> = Vec::new();
    let mut at = std::collections::BTreeMap::new();
    for scope in report.coverage.iter().filter(|scope| filter.scope(scope) && scope.gone_at.is_none()) {
        let position = *at.entry(scope.source.as_str()).or_insert_with(|| {
            rows.push(SourceRow {
                source: scope.source.clone(),
                connector: scope.connector.clone(),
                scopes: 0,
                complete: 0,
                records: 0,
                requests: 0,
            });
            rows.len() - 1
        });
        let row = &mut rows[position];
        row.scopes += 1;
        row.complete += u64::from(scope.outcome == whosekey_sdk::Outcome::Complete);
        row.records += scope.records;
        row.requests += scope.requests;
    }
    rows
}
