//! The installation's fingerprint key: a file of its own beside the database, so that neither alone tells anything.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use whosekey_sdk::FingerprintKey;

/// The file for a database.
pub(crate) fn path_for(database: &Path) -> PathBuf {
    database.with_file_name("fingerprint.key")
}

/// The key, made on first use.
pub(crate) fn load_or_create(database: &Path) -> anyhow::Result<FingerprintKey> {
    let path = path_for(database);
    match create(&path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            load(&path).with_context(|| format!("the fingerprint key {} cannot be used", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("the fingerprint key {} cannot be made", path.display())),
    }
}

/// A key for a run that stores nothing.
pub(crate) fn ephemeral() -> anyhow::Result<FingerprintKey> {
    FingerprintKey::generate().context("there is no randomness for a fingerprint key")
}

/// Written whole under another name and linked into place, so that a second process never sees half a key.
fn create(path: &Path) -> io::Result<FingerprintKey> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let key = FingerprintKey::generate()?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(key.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(key)
}

fn load(path: &Path) -> anyhow::Result<FingerprintKey> {
    let mut file = OpenOptions::new().read(true).custom_flags(nofollow()).open(path)?;
    let metadata = file.metadata()?;
    anyhow::ensure!(metadata.is_file(), "it is not a regular file");
    anyhow::ensure!(
        metadata.permissions().mode() & 0o077 == 0,
        "others may read it; run: chmod 600 {}",
        path.display()
    );
    let mut bytes = [0u8; 32];
    file.read_exact(&mut bytes).context("it is too short")?;
    anyhow::ensure!(metadata.len() == 32, "it is not 32 bytes long");
    Ok(FingerprintKey::from_bytes(bytes))
}

/// `O_NOFOLLOW`: a link put in its place is refused. The value is Linux's and macOS's, which differ.
fn nofollow() -> i32 {
    if cfg!(target_os = "macos") { 0x0100 } else { 0o400_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_private_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("whosekey.db");
        let first = load_or_create(&database).unwrap();
        let second = load_or_create(&database).unwrap();
        assert_eq!(first.as_bytes(), second.as_bytes());
        let mode = fs::metadata(path_for(&database)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_readable_short_or_linked_key_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("whosekey.db");
        let path = path_for(&database);
        load_or_create(&database).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(format!("{:#}", load_or_create(&database).unwrap_err()).contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, b"short").unwrap();
        assert!(load_or_create(&database).is_err());
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        assert!(load_or_create(&database).is_err());
    }
}
