//! Debian's packages, for parts that are the system's and not in the cache. Needs root.

use std::process::Command;

use crate::{PartError, cache};

/// Installs packages; false when that cannot be done here.
pub(crate) fn install(packages: &[&str]) -> Result<bool, PartError> {
    // One installation at a time; apt's own lock fails instead of waiting.
    cache::locked("apt-get", || {
        let apt = |arguments: &[&str]| {
            Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output().ok()
        };
        apt(&["update", "-qq"]);
        let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
        install.extend(packages);
        Ok(apt(&install).is_some_and(|done| done.status.success()))
    })
}
