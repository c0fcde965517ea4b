//! Use that moved: of things that a scope lists, and of things that it only saw in a log.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Transaction, params};
use whosekey_sdk::{Activity, Timestamp};

use super::StoreError;
use super::apply::Terms;
use super::body::UseFacts;
use super::{coverage, used};

/// Notes the use facts of versions that are otherwise unchanged.
pub(super) fn apply_moved(
    transaction: &Transaction<'_>,
    moved: &BTreeMap<i64, UseFacts>,
    run_id: i64,
) -> Result<(), StoreError> {
    let mut write = transaction.prepare_cached(
        "INSERT INTO entity_use (version_id, last_used_at, use_tracked_since, moved_run) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (version_id) DO UPDATE SET last_used_at = excluded.last_used_at,
             use_tracked_since = excluded.use_tracked_since, moved_run = excluded.moved_run",
    )?;
    for (version, used) in moved {
        let (last_used_at, use_tracked_since) = used.to_columns();
        write.execute(params![version, last_used_at, use_tracked_since, run_id])?;
    }
    Ok(())
}

/// Joins what the scope saw of use with what it saw before; what it already knew costs no write.
pub(super) fn apply(
    transaction: &Transaction<'_>,
    seen: &BTreeMap<String, Activity>,
    terms: Terms,
) -> Result<(), StoreError> {
    if seen.is_empty() {
        return Ok(());
    }
    let watched_until = coverage::last_complete_at(transaction, terms.scope_id)?;
    let mut read = transaction.prepare_cached(
        "SELECT last_used_at, tracked_since, because FROM activity WHERE scope_id = ?1 AND subject = ?2",
    )?;
    let mut write = transaction.prepare_cached(
        "INSERT INTO activity (scope_id, subject, last_used_at, tracked_since, because, moved_run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (scope_id, subject) DO UPDATE SET last_used_at = excluded.last_used_at,
             tracked_since = excluded.tracked_since, because = excluded.because, moved_run = excluded.moved_run",
    )?;
    for (subject, now) in seen {
        let before: Option<(Option<i64>, Option<i64>, String)> = read
            .query_row(params![terms.scope_id, subject], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let (last, since, because) = match &before {
            None => (now.last_used_at, now.tracked_since, &now.because),
            Some((last, since, because)) => {
                let last = last.map(Timestamp::from_millis);
                let joined = used::later(last, now.last_used_at);
                let since = used::tracked(since.map(Timestamp::from_millis), now.tracked_since, watched_until);
                (joined, since, if joined == last { because } else { &now.because })
            }
        };
        let (last, since) = (last.map(Timestamp::as_millis), since.map(Timestamp::as_millis));
        if before.as_ref().is_none_or(|(old_last, old_since, _)| (*old_last, *old_since) != (last, since)) {
            write.execute(params![terms.scope_id, subject, last, since, because, terms.run_id])?;
        }
    }
    Ok(())
}
