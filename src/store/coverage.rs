//! Sources, scopes, and the ledger of every attempt at them.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use whosekey_sdk::{Attempt, Scope, Timestamp};

use super::StoreError;
use super::absence::{self, Drop, Fate, Silence};
use super::apply::{Applied, Terms};
use super::left_out::{self, Settings};

/// The scope that is the list of a source's scopes.
pub(super) const LIST: &str = "*";

/// The row of a source, made or brought up to date.
pub(super) fn source(transaction: &Transaction<'_>, name: &str, connector: &str) -> Result<i64, StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO source (name, connector) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET connector = excluded.connector WHERE connector <> excluded.connector",
        )?
        .execute(params![name, connector])?;
    Ok(transaction.query_row("SELECT id FROM source WHERE name = ?1", params![name], |row| row.get(0))?)
}

/// The row of a scope, if there is one.
pub(super) fn find_scope(connection: &Connection, source_id: i64, name: &str) -> Result<Option<i64>, StoreError> {
    let mut find = connection.prepare_cached("SELECT id FROM scope WHERE source_id = ?1 AND name = ?2")?;
    Ok(find.query_row(params![source_id, name], |row| row.get(0)).optional()?)
}

/// The row of a scope, made where there was none. What it covers, and whether it forgets, is only
/// known from the list of scopes.
pub(super) fn scope(
    transaction: &Transaction<'_>,
    source_id: i64,
    name: &str,
    listed: Option<&Scope>,
    run_id: i64,
) -> Result<i64, StoreError> {
    let text = serde_json::to_string(listed.map(|scope| scope.covers.as_slice()).unwrap_or_default())?;
    let scope_id = match find_scope(transaction, source_id, name)? {
        Some(scope_id) => {
            if listed.is_some() {
                transaction
                    .prepare_cached("UPDATE scope SET covers = ?2 WHERE id = ?1 AND covers <> ?2")?
                    .execute(params![scope_id, text])?;
            }
            scope_id
        }
        None => transaction
            .prepare_cached("INSERT INTO scope (source_id, name, covers, first_run) VALUES (?1, ?2, ?3, ?4)")?
            .insert(params![source_id, name, text, run_id])?,
    };
    if let Some(listed) = listed {
        let note = if listed.forgets {
            "INSERT INTO forgetting_scope (scope_id) VALUES (?1) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM forgetting_scope WHERE scope_id = ?1"
        };
        transaction.prepare_cached(note)?.execute(params![scope_id])?;
    }
    Ok(scope_id)
}

/// Whether the scope's source forgets, as far as it was ever listed.
pub(super) fn forgets(connection: &Connection, scope_id: i64) -> Result<bool, StoreError> {
    let mut find = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM forgetting_scope WHERE scope_id = ?1)")?;
    Ok(find.query_row(params![scope_id], |row| row.get(0))?)
}

/// A scope that is listed or collected exists.
pub(super) fn unretire(transaction: &Transaction<'_>, scope_id: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE scope SET missed_lists = 0, gone_run = NULL
             WHERE id = ?1 AND (missed_lists > 0 OR gone_run IS NOT NULL)",
        )?
        .execute(params![scope_id])?;
    left_out::looked_at(transaction, scope_id)
}

/// The last run that saw this scope whole; 0 when none did.
pub(super) fn last_complete_run(connection: &Connection, scope_id: i64) -> Result<i64, StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT ifnull(max(run_id), 0) FROM scope_attempt WHERE scope_id = ?1 AND outcome = 'complete'",
    )?;
    Ok(find.query_row(params![scope_id], |row| row.get(0))?)
}

/// The time of the last run that saw this scope whole.
pub(super) fn last_complete_at(connection: &Connection, scope_id: i64) -> Result<Option<Timestamp>, StoreError> {
    let run_id = last_complete_run(connection, scope_id)?;
    let mut find = connection.prepare_cached("SELECT started_at FROM run WHERE id = ?1")?;
    Ok(find.query_row(params![run_id], |row| row.get(0)).optional()?.map(Timestamp::from_millis))
}

/// Writes an attempt into the ledger.
pub(super) fn note_attempt(
    transaction: &Transaction<'_>,
    scope_id: i64,
    run_id: i64,
    attempt: &Attempt,
    applied: &Applied,
) -> Result<(), StoreError> {
    let Applied { entities, links, suspect } = applied;
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(
            "INSERT INTO scope_attempt (scope_id, run_id, outcome, records, requests, started_at, finished_at, issues,
                 suspect, opened, changed, missing, closed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            scope_id,
            run_id,
            attempt.outcome.as_str(),
            count(attempt.records),
            count(attempt.requests),
            attempt.started_at.as_millis(),
            attempt.finished_at.as_millis(),
            serde_json::to_string(&attempt.issues)?,
            suspect,
            count(entities.opened + links.opened),
            count(entities.changed + links.changed),
            count(entities.missing + links.missing),
            count(entities.closed + links.closed),
        ])?;
    Ok(())
}

/// Applies a list of scopes, which the source has under these settings. The tally of entities in the result counts scopes;
/// `closed` are scopes that are gone, with everything in them.
pub(super) fn list(
    transaction: &Transaction<'_>,
    source_id: i64,
    scopes: &[Scope],
    settings: &Settings,
    attempt: &Attempt,
    terms: Terms,
) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    let mut listed = HashSet::new();
    for one in scopes {
        let known = find_scope(transaction, source_id, &one.name)?.is_some();
        let scope_id = scope(transaction, source_id, &one.name, Some(one), terms.run_id)?;
        unretire(transaction, scope_id)?;
        left_out::listed(transaction, scope_id, settings)?;
        if listed.insert(scope_id) {
            let tally = &mut applied.entities;
            *(if known { &mut tally.unchanged } else { &mut tally.opened }) += 1;
        }
    }
    if terms.silence == Silence::Misses {
        miss(transaction, source_id, &listed, (settings, attempt), terms, &mut applied)?;
    }
    note_attempt(transaction, terms.scope_id, terms.run_id, attempt, &applied)?;
    Ok(applied)
}

fn miss(
    transaction: &Transaction<'_>,
    source_id: i64,
    listed: &HashSet<i64>,
    (settings, attempt): (&Settings, &Attempt),
    terms: Terms,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    // Scopes that this very list made known were not there to be missed.
    let mut existing: Vec<(i64, u32)> = transaction
        .prepare_cached(
            "SELECT id, missed_lists FROM scope
             WHERE source_id = ?1 AND name <> ?2 AND gone_run IS NULL AND first_run <= ?3 ORDER BY id",
        )?
        .query_map(params![source_id, LIST, terms.run_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let unlisted: Vec<i64> = existing.iter().map(|(id, _)| *id).filter(|id| !listed.contains(id)).collect();
    let left_out = left_out::mark(transaction, source_id, &unlisted, settings, attempt, terms)?;
    existing.retain(|(id, _)| !left_out.contains(id));
    let absent: Vec<(i64, u32)> = existing.iter().filter(|(id, _)| !listed.contains(id)).copied().collect();
    let opened = usize::try_from(applied.entities.opened).unwrap_or(usize::MAX);
    let newly_missing = absent.iter().filter(|(_, missed)| *missed == 0).count();
    let drop = Drop {
        current: existing.len().saturating_sub(opened),
        present: existing.len().saturating_sub(opened + (absent.len() - newly_missing)),
        newly_missing,
        unseen: absent.len(),
    };
    applied.suspect = drop.is_suspect();
    for (scope_id, missed_before) in absent {
        if missed_before == 0 {
            applied.entities.missing += 1;
        }
        match absence::judge(missed_before, terms.confirm_absence, applied.suspect) {
            Fate::Missing(missed) => {
                transaction
                    .prepare_cached("UPDATE scope SET missed_lists = ?2 WHERE id = ?1")?
                    .execute(params![scope_id, missed])?;
            }
            Fate::Gone(missed) => {
                retire(transaction, scope_id, missed, terms.run_id)?;
                applied.entities.closed += 1;
            }
        }
    }
    Ok(())
}

/// Closes a scope that no longer exists, and everything that it showed: otherwise a deleted account would leave things
/// behind that no scan ever looks for again. Nor is it as it was before, should it come back.
fn retire(transaction: &Transaction<'_>, scope_id: i64, missed: u32, run_id: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE scope SET missed_lists = ?2, gone_run = ?3 WHERE id = ?1")?
        .execute(params![scope_id, missed, run_id])?;
    for close in [
        "UPDATE entity_version SET to_run = ?2, ended = 'scope_gone' WHERE scope_id = ?1 AND to_run IS NULL",
        "UPDATE link_version SET to_run = ?2, ended = 'scope_gone' WHERE scope_id = ?1 AND to_run IS NULL",
    ] {
        transaction.prepare_cached(close)?.execute(params![scope_id, run_id])?;
    }
    transaction.prepare_cached("DELETE FROM scope_imprint WHERE scope_id = ?1")?.execute(params![scope_id])?;
    Ok(())
}
