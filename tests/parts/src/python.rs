//! Parts made of Python packages: a virtual environment for each.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::versions::PackagesPart;
use crate::{PartError, cache, step};

const INSTALL_PYTHON: &str = "apt-get install -y python3 python3-venv";

/// The Python of the environment in which `part` is installed.
pub(crate) fn environment(name: &'static str, part: &PackagesPart) -> Result<PathBuf, PartError> {
    let folder = cache::installed(&part.folder(name), |folder| install(name, part, folder))?;
    Ok(folder.join("bin/python"))
}

fn install(name: &'static str, part: &PackagesPart, folder: &Path) -> Result<(), PartError> {
    let made = step::run(name, Command::new("python3").arg("-m").arg("venv").arg(folder), INSTALL_PYTHON);
    made.map_err(|error| match error {
        PartError::Install { part, output, .. } if output.contains("ensurepip") => {
            PartError::Missing { part, program: "python3 -m venv".into(), install: INSTALL_PYTHON }
        }
        other => other,
    })?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    step::run(name, Command::new(folder.join("bin/python")).args(pip).args(&part.packages), INSTALL_PYTHON)
}
