//! The schema's versions: which there are, how a database gets to the newest, and which databases are refused.
//!
//! Migrations go forward only. `PRAGMA user_version` counts them, so that a half-migrated database cannot be: the number
//! changes in the transaction that changes the tables.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// "whok": marks the file as ours for `file(1)` and refuses other applications' databases.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"whok");

/// The first SQLite without the WAL-reset corruption, <https://sqlite.org/wal.html#walresetbug>.
const OLDEST_SQLITE: i32 = 3_051_003;

const MIGRATIONS: [&str; 5] = [
    include_str!("../../schema/migrations/0001_initial.sql"),
    include_str!("../../schema/migrations/0002_scope_memory.sql"),
    include_str!("../../schema/migrations/0003_forgetting_scopes.sql"),
    include_str!("../../schema/migrations/0004_imprints.sql"),
    include_str!("../../schema/migrations/0005_scope_settings.sql"),
];

/// The newest schema that this build knows.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("migrations are counted by hand")
}

/// Refuses a SQLite that corrupts write-ahead logs.
pub(super) fn require_sound_sqlite(version: i32, name: &'static str) -> Result<(), StoreError> {
    if version < OLDEST_SQLITE { Err(StoreError::OldSqlite { found: name }) } else { Ok(()) }
}

/// The schema version of a database of ours; 0 for an empty file.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id")?;
    let found = pragma("user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let empty = application == 0 && found == 0 && tables == 0;
    if application != i64::from(APPLICATION_ID) && !empty {
        let found = i32::try_from(application).expect("SQLite keeps it in 32 bits");
        return Err(StoreError::OtherApplication { path: path.to_owned(), found });
    }
    if found > newest() {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found, supported: newest() });
    }
    Ok(found)
}

/// Brings a database to the newest schema, each step in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if version(connection, path)? == newest() {
        return Ok(());
    }
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again inside the transaction: another process may have migrated while we waited for it.
        let done = version(&step, path)?;
        let Some(sql) = usize::try_from(done).ok().and_then(|done| MIGRATIONS.get(done)) else { return Ok(()) };
        step.execute_batch(sql)?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", done + 1)?;
        step.commit()?;
    }
}

/// What all migrations add up to, as SQL: the text of `schema/schema.sql`.
///
/// # Errors
/// When a migration is not valid SQL.
pub fn schema_sql() -> Result<String, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    migrate(&mut connection, Path::new(":memory:"))?;
    let mut statement = connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")?;
    let statements = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut text = String::from(
        "-- What schema/migrations add up to. Generated; a test compares. Times are milliseconds since 1970-01-01T00:00:00Z.\n",
    );
    for statement in statements {
        text.push('\n');
        text.push_str(&statement);
        text.push_str(";\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_that_corrupts_its_log_is_refused_and_the_bundled_one_is_not() {
        assert!(require_sound_sqlite(3_051_002, "3.51.2").is_err());
        assert!(require_sound_sqlite(3_040_001, "3.40.1").is_err());
        require_sound_sqlite(rusqlite::version_number(), rusqlite::version()).unwrap();
    }

    #[test]
    fn the_schema_file_is_what_the_migrations_add_up_to() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/schema.sql");
        #[expect(clippy::disallowed_methods, reason = "the switch of `cargo xtask schema`, which no user ever sets")]
        if std::env::var_os("WHOSEKEY_UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, schema_sql().unwrap()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), schema_sql().unwrap());
    }

    #[test]
    fn each_table_and_each_column_has_a_comment() {
        for statement in MIGRATIONS.concat().split(";\n").filter(|s| s.contains("CREATE TABLE")) {
            let (head, body) = statement.split_once("(\n").expect("a table opens with a parenthesis");
            let name = head.rsplit("CREATE TABLE").next().unwrap().trim();
            let mut lines = body.lines();
            assert!(lines.next().unwrap().trim().starts_with("-- "), "table {name} has no comment");
            for line in lines.map(str::trim).filter(|line| !line.starts_with(['-', ')'])) {
                assert!(line.starts_with("CONSTRAINT") || line.contains("-- "), "{name}: {line}");
            }
            assert!(
                statement.trim_end().trim_end_matches(", WITHOUT ROWID").ends_with("STRICT"),
                "{name} is not STRICT"
            );
        }
    }

    #[test]
    fn each_check_has_a_name() {
        for line in MIGRATIONS.concat().lines().filter(|line| line.contains("CHECK (")) {
            assert!(line.trim().starts_with("CONSTRAINT "), "{line}");
        }
    }
}
