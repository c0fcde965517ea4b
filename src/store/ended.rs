//! What has ended by itself, so that nobody need list it any more: what has expired, and what was said of a thing that is
//! gone. Asked only of what an attempt did not show, which is little.

use rusqlite::{Connection, OptionalExtension as _, params};
use whosekey_sdk::{Fact, Timestamp};

use super::StoreError;
use super::digest::Digester;

/// Those of these entities' versions that are known to have expired by this run.
pub(super) fn expired(connection: &Connection, versions: &[i64], run_id: i64) -> Result<Vec<i64>, StoreError> {
    let now = connection.query_row("SELECT started_at FROM run WHERE id = ?1", params![run_id], |row| row.get(0))?;
    let now = Timestamp::from_millis(now);
    let mut read = connection.prepare_cached("SELECT body -> '$.expires_at' FROM entity_version WHERE id = ?1")?;
    let mut expired = Vec::new();
    for &version in versions {
        let text: Option<String> = read.query_row(params![version], |row| row.get(0))?;
        let expires_at: Fact<Option<Timestamp>> = match text {
            Some(text) => serde_json::from_str(&text)?,
            None => Fact::NotExposed,
        };
        if matches!(expires_at, Fact::Known(Some(end)) if end <= now) {
            expired.push(version);
        }
    }
    Ok(expired)
}

/// Those of these links' versions whose subject, the entity that they start at, is gone: some scope confirmed it, and no
/// scope of any source has it. A subject that was never listed is not gone, nor is one that is known by an alias.
pub(super) fn about_what_is_gone(connection: &Connection, versions: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut subject = connection.prepare_cached("SELECT body ->> '$.from' FROM link_version WHERE id = ?1")?;
    let mut was_closed = connection.prepare_cached(
        "SELECT 1 FROM entity_version WHERE key = ?1 AND (ended = 'gone' OR ended = 'scope_gone') LIMIT 1",
    )?;
    // Scope by scope, which is how the index of current versions is sorted.
    let mut is_there = connection.prepare_cached(
        "SELECT 1 FROM scope AS c
         WHERE EXISTS (SELECT 1 FROM entity_version WHERE scope_id = c.id AND key = ?1 AND to_run IS NULL) LIMIT 1",
    )?;
    let mut digester = Digester::default();
    let mut ended = Vec::new();
    for &version in versions {
        let from: String = subject.query_row(params![version], |row| row.get(0))?;
        let key = digester.entity_key(&from).0;
        let found = |statement: &mut rusqlite::CachedStatement<'_>| {
            statement.query_row(params![key], |_| Ok(())).optional().map(|row| row.is_some())
        };
        if found(&mut was_closed)? && !found(&mut is_there)? {
            ended.push(version);
        }
    }
    Ok(ended)
}
