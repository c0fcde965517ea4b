//! The first filling of a database goes past the write-ahead log.
//!
//! Through the log every page is written twice and read once more. A rollback journal keeps what pages were like before,
//! and pages that a first scan adds at the end were like nothing: they are written once, and a process that dies leaves
//! a small journal from which the next one restores what was there. The price is that nobody can read meanwhile, so it is
//! paid only while there is nothing worth reading: until the first scan of all has ended.

use rusqlite::{Connection, ErrorCode};

use super::{BUSY_TIMEOUT, Store, StoreError};

/// Less than this is written before the journal has been changed, in bytes. In tests shall even small scans take this way.
const WORTH_IT: u64 = if cfg!(debug_assertions) { 4 << 10 } else { 8 << 20 };

impl Store {
    /// Leaves the log for the next transaction, which adds rows of so many bytes to a scope that has none, where that is
    /// worth it and nobody else has the database open. Returns whether it did.
    pub(super) fn begin_filling(&self, bytes: u64) -> Result<bool, StoreError> {
        if bytes < WORTH_IT || has_been_filled(&self.connection)? {
            return Ok(false);
        }
        self.connection.busy_timeout(std::time::Duration::ZERO)?;
        let mode = journal(&self.connection, "delete");
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        match mode {
            Ok(mode) if mode == "delete" => {}
            Ok(_) => return Ok(false),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        // Of millions of new rows that were all made alike, a fifth of the time would go into checking each.
        self.connection.pragma_update(None, "ignore_check_constraints", true)?;
        Ok(true)
    }

    /// Takes the log up again. While somebody reads it cannot be; then whoever writes next tries again.
    pub(super) fn end_filling(&self) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "ignore_check_constraints", false)?;
        match journal(&self.connection, "wal") {
            Ok(_) => Ok(()),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn has_been_filled(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM run WHERE finished_at IS NOT NULL)", [], |row| row.get(0))
}

fn journal(connection: &Connection, mode: &str) -> rusqlite::Result<String> {
    connection.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |row| row.get(0))
}
