//! How many rows there are.

use super::{Store, StoreError};

/// Row counts; what a scan of an unchanged estate must not move, but for `attempts` and `runs`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Scans.
    pub runs: u64,
    /// Attempts at scopes.
    pub attempts: u64,
    /// Versions of entities, past and current.
    pub entity_versions: u64,
    /// Current entities, once a scope; missing ones included.
    pub entities: u64,
    /// Versions of links, past and current.
    pub link_versions: u64,
    /// Current links, once a scope; missing ones included.
    pub links: u64,
    /// Versions that a complete scan has missed at some time.
    pub absences: u64,
    /// Versions whose use facts moved.
    pub uses: u64,
    /// Subjects that logs showed in use, once a scope.
    pub activities: u64,
    /// Findings, closed ones included.
    pub findings: u64,
}

impl Store {
    /// Counts the rows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            let count: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
            Ok(u64::try_from(count).expect("a count is not negative"))
        };
        Ok(Counts {
            runs: count("SELECT count(*) FROM run")?,
            attempts: count("SELECT count(*) FROM scope_attempt")?,
            entity_versions: count("SELECT count(*) FROM entity_version")?,
            entities: count("SELECT count(*) FROM entity_version WHERE to_run IS NULL")?,
            link_versions: count("SELECT count(*) FROM link_version")?,
            links: count("SELECT count(*) FROM link_version WHERE to_run IS NULL")?,
            absences: count("SELECT (SELECT count(*) FROM entity_absence) + (SELECT count(*) FROM link_absence)")?,
            uses: count("SELECT count(*) FROM entity_use")?,
            activities: count("SELECT count(*) FROM activity")?,
            findings: count("SELECT count(*) FROM finding")?,
        })
    }
}
