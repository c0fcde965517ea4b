//! Parts made of npm's packages: a folder with `node_modules` for each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::versions::PackagesPart;
use crate::{PartError, apt, cache, step, versions};

const INSTALL_NODE: &str = "apt-get update && apt-get install -y nodejs npm";

/// The folder in which `part` is installed. `prune` takes out what is large and not needed.
pub(crate) fn folder(
    name: &'static str,
    part: &PackagesPart,
    prune: impl FnOnce(&Path) -> Result<(), PartError>,
) -> Result<PathBuf, PartError> {
    ensure(name)?;
    cache::installed(&part.folder(name), |folder| {
        fs::create_dir_all(folder).map_err(PartError::file(folder))?;
        let npm = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"];
        step::run(name, Command::new("npm").args(npm).arg(folder).args(&part.packages), INSTALL_NODE)?;
        prune(folder)
    })
}

/// Installs Node.js and npm if they are not there yet.
fn ensure(part: &'static str) -> Result<(), PartError> {
    let wanted = versions::versions()?.node;
    let is_there = || is_new_enough("node", &wanted.oldest) && is_new_enough("npm", "0");
    let missing = || PartError::Missing { part, program: "node and npm".into(), install: INSTALL_NODE };
    if is_there() || (apt::install(&[&wanted.package, "npm"])? && is_there()) { Ok(()) } else { Err(missing()) }
}

fn is_new_enough(program: &str, oldest: &str) -> bool {
    let Ok(done) = Command::new(program).arg("--version").output() else { return false };
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let major = said.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    major >= oldest.parse().ok().or(Some(0))
}
