//! What can keep the store from its work. All of these are fatal to the command that meets them; what the world does to a
//! scope is not here, but in the coverage.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use whosekey_sdk::Timestamp;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database to read.
    #[error("{} does not exist: run `whosekey scan` first", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The path is a symbolic link, which could point the inventory at another file.
    #[error("{} is a symbolic link: give the path of the database itself", path.display())]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// The path is a directory, a device or a pipe.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Others may read or write the file.
    #[error("{} is open to others (mode {mode:04o}): run `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to somebody else.
    #[error("{} belongs to user {owner}, not to the user {user} that runs whosekey", path.display())]
    ForeignOwner {
        /// The file.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
        /// Our user id.
        user: u32,
    },
    /// The directory is on a network file system, where SQLite's write-ahead log has no shared memory.
    #[error("{} is on a network file system ({kind}): put the database on a local disk", path.display())]
    NetworkFileSystem {
        /// The database.
        path: PathBuf,
        /// The file system's name.
        kind: &'static str,
    },
    /// The file is not a whole database. It is never deleted or repaired by itself.
    #[error("the database is damaged ({detail}): restore a backup, or move it away and scan anew")]
    Corrupt {
        /// What SQLite says.
        detail: String,
    },
    /// A database of some other program.
    #[error("{} is a database of another application (application id {found:#010x})", path.display())]
    OtherApplication {
        /// The file.
        path: PathBuf,
        /// Its application id.
        found: i32,
    },
    /// A newer whosekey wrote it.
    #[error("{} has schema {found}, this whosekey knows up to {supported}: use the newer whosekey", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest that this build knows.
        supported: i64,
    },
    /// An older whosekey wrote it, and it was opened for reading alone.
    #[error("{} has schema {found}, older than {supported}: the next `whosekey scan` upgrades it", path.display())]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The version that this build reads.
        supported: i64,
    },
    /// SQLite before 3.51.3 can corrupt a database in WAL mode (<https://sqlite.org/wal.html#walresetbug>).
    #[error("SQLite {found} is linked, and before 3.51.3 it can corrupt its write-ahead log: use the bundled SQLite")]
    OldSqlite {
        /// The version that is linked.
        found: &'static str,
    },
    /// Another process is scanning into this database.
    #[error("another process is scanning into this database: {}", holder(.pid, .host, .since))]
    Locked {
        /// Its process id, when its lock file could be read.
        pid: Option<u32>,
        /// The host that it runs on.
        host: Option<String>,
        /// When it took the lock.
        since: Option<Timestamp>,
    },
    /// A newer scan began while this writer was at work; nothing of it was applied.
    #[error("a newer scan (run {newer}) began while run {ours} was being written")]
    Superseded {
        /// The run of this writer.
        ours: i64,
        /// The newest run.
        newer: i64,
    },
    /// The writer was told of a source that its run did not announce.
    #[error("source {0:?} is not part of this run")]
    UnknownSource(String),
    /// No finding has this id.
    #[error("there is no finding {0:?}")]
    UnknownFinding(String),
    /// No room for the database or its write-ahead log. The last applied scope stands.
    #[error("no space is left for the database: what was there before stands")]
    Full,
    /// The file or its directory may not be written.
    #[error("the database cannot be written: it, or its directory, is read-only")]
    ReadOnly,
    /// Another connection held the database for longer than the time we wait.
    #[error("the database stayed busy: another process is writing to it")]
    Busy,
    /// A row holds what this build cannot read.
    #[error("a row of the database cannot be understood")]
    Content(#[from] serde_json::Error),
    /// A row holds a word that this build does not know.
    #[error("a row of the database holds the unknown word {0:?}")]
    UnknownWord(String),
    /// A scope was said to be as before, and is not; a bug.
    #[error("scope {scope:?} is not as it was before")]
    NotAsBefore {
        /// The scope's name.
        scope: String,
    },
    /// The operating system refused a file operation.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The spill file of records that wait for their scope's end.
    #[error("the temporary file of a scope in progress")]
    Spill(#[source] std::io::Error),
    /// Everything else that SQLite can say.
    #[error(transparent)]
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { detail: error.to_string() },
            _ => Self::Sql(error),
        }
    }
}

fn holder(pid: &Option<u32>, host: &Option<String>, since: &Option<Timestamp>) -> String {
    let mut text = match pid {
        Some(pid) => format!("process {pid}"),
        None => "its lock file does not say which".to_owned(),
    };
    if let Some(host) = host {
        text.push_str(&format!(" on {}", host.escape_debug()));
    }
    if let Some(since) = since {
        text.push_str(&format!(", since {since}"));
    }
    text
}
