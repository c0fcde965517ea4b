//! Where parts are installed, so that each is installed once for all checkouts and all tests, and never seen half-done.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::PartError;

const READY: &str = ".ready";

/// The folder of all parts: `$WHOSEKEY_PARTS`, else `$XDG_CACHE_HOME/whosekey-parts`, else `~/.cache/whosekey-parts`.
///
/// # Errors
/// [`PartError::NoCache`] when neither is set and there is no home folder.
pub fn root() -> Result<PathBuf, PartError> {
    variable("WHOSEKEY_PARTS")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("whosekey-parts")))
        .or_else(|| Some(variable("HOME")?.join(".cache/whosekey-parts")))
        .ok_or(PartError::NoCache)
}

/// The path that a variable of the environment holds, if it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The folder `name` of the cache, made by `install` if it is not there yet.
///
/// Invariant: a folder with the ready marker is whole. The marker is written last, so what a killed installation left
/// behind has none and is removed; a lock beside the folder lets one process install while the others wait.
pub(crate) fn installed(
    name: &str,
    install: impl FnOnce(&Path) -> Result<(), PartError>,
) -> Result<PathBuf, PartError> {
    installed_in(&root()?, name, install)
}

fn installed_in(
    root: &Path,
    name: &str,
    install: impl FnOnce(&Path) -> Result<(), PartError>,
) -> Result<PathBuf, PartError> {
    let folder = root.join(name);
    let marker = folder.join(READY);
    if marker.exists() {
        return Ok(folder);
    }
    locked_in(root, name, || {
        if marker.exists() {
            return Ok(());
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(PartError::file(&folder))?;
        }
        if let Err(error) = install(&folder) {
            // What is left when this fails as well has no marker.
            let _ = fs::remove_dir_all(&folder);
            return Err(error);
        }
        File::create(&marker).and_then(|file| file.sync_all()).map_err(PartError::file(&marker))
    })?;
    Ok(folder)
}

/// A short name for what a part is made of, so that a change of it is another folder of the cache.
pub(crate) fn digest(of: &str) -> String {
    Sha256::digest(of).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Does this while no other process does it, by a lock file of this name in the cache.
pub(crate) fn locked<T>(name: &str, work: impl FnOnce() -> Result<T, PartError>) -> Result<T, PartError> {
    locked_in(&root()?, name, work)
}

fn locked_in<T>(root: &Path, name: &str, work: impl FnOnce() -> Result<T, PartError>) -> Result<T, PartError> {
    fs::create_dir_all(root).map_err(PartError::file(root))?;
    let path = root.join(format!("{name}.lock"));
    let lock = File::create(&path).map_err(PartError::file(&path))?;
    lock.lock().map_err(PartError::file(&path))?;
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_installation_leaves_nothing_and_is_tried_anew() {
        let root = tempfile::tempdir().unwrap();
        let half = |folder: &Path| {
            fs::create_dir_all(folder.join("half")).unwrap();
            Err(PartError::NoCache)
        };
        installed_in(root.path(), "it", half).unwrap_err();
        assert!(!root.path().join("it").exists());
        let whole = |folder: &Path| fs::create_dir_all(folder.join("whole")).map_err(PartError::file(folder));
        let folder = installed_in(root.path(), "it", whole).unwrap();
        assert!(folder.join("whole").exists());
        installed_in(root.path(), "it", half).unwrap();
    }
}
