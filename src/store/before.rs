//! Which scopes are still as they were last shown: those need not be shown again by who can tell that he would show the
//! same.
//!
//! A scope is when its latest attempt was complete and believed, by a carrier that gave a digest of all that it showed,
//! and nothing of it is missing or gone with the scope. Showing the same again would then change no row: the absence of
//! what is missing would be confirmed by it, so such a scope is not as before.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError, imprint};

macro_rules! before_sql {
    ($what:literal, $which:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM scope_imprint AS i JOIN scope AS c ON c.id = i.scope_id JOIN source AS s ON s.id = c.source_id
             WHERE i.digest IS NOT NULL AND ",
            imprint::still!(),
            " AND ",
            $which
        )
    };
}

/// How a scope was shown: its digest, and how many records it had.
pub type Shown = ([u8; 32], u64);

impl Store {
    /// The scopes that are as they were last shown, by source and scope name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn before(&self) -> Result<HashMap<(String, String), Shown>, StoreError> {
        let mut find = self.connection.prepare_cached(before_sql!(
            "s.name, c.name, i.digest, (SELECT records FROM scope_attempt WHERE scope_id = c.id
                 ORDER BY run_id DESC, id DESC LIMIT 1)",
            "true"
        ))?;
        let rows = find.query_map([], |row| {
            let records = u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0);
            Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, records)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The digest of a scope that is as it was last shown.
pub(super) fn of_scope(connection: &Connection, source_id: i64, scope: &str) -> Result<Option<[u8; 32]>, StoreError> {
    let mut find = connection.prepare_cached(before_sql!("i.digest", "s.id = ?1 AND c.name = ?2"))?;
    Ok(find.query_row(params![source_id, scope], |row| row.get(0)).optional()?)
}
