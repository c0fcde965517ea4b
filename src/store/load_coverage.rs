//! The coverage part of a state: every scope, how its latest attempt went, and when it was last seen whole.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use whosekey_sdk::{Attempt, Issue, Outcome, Timestamp};

use super::StoreError;
use super::load::Runs;
use crate::graph::ScopeCoverage;

/// What the rows of a scope need to know of it.
pub(super) struct ScopeRow {
    pub(super) source: String,
    pub(super) name: String,
    /// 0 when it was never seen whole.
    pub(super) last_complete_run: i64,
}

const SCOPES: &str = "SELECT c.id, s.name, s.connector, c.name, c.covers, c.first_run, c.gone_run,
        (SELECT ifnull(max(run_id), 0) FROM scope_attempt
            WHERE scope_id = c.id AND outcome = 'complete' AND run_id <= ?1),
        EXISTS (SELECT 1 FROM forgetting_scope WHERE scope_id = c.id),
        (SELECT left_out_run FROM scope_settings WHERE scope_id = c.id)
    FROM scope AS c JOIN source AS s ON s.id = c.source_id
    WHERE c.first_run <= ?1 ORDER BY s.name, c.name";
const LATEST: &str = "SELECT outcome, records, requests, started_at, finished_at, issues, suspect FROM scope_attempt
    WHERE scope_id = ?1 AND run_id <= ?2 ORDER BY run_id DESC, id DESC LIMIT 1";
const COMPLETED: &str = "SELECT max(finished_at) FROM scope_attempt
    WHERE scope_id = ?1 AND outcome = 'complete' AND run_id = ?2";

/// Hands over each scope, and returns them by their row.
pub(super) fn load(
    connection: &Connection,
    runs: &Runs,
    mut on_coverage: impl FnMut(ScopeCoverage),
) -> Result<HashMap<i64, ScopeRow>, StoreError> {
    let mut by_row = HashMap::new();
    let mut scopes = connection.prepare_cached(SCOPES)?;
    let mut latest = connection.prepare_cached(LATEST)?;
    let mut completed = connection.prepare_cached(COMPLETED)?;
    let mut rows = scopes.query(params![runs.latest])?;
    while let Some(row) = rows.next()? {
        let scope_id: i64 = row.get(0)?;
        let scope = ScopeRow { source: row.get(1)?, name: row.get(3)?, last_complete_run: row.get(7)? };
        let noted = latest.query_row(params![scope_id, runs.latest], |row| Ok(attempt(row))).optional()?;
        let (attempt, suspect) = match noted {
            Some(noted) => noted?,
            None => (never_attempted(runs.time(row.get(5)?)), false),
        };
        let last_complete_at = completed
            .query_row(params![scope_id, scope.last_complete_run], |row| row.get::<_, Option<i64>>(0))?
            .map(Timestamp::from_millis);
        on_coverage(ScopeCoverage {
            source: scope.source.clone(),
            connector: row.get(2)?,
            scope: scope.name.clone(),
            covers: serde_json::from_str(&row.get::<_, String>(4)?)?,
            forgets: row.get(8)?,
            attempt,
            last_complete_at,
            suspect,
            gone_at: runs.time_by_then(row.get(6)?),
            left_out_at: runs.time_by_then(row.get(9)?),
        });
        by_row.insert(scope_id, scope);
    }
    Ok(by_row)
}

fn attempt(row: &Row<'_>) -> Result<(Attempt, bool), StoreError> {
    let word: String = row.get(0)?;
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    let attempt = Attempt {
        outcome: Outcome::from_word(&word).ok_or(StoreError::UnknownWord(word))?,
        records: count(row.get(1)?),
        requests: count(row.get(2)?),
        started_at: Timestamp::from_millis(row.get(3)?),
        finished_at: Timestamp::from_millis(row.get(4)?),
        issues: serde_json::from_str::<Vec<Issue>>(&row.get::<_, String>(5)?)?,
    };
    Ok((attempt, row.get(6)?))
}

/// A scope that was listed and never collected to an end: nothing is known of it, which is what *failed* says.
fn never_attempted(listed_at: Timestamp) -> Attempt {
    Attempt {
        outcome: Outcome::Failed,
        records: 0,
        requests: 0,
        started_at: listed_at,
        finished_at: listed_at,
        issues: Vec::new(),
    }
}
