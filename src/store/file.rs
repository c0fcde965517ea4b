//! The database's files: made private, and refused when they are not.
//!
//! Invariant: nobody but the user who runs whosekey can read what it stores. The inventory names every key that an
//! organisation has and says which of them nobody watches.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::StoreError;

const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_DIR: u32 = 0o700;

/// The path of a file that belongs to a database, such as its `-wal`.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The path with its directory resolved, so that SQLite can be told to follow no link at all: only the last part of a
/// path that a user gives must not be a link.
pub(super) fn resolve(database: &Path) -> Result<PathBuf, StoreError> {
    let io = |source| StoreError::Io { path: database.to_owned(), source };
    let name = database.file_name().ok_or_else(|| StoreError::NotAFile { path: database.to_owned() })?;
    let dir = match database.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    Ok(dir.canonicalize().map_err(io)?.join(name))
}

/// Makes the database's directory, if it is not there, for its owner alone. A directory that is there is left as it is:
/// it is the user's, and the files in it are private by themselves.
pub(super) fn create_directory(database: &Path) -> Result<(), StoreError> {
    let Some(dir) = database.parent().filter(|dir| !dir.as_os_str().is_empty()) else { return Ok(()) };
    let io = |source| StoreError::Io { path: dir.to_owned(), source };
    if dir.exists() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(PRIVATE_DIR).create(dir).map_err(io)?;
    fs::set_permissions(dir, Permissions::from_mode(PRIVATE_DIR)).map_err(io)
}

/// Makes an empty private file where there is none, whatever the umask; follows no link.
pub(super) fn create_private(path: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { path: path.to_owned(), source };
    match OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path) {
        Ok(file) => file.set_permissions(Permissions::from_mode(PRIVATE_FILE)).map_err(io),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(io(error)),
    }
}

/// Refuses a database, or a log of one, that others could read, write or have planted. SQLite gives the `-wal` and
/// `-shm` that it makes the mode of the database.
pub(super) fn require_private(database: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = beside(database, suffix);
        match fs::symlink_metadata(&path) {
            Ok(found) => check(path, &found)?,
            Err(error) if error.kind() == ErrorKind::NotFound && suffix.is_empty() => {
                return Err(StoreError::Missing { path });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(StoreError::Io { path, source }),
        }
    }
    Ok(())
}

fn check(path: PathBuf, found: &fs::Metadata) -> Result<(), StoreError> {
    if found.file_type().is_symlink() {
        return Err(StoreError::Symlink { path });
    }
    if !found.file_type().is_file() {
        return Err(StoreError::NotAFile { path });
    }
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        return Err(StoreError::ForeignOwner { path, owner: found.uid(), user });
    }
    let mode = found.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(StoreError::Exposed { path, mode });
    }
    Ok(())
}

/// Refuses network file systems: two hosts would each see a lock of their own, and a WAL without the other's pages.
#[cfg(target_os = "linux")]
pub(super) fn require_local(database: &Path) -> Result<(), StoreError> {
    // Magic numbers of statfs(2), https://man7.org/linux/man-pages/man2/statfs.2.html (looked up 2026-11-24).
    const NETWORK: [(i64, &str); 5] =
        [(0x6969, "NFS"), (0x517b, "SMB"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB2"), (0x0021_6573, "GlusterFS")];
    let path = database.to_owned();
    let found = rustix::fs::statfs(database).map_err(|e| StoreError::Io { path: path.clone(), source: e.into() })?;
    #[allow(clippy::unnecessary_cast, reason = "the width of f_type differs between architectures")]
    match NETWORK.iter().find(|(magic, _)| *magic == i64::from(found.f_type as u32)) {
        Some((_, kind)) => Err(StoreError::NetworkFileSystem { path, kind }),
        None => Ok(()),
    }
}

/// Other systems have no common way to ask.
#[cfg(not(target_os = "linux"))]
pub(super) fn require_local(_: &Path) -> Result<(), StoreError> {
    Ok(())
}
