//! The inventory on disk: one SQLite file, and all of the SQL.
//!
//! What each scope of each source showed stands in interval tables (`entity_version`, `link_version`): the current state
//! is the rows that no run has ended, so log and state cannot disagree, and any earlier time can be asked for. Two sources
//! that see one thing keep two rows, and so do two scopes of one source: a thing that moves from one scope to another
//! ends in the one only when that one's own complete scans confirm it, and meanwhile stands in both, so it is never gone
//! in between. [`crate::graph`] merges rows into things.
//!
//! - A [`Writer`] applies each finished scope in one transaction. Unchanged rows cost no write; a scope that was stopped
//!   leaves no trace.
//! - Only a complete attempt misses anything, and only a confirmed absence closes it (see `store/absence.rs`).
//! - [`Store::load`] streams a state, now or as of a time, in the row types of [`crate::graph`]; [`Store::graph`] makes
//!   the graph of one.
//! - [`Store::lives`], [`Store::forms`] and [`Store::save_findings`] keep the life of findings; what their life is, others decide.
//! - [`ScanLock`] keeps two scanners apart; a fence in each transaction refuses whoever scans without it.
//!
//! The store does not know connectors, rules or the clock: every time is given to it, and everything that a scan writes is
//! dated by the time that [`Store::begin_run`] got.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

mod absence;
mod activity;
mod apply;
mod before;
mod body;
mod counts;
mod coverage;
mod diff;
mod digest;
mod ended;
mod error;
mod file;
mod fill;
mod findings;
mod imprint;
mod intern;
mod known;
mod left_out;
mod load;
mod load_coverage;
mod load_graph;
mod lock;
mod memory;
#[cfg(test)]
mod model;
mod schema;
mod spill;
mod stage;
mod used;
mod writer;

pub use apply::{Applied, Tally};
pub use before::Shown;
pub use counts::Counts;
pub use diff::{Diff, EntityChange, FindingChange};
pub use error::StoreError;
pub use lock::ScanLock;
pub use schema::schema_sql;
pub use writer::Writer;

/// How long to wait for another connection's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The page size of a new database: a tenth faster to fill than SQLite's 4096.
const PAGE_BYTES: i64 = 8192;
/// SQLite's page cache, in KiB: index pages of a first scan of millions stay in memory.
const CACHE_KIB: i64 = 128 * 1024;
/// The write-ahead log is cut back to this after it grew, in bytes.
const WAL_LIMIT: i64 = 64 << 20;

/// An open database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the database for writing; makes it (0600, in a 0700 directory) where there is none, and brings it to this
    /// build's schema. After a scan that did not end in good order, the whole file is checked first.
    ///
    /// # Errors
    /// When the file is not ours to use: damaged, another application's, of a newer schema, readable by others, owned by
    /// somebody else, a link, or on a network file system.
    pub fn open(database: &Path) -> Result<Self, StoreError> {
        schema::require_sound_sqlite(rusqlite::version_number(), rusqlite::version())?;
        file::create_directory(database)?;
        let path = file::resolve(database)?;
        file::create_private(&path)?;
        file::require_private(&path)?;
        file::require_local(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let mut connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Refuse before the first write: switching to WAL would already change another application's file.
        schema::version(&connection, &path)?;
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "full")?;
        // No row is ever deleted, and what a row refers to is made before it, in its own transaction: looking it up again
        // for each of millions of rows would cost a third of their insertion. Tests check the keys afterwards.
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update_and_check(None, "journal_size_limit", WAL_LIMIT, |_| Ok(()))?;
        schema::migrate(&mut connection, &path)?;
        let store = Self { connection, path };
        if store.stopped_in_mid_scan()? {
            store.check()?;
        }
        Ok(store)
    }

    /// Opens the database for reading alone. A reader never blocks a scan and is never blocked by one, but for the first of
    /// all (see `store/fill.rs`); it sees the state as of the last applied scope.
    ///
    /// # Errors
    /// As [`Store::open`], and when there is no database or its schema is older than this build's.
    pub fn open_read_only(database: &Path) -> Result<Self, StoreError> {
        schema::require_sound_sqlite(rusqlite::version_number(), rusqlite::version())?;
        let missing = |_| StoreError::Missing { path: database.to_owned() };
        let path = file::resolve(database).map_err(missing)?;
        file::require_private(&path)?;
        file::require_local(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let found = match schema::version(&connection, &path) {
            // A first scan that died in its journal: who may write puts back what was there before.
            Err(StoreError::ReadOnly) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
                schema::version(&Connection::open_with_flags(&path, flags)?, &path)?;
                schema::version(&connection, &path)?
            }
            found => found?,
        };
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let supported = schema::newest();
        if found < supported {
            return Err(StoreError::OlderSchema { path, found, supported });
        }
        Ok(Self { connection, path })
    }

    /// Where the database is, with its directory resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that the database is whole; reads all of it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with what is wrong.
    pub fn check(&self) -> Result<(), StoreError> {
        let first: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if first == "ok" { Ok(()) } else { Err(StoreError::Corrupt { detail: first }) }
    }

    fn stopped_in_mid_scan(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM run WHERE id = (SELECT max(id) FROM run) AND finished_at IS NULL)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Limits the size of the file, so that tests can fill the disk without being root.
    #[doc(hidden)]
    pub fn limit_pages(&self, pages: i64) -> Result<(), StoreError> {
        Ok(self.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
    }
}
