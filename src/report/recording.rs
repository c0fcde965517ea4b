//! An estate as a recording: the lines of the connector protocol, scope after scope, that `replay` reads back.
//!
//! It is written from the rows of the database and not from a report, because a report has merged what several sources
//! say of one thing. Two rules keep a recording honest: what the latest scan missed is not in it, and a scope that was
//! not seen whole is written with an issue, so that its replay is not complete either.

use std::collections::BTreeMap;
use std::io::Write;

use whosekey_sdk::protocol::Line;
use whosekey_sdk::{Issue, IssueKind, Outcome, Record};

use super::{Error, escape};
use crate::graph::{ActivityRow, EntityRow, LinkRow, ScopeCoverage};

/// The name of the scope that is the list of a source's scopes.
const LIST: &str = "*";

/// What one scope holds.
#[derive(Debug)]
pub struct ScopeRows<E, L> {
    /// The scope, and how its latest attempt went.
    pub coverage: ScopeCoverage,
    /// Its entities.
    pub entities: E,
    /// Its links.
    pub links: L,
}

/// Which name a scope has in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `<source>/<scope>`: several sources are recorded into one.
    WithSource,
    /// The scope's own name: one source is recorded.
    Plain,
}

/// Writes a recording: the list of all scopes, then each scope with its rows. `coverage` is every scope that is there;
/// `scopes` yields the same ones with their rows, one at a time, so that no more than one is held in memory.
///
/// # Errors
/// When the output fails.
pub fn write<E, L>(
    coverage: &[ScopeCoverage],
    scopes: impl IntoIterator<Item = ScopeRows<E, L>>,
    naming: Naming,
    out: &mut dyn Write,
) -> Result<(), Error>
where
    E: IntoIterator<Item = EntityRow>,
    L: IntoIterator<Item = LinkRow>,
{
    list(coverage, naming, out)?;
    for scope in scopes {
        let entities = scope.entities.into_iter().filter(|row| row.missing_since.is_none() && row.gone_at.is_none());
        let links = scope.links.into_iter().filter(|row| row.missing_since.is_none() && row.gone_at.is_none());
        let records = entities.map(|row| Record::from(row.entity)).chain(links.map(|row| Record::from(row.link)));
        self::scope(&scope.coverage, records, naming, out)?;
    }
    Ok(())
}

/// Everything that a database holds of an estate, in any order.
#[derive(Debug, Default)]
pub struct Rows {
    /// Every scope's latest attempt.
    pub coverage: Vec<ScopeCoverage>,
    /// Entities.
    pub entities: Vec<EntityRow>,
    /// Links.
    pub links: Vec<LinkRow>,
    /// Use that was seen by sources which do not list the thing itself.
    pub activities: Vec<ActivityRow>,
}

/// As [`write`], from rows in any order: they are brought to their scopes first. Rows of scopes of which there is no
/// coverage are left out.
///
/// # Errors
/// When the output fails.
pub fn write_rows(rows: Rows, naming: Naming, out: &mut dyn Write) -> Result<(), Error> {
    let mut records: BTreeMap<(String, String), Vec<Record>> = BTreeMap::new();
    let mut put = |source, scope, record| records.entry((source, scope)).or_default().push(record);
    for row in rows.entities.into_iter().filter(|row| row.missing_since.is_none() && row.gone_at.is_none()) {
        put(row.source, row.scope, Record::from(row.entity));
    }
    for row in rows.links.into_iter().filter(|row| row.missing_since.is_none() && row.gone_at.is_none()) {
        put(row.source, row.scope, Record::from(row.link));
    }
    for row in rows.activities {
        put(row.source, row.scope, Record::from(row.activity));
    }
    list(&rows.coverage, naming, out)?;
    for coverage in rows.coverage {
        let here = records.remove(&(coverage.source.clone(), coverage.scope.clone())).unwrap_or_default();
        scope(&coverage, here, naming, out)?;
    }
    Ok(())
}

/// One scope's lines; none for the list of scopes, which stands at the beginning, and for a scope that is gone.
fn scope(
    coverage: &ScopeCoverage,
    records: impl IntoIterator<Item = Record>,
    naming: Naming,
    out: &mut dyn Write,
) -> Result<(), Error> {
    if coverage.scope == LIST || coverage.gone_at.is_some() {
        return Ok(());
    }
    line(&Line::Collect { collect: name(coverage, naming) }, out)?;
    for record in records {
        line(&Line::Record { record }, out)?;
    }
    issues(coverage, out)?;
    line(&Line::Done { done: true }, out)
}

fn list(coverage: &[ScopeCoverage], naming: Naming, out: &mut dyn Write) -> Result<(), Error> {
    line(&Line::Collect { collect: LIST.to_owned() }, out)?;
    for scope in coverage.iter().filter(|scope| scope.gone_at.is_none()) {
        if scope.scope == LIST {
            issues(scope, out)?;
        } else {
            let ScopeCoverage { covers, forgets, .. } = scope;
            line(&Line::Scope { scope: name(scope, naming), covers: covers.clone(), forgets: *forgets }, out)?;
        }
    }
    line(&Line::Done { done: true }, out)
}

/// The issues of a scope; one of our own where an attempt that was not complete left none behind.
fn issues(scope: &ScopeCoverage, out: &mut dyn Write) -> Result<(), Error> {
    for issue in &scope.attempt.issues {
        line(&Line::Issue { issue: issue.clone() }, out)?;
    }
    let silent = scope.attempt.issues.is_empty();
    let made_up = match scope.attempt.outcome {
        Outcome::Complete if scope.suspect => Some("so much was missing at once that the scope was not trusted"),
        Outcome::Complete => None,
        Outcome::Partial => Some("recorded from a scope that was not seen whole"),
        Outcome::Failed => Some("recorded from a scope that failed"),
    };
    if let Some(message) = made_up.filter(|_| silent) {
        line(&Line::Issue { issue: Issue::new(IssueKind::Unsupported, message) }, out)?;
    }
    Ok(())
}

fn name(scope: &ScopeCoverage, naming: Naming) -> String {
    match naming {
        Naming::WithSource => format!("{}/{}", scope.source, scope.scope),
        Naming::Plain => scope.scope.clone(),
    }
}

fn line(line: &Line, out: &mut dyn Write) -> Result<(), Error> {
    Ok(escape::json::line(line, out)?)
}

#[cfg(test)]
mod tests;
