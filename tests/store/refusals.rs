//! Files that the store makes, and files that it refuses.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;
use tempfile::TempDir;
use whosekey::store::{Store, StoreError};

use crate::world::*;

const CHILD: &str = "WHOSEKEY_TEST_DATABASE";

fn database() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whosekey.db");
    (dir, path)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn private(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The refusal of both ways to open, as a person reads it.
fn refusal(path: &Path) -> String {
    let before = fs::read(path).ok();
    let error = Store::open(path).unwrap_err().to_string();
    assert_eq!(Store::open_read_only(path).unwrap_err().to_string(), error);
    assert_eq!(fs::read(path).ok(), before, "what is refused is not touched");
    error
}

#[test]
fn a_new_database_is_private_whatever_the_umask() {
    for umask in ["000", "077", "277"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/whosekey/whosekey.db");
        let status = Command::new("sh")
            .args(["-c", "umask $1; exec \"$0\" --exact refusals::child_writes_a_database --ignored --quiet"])
            .arg(std::env::current_exe().unwrap())
            .arg(umask)
            .env(CHILD, &path)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        for folder in ["state", "state/whosekey"] {
            assert_eq!(mode(&dir.path().join(folder)) & 0o077, 0, "{folder} with umask {umask}");
        }
        for (file, wanted) in [("", 0o600), ("-wal-copy", 0o600), ("-shm-copy", 0o600)] {
            let file = format!("{}{file}", path.display());
            assert_eq!(mode(Path::new(&file)), wanted, "{file} with umask {umask}");
        }
    }
}

#[test]
#[ignore = "is run by another test, in a process with another umask"]
fn child_writes_a_database() {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let mut store = Store::open(&path).unwrap();
    store.begin_run(day(0), &[("aws", "aws")], 2).unwrap().finish().unwrap();
    let _writer = store.begin_run(day(1), &[("aws", "aws")], 2).unwrap();
    for log in ["-wal", "-shm"] {
        // The logs go when the last connection does: note their modes in files that stay.
        let log = format!("{}{log}", path.display());
        let noted = format!("{log}-copy");
        fs::write(&noted, "").unwrap();
        fs::set_permissions(&noted, fs::metadata(&log).unwrap().permissions()).unwrap();
    }
}

#[test]
fn a_directory_that_is_there_is_left_as_it_is() {
    let (dir, path) = database();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    Store::open(&path).unwrap();
    assert_eq!(mode(dir.path()), 0o755);
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_database_that_others_may_read_is_refused() {
    for exposed in [0o640, 0o604, 0o620, 0o666] {
        let (_dir, path) = database();
        Store::open(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).unwrap();
        let message = refusal(&path);
        assert!(message.contains(&format!("open to others (mode {exposed:04o}): run `chmod 600 ")), "{message}");
    }
}

#[test]
fn a_log_that_others_may_write_is_refused() {
    let (dir, path) = database();
    Store::open(&path).unwrap();
    let log = dir.path().join("whosekey.db-wal");
    private(&log, b"");
    fs::set_permissions(&log, fs::Permissions::from_mode(0o622)).unwrap();
    let message = refusal(&path);
    assert!(message.contains("whosekey.db-wal is open to others"), "{message}");
}

#[test]
fn a_database_of_another_user_is_refused() {
    let (_dir, path) = database();
    Store::open(&path).unwrap();
    if std::os::unix::fs::chown(&path, Some(12_345), None).is_err() {
        return; // Only root can give a file away.
    }
    let message = refusal(&path);
    assert!(message.contains("belongs to user 12345, not to the user 0"), "{message}");
}

#[test]
fn a_link_is_refused_and_its_target_left_alone() {
    let (dir, path) = database();
    let target = dir.path().join("target.db");
    Store::open(&target).unwrap();
    symlink(&target, &path).unwrap();
    assert!(refusal(&path).contains("is a symbolic link"));
    let dangling = dir.path().join("dangling.db");
    symlink(dir.path().join("nowhere.db"), &dangling).unwrap();
    assert!(refusal(&dangling).contains("is a symbolic link"));
    assert!(!dir.path().join("nowhere.db").exists());
}

#[test]
fn a_directory_reached_through_a_link_is_fine() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("real")).unwrap();
    symlink(dir.path().join("real"), dir.path().join("linked")).unwrap();
    let store = Store::open(&dir.path().join("linked/whosekey.db")).unwrap();
    assert!(store.path().ends_with("real/whosekey.db"));
}

#[test]
fn what_is_no_file_is_refused() {
    let (_dir, path) = database();
    fs::create_dir(&path).unwrap();
    assert!(Store::open(&path).unwrap_err().to_string().contains("is not a regular file"));
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_reading() {
    let (dir, path) = database();
    for path in [path, dir.path().join("no/such/folder/whosekey.db")] {
        let error = Store::open_read_only(&path).unwrap_err();
        assert!(matches!(error, StoreError::Missing { .. }), "{error}");
        assert!(error.to_string().contains("run `whosekey scan` first"), "{error}");
        assert!(!path.exists());
    }
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let (_dir, path) = database();
    private(&path, &b"this is a letter to my grandmother. ".repeat(100));
    let message = refusal(&path);
    assert!(message.starts_with("the database is damaged (") && message.contains("restore a backup"), "{message}");
}

#[test]
fn another_applications_database_is_refused() {
    let (_dir, path) = database();
    private(&path, b"");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    assert!(refusal(&path).contains("is a database of another application (application id 0x00000000)"));
    Connection::open(&path).unwrap().pragma_update(None, "application_id", 0x1234_5678).unwrap();
    assert!(refusal(&path).contains("(application id 0x12345678)"));
}

#[test]
fn a_newer_schema_is_refused() {
    let (_dir, path) = database();
    Store::open(&path).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let message = refusal(&path);
    assert!(message.contains("has schema 99, this whosekey knows up to "), "{message}");
    assert!(message.ends_with(": use the newer whosekey"), "{message}");
}

#[test]
fn an_empty_database_cannot_be_read_yet() {
    let (_dir, path) = database();
    private(&path, b"");
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(matches!(error, StoreError::OlderSchema { found: 0, .. }), "{error}");
    Store::open(&path).unwrap();
    Store::open_read_only(&path).unwrap();
}

#[test]
fn a_damaged_database_is_refused_after_an_interrupted_scan() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=2000));
    drop(lab.begin(1));
    let path = lab.store.path().to_owned();
    let Lab { dir: _dir, store, .. } = lab;
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    private(&path, &bytes);
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes, "it is not repaired by itself");
}

#[test]
fn a_flipped_byte_anywhere_never_ends_in_a_panic() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=300));
    let path = lab.store.path().to_owned();
    let Lab { dir: _dir, store, .. } = lab;
    drop(store);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(797) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        private(&path, &bytes);
        if let Ok(store) = Store::open_read_only(&path) {
            let _ = store.load(None, |_| {}, |_| {}, |_| {}, |_| {});
            let _ = store.check();
        }
    }
}
