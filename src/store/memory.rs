//! What connectors want to be told at their next attempt at a scope. Its meaning is theirs alone.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Store, StoreError};

impl Store {
    /// What the latest applied attempt at a scope of a source asked to be told.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn recall(&self, source: &str, scope: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut find = self.connection.prepare_cached(
            "SELECT m.body FROM scope_memory m JOIN scope c ON c.id = m.scope_id JOIN source s ON s.id = c.source_id
             WHERE s.name = ?1 AND c.name = ?2",
        )?;
        Ok(find.query_row(params![source, scope], |row| row.get(0)).optional()?)
    }
}

/// Keeps what an attempt asked to be told; the same as before costs no write.
pub(super) fn remember(
    transaction: &Transaction<'_>,
    scope_id: i64,
    run_id: i64,
    body: &[u8],
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO scope_memory (scope_id, run_id, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (scope_id) DO UPDATE SET run_id = excluded.run_id, body = excluded.body
             WHERE body <> excluded.body",
        )?
        .execute(params![scope_id, run_id, body])?;
    Ok(())
}

/// Forgets what scopes that are gone asked to be told.
pub(super) fn forget_gone(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = "DELETE FROM scope_memory WHERE scope_id IN (SELECT id FROM scope WHERE gone_run IS NOT NULL)";
    transaction.execute(sql, [])?;
    Ok(())
}
