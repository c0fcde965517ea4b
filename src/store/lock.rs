//! The lock that lets one process at a time scan into a database.
//!
//! It is an advisory lock on a file beside the database, so it ends with its process, however that ends; the text in
//! the file only names the holder. Readers do not take it.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use whosekey_sdk::Timestamp;

use super::{StoreError, file};

/// Held while this process scans into the database; released when dropped.
#[derive(Debug)]
pub struct ScanLock {
    _file: File,
}

#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    since: Timestamp,
}

impl ScanLock {
    /// Takes the lock of the database at this path, which need not exist yet.
    ///
    /// # Errors
    /// [`StoreError::Locked`], naming the holder, when another process scans into it.
    pub fn acquire(database: &Path, now: Timestamp) -> Result<Self, StoreError> {
        file::create_directory(database)?;
        let path = file::beside(&file::resolve(database)?, ".lock");
        let io = |source| StoreError::Io { path: path.clone(), source };
        let descriptor = rustix::fs::open(
            &path,
            OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::RUSR | Mode::WUSR,
        );
        let mut lock = match descriptor {
            Ok(descriptor) => File::from(descriptor),
            Err(rustix::io::Errno::LOOP) => return Err(StoreError::Symlink { path }),
            Err(errno) => return Err(io(errno.into())),
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held_by(&mut lock)),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let holder = Holder {
            pid: std::process::id(),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            since: now,
        };
        let mut text = serde_json::to_vec(&holder)?;
        text.push(b'\n');
        lock.set_len(0).and_then(|()| lock.write_all(&text)).map_err(io)?;
        Ok(Self { _file: lock })
    }
}

/// The holder writes its name right after it took the lock; who comes between the two learns less.
fn held_by(lock: &mut File) -> StoreError {
    let mut text = Vec::new();
    let read = lock.seek(SeekFrom::Start(0)).and_then(|_| lock.take(4096).read_to_end(&mut text));
    let holder = read.ok().and_then(|_| serde_json::from_slice::<Holder>(&text).ok());
    match holder {
        Some(Holder { pid, host, since }) => {
            StoreError::Locked { pid: Some(pid), host: Some(host), since: Some(since) }
        }
        None => StoreError::Locked { pid: None, host: None, since: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_scanner_is_told_who_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("whosekey.db");
        let now = Timestamp::from_secs(1_800_000_000);
        let held = ScanLock::acquire(&database, now).unwrap();
        let error = ScanLock::acquire(&database, now).unwrap_err();
        assert!(matches!(error, StoreError::Locked { pid: Some(pid), since: Some(since), .. }
            if pid == std::process::id() && since == now));
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(held);
        ScanLock::acquire(&database, now).unwrap();
    }

    #[test]
    fn a_lock_file_that_is_a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("precious");
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, dir.path().join("whosekey.db.lock")).unwrap();
        let error = ScanLock::acquire(&dir.path().join("whosekey.db"), Timestamp::from_secs(0)).unwrap_err();
        assert!(matches!(error, StoreError::Symlink { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    }
}
