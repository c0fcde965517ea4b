//! The programs of a control plane: where they are, or how they are built.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::PART;
use crate::step::last_lines;
use crate::{PartError, cache, versions};

const BUILD: &str = include_str!("../../debian/kubernetes.sh");
const PROGRAMS: [&str; 3] = ["etcd", "kube-apiserver", "kube-controller-manager"];

/// The folder that holds `etcd`, `kube-apiserver` and `kube-controller-manager`: `$KUBEBUILDER_ASSETS` if it is set, else
/// the cache, into which they are built once from Debian's own source package. That takes ten minutes.
///
/// # Errors
/// When a program is missing in `$KUBEBUILDER_ASSETS`, or the build fails: its log stays beside the folder in the cache.
pub fn install() -> Result<PathBuf, PartError> {
    if let Some(folder) = cache::variable("KUBEBUILDER_ASSETS") {
        return match PROGRAMS.into_iter().find(|program| !folder.join(program).is_file()) {
            Some(program) => Err(PartError::Assets { folder, program }),
            None => Ok(folder),
        };
    }
    let version = versions::versions()?.kubernetes.version;
    let name = format!("{PART}-{version}-{}", cache::digest(BUILD));
    cache::installed(&name, |folder| build(folder, &version, &cache::root()?.join(format!("{name}.log"))))
}

fn build(folder: &Path, version: &str, log: &Path) -> Result<(), PartError> {
    fs::create_dir_all(folder).map_err(PartError::file(folder))?;
    let output = File::create(log).map_err(PartError::file(log))?;
    let errors = output.try_clone().map_err(PartError::file(log))?;
    let status = Command::new("sh")
        .args(["-c", BUILD, "kubernetes.sh"])
        .arg(folder)
        .arg(version)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .status()
        .map_err(PartError::io("starting a shell"))?;
    if status.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&fs::read(log).map_err(PartError::file(log))?).into_owned();
    Err(PartError::Install {
        part: PART,
        step: format!("sh tests/parts/debian/kubernetes.sh FOLDER {version}"),
        status: status.to_string(),
        output: format!("{}\nthe whole log: {}", last_lines(&output), log.display()),
    })
}
