//! Parts made of Python packages: a virtual environment for each.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::versions::PythonPart;
use crate::{PartError, cache};

const INSTALL_PYTHON: &str = "apt-get install -y python3 python3-venv";

/// The Python of the environment in which `part` is installed.
pub(crate) fn environment(name: &'static str, part: &PythonPart) -> Result<PathBuf, PartError> {
    let digest = cache::digest(&part.packages.join("\n"));
    let folder = cache::installed(&format!("{name}-{}-{digest}", part.version), |folder| install(name, part, folder))?;
    Ok(folder.join("bin/python"))
}

fn install(name: &'static str, part: &PythonPart, folder: &Path) -> Result<(), PartError> {
    run(name, Command::new("python3").arg("-m").arg("venv").arg(folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    run(name, Command::new(folder.join("bin/python")).args(pip).args(&part.packages))
}

fn run(part: &'static str, command: &mut Command) -> Result<(), PartError> {
    let step = format!("{command:?}");
    let done = match command.stdin(Stdio::null()).output() {
        Ok(done) => done,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let program = command.get_program().to_string_lossy().into_owned();
            return Err(PartError::Missing { part, program, install: INSTALL_PYTHON });
        }
        Err(source) => return Err(PartError::Io { what: "starting python3", source }),
    };
    if done.status.success() {
        return Ok(());
    }
    let mut output = String::from_utf8_lossy(&done.stdout).into_owned();
    output.push_str(&String::from_utf8_lossy(&done.stderr));
    if output.contains("ensurepip") {
        return Err(PartError::Missing { part, program: "python3 -m venv".into(), install: INSTALL_PYTHON });
    }
    Err(PartError::Install { part, step, status: done.status.to_string(), output: last_lines(&output) })
}

/// The last lines of a program's output: the ones that say why it ended.
pub(crate) fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
