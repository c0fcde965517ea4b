//! Scopes that the settings of their source leave out, which are not gone: they were not looked for.
//!
//! A list has a scope under the settings that choose the source's scopes. When a whole list under other settings lacks it,
//! nobody can tell whether the platform has it no more, so it is left out: what it showed is kept, and a failed attempt in
//! the ledger says why nothing more is known. Under the settings that it was listed with, its absence counts as always.
//!
//! What another scope of the source shows since then, because the settings only call a place by another name, is that
//! scope's to tell.

use rusqlite::{Transaction, params};
use whosekey_sdk::{Attempt, Issue, IssueKind, Outcome};

use super::apply::{Applied, Terms};
use super::{StoreError, coverage};

/// The digest of the settings that choose a source's scopes.
pub(super) type Settings = [u8; 32];

/// For how many lists after it was left out a scope is held against what the others show: they are collected by then, and
/// to do so for ever would cost every scan.
const LISTS: i64 = 3;

/// Notes that a list has this scope under these settings.
pub(super) fn listed(transaction: &Transaction<'_>, scope_id: i64, settings: &Settings) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO scope_settings (scope_id, digest) VALUES (?1, ?2)
             ON CONFLICT (scope_id) DO UPDATE SET digest = excluded.digest, left_out_run = NULL
             WHERE digest <> excluded.digest OR left_out_run IS NOT NULL",
        )?
        .execute(params![scope_id, settings])?;
    Ok(())
}

/// Notes that a scope is looked at.
pub(super) fn looked_at(transaction: &Transaction<'_>, scope_id: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE scope_settings SET left_out_run = NULL WHERE scope_id = ?1 AND left_out_run IS NOT NULL",
        )?
        .execute(params![scope_id])?;
    Ok(())
}

/// Of the source's scopes that a whole list lacks, leaves out those that it may lack by its settings, and returns which
/// these are.
pub(super) fn mark(
    transaction: &Transaction<'_>,
    source_id: i64,
    absent: &[i64],
    settings: &Settings,
    list: &Attempt,
    terms: Terms,
) -> Result<Vec<i64>, StoreError> {
    let mut find =
        transaction.prepare_cached("SELECT left_out_run FROM scope_settings WHERE scope_id = ?1 AND digest <> ?2")?;
    let mut left_out = Vec::new();
    for &scope_id in absent {
        let mut rows = find.query(params![scope_id, settings])?;
        let Some(since) = rows.next()?.map(|row| row.get::<_, Option<i64>>(0)).transpose()? else {
            // Its settings are back, and it is not.
            looked_at(transaction, scope_id)?;
            continue;
        };
        left_out.push(scope_id);
        match since {
            Some(since) => hand_over(transaction, source_id, scope_id, since, terms)?,
            None => leave_out(transaction, scope_id, list, terms)?,
        }
    }
    Ok(left_out)
}

fn leave_out(transaction: &Transaction<'_>, scope_id: i64, list: &Attempt, terms: Terms) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE scope_settings SET left_out_run = ?2 WHERE scope_id = ?1")?
        .execute(params![scope_id, terms.run_id])?;
    transaction
        .prepare_cached("UPDATE scope SET missed_lists = 0 WHERE id = ?1 AND missed_lists > 0")?
        .execute(params![scope_id])?;
    let why =
        "the settings of the source leave it out: what it showed is kept, and nothing tells what became of it since";
    let attempt = Attempt {
        outcome: Outcome::Failed,
        records: 0,
        requests: 0,
        started_at: list.started_at,
        finished_at: list.finished_at,
        issues: vec![Issue::new(IssueKind::Unsupported, why)],
    };
    coverage::note_attempt(transaction, scope_id, terms.run_id, &attempt, &Applied::default())?;
    transaction.prepare_cached("DELETE FROM scope_imprint WHERE scope_id = ?1")?.execute(params![scope_id])?;
    Ok(())
}

/// Ends what another scope shows that the source has since then: only such a one can be the same by another name, and there
/// are few of them.
fn hand_over(
    transaction: &Transaction<'_>,
    source_id: i64,
    scope_id: i64,
    since: i64,
    terms: Terms,
) -> Result<(), StoreError> {
    let lists: i64 = transaction
        .prepare_cached("SELECT count(*) FROM scope_attempt WHERE scope_id = ?1 AND run_id >= ?2")?
        .query_row(params![terms.scope_id, since], |row| row.get(0))?;
    if lists > LISTS {
        return Ok(());
    }
    for table in ["entity_version", "link_version"] {
        let close = format!(
            "UPDATE {table} SET to_run = ?2, ended = 'scope_gone' WHERE scope_id = ?1 AND to_run IS NULL AND EXISTS (
                 SELECT 1 FROM scope AS other
                 JOIN {table} AS shown ON shown.scope_id = other.id AND shown.key = {table}.key AND shown.to_run IS NULL
                 LEFT JOIN scope_settings AS chosen ON chosen.scope_id = other.id
                 WHERE other.source_id = ?3 AND other.first_run >= ?4 AND shown.first_run >= ?4
                     AND other.gone_run IS NULL AND chosen.left_out_run IS NULL)"
        );
        transaction.prepare_cached(&close)?.execute(params![scope_id, terms.run_id, source_id, since])?;
    }
    Ok(())
}
