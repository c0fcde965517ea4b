//! Fetching a secret from where the configuration says that it is. The configuration never holds one.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use whosekey_sdk::Secret;
use whosekey_sdk::settings::{Base, SecretSource, shown};

use crate::config::Environment;

/// The longest secret: a private key in PEM is smaller.
const MAX_BYTES: u64 = 64 * 1024;

/// How long a command may take to print one.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a secret cannot be had. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment variable {0} is not set")]
    NotSet(String),
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Everybody may read the file.
    #[error("{} can be read by everybody on this machine: chmod 600 it, and rotate the secret", .0.display())]
    WorldReadable(PathBuf),
    /// The program does not run, fails, or does not end.
    #[error("the command {program}: {what}")]
    Command {
        /// The program, without its arguments.
        program: String,
        /// What happened.
        what: String,
    },
    /// There is nothing there.
    #[error("{0} is empty")]
    Empty(String),
    /// More than a secret can be, or not text.
    #[error("{0} is not a secret: it is longer than 64 KiB or not text")]
    NotASecret(String),
}

/// Fetches the secret, without the white space around it.
///
/// # Errors
/// When it is not there, or lies open.
pub fn fetch(source: &SecretSource, base: &Base, environment: &Environment) -> Result<Secret, SecretError> {
    let (bytes, name): (Vec<u8>, String) = match source {
        SecretSource::Env(name) => {
            let value = environment.variable(name).ok_or_else(|| SecretError::NotSet(name.clone()))?;
            (value.into_bytes(), name.clone())
        }
        SecretSource::File(path) => (read_file(&base.resolve(path))?, path.clone()),
        SecretSource::Command(words) => (run(words, base)?, words[0].clone()),
    };
    let text = String::from_utf8(bytes).map_err(|_| SecretError::NotASecret(name.clone()))?;
    match text.trim() {
        _ if text.len() as u64 > MAX_BYTES => Err(SecretError::NotASecret(name)),
        "" => Err(SecretError::Empty(name)),
        trimmed => Ok(Secret::new(trimmed.to_owned())),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, SecretError> {
    let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_file() && metadata.permissions().mode() & 0o004 != 0 {
        return Err(SecretError::WorldReadable(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Runs a program in a process group of its own, so that what it starts does not outlive the wait either.
fn run(words: &[String], base: &Base) -> Result<Vec<u8>, SecretError> {
    let failed = |what: String| SecretError::Command { program: shown(&words[0]), what };
    let program = if words[0].contains('/') { base.resolve(&words[0]) } else { PathBuf::from(&words[0]) };
    let mut child = Command::new(program)
        .args(&words[1..])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let stdout = child.stdout.take().expect("the pipe was asked for");
    let (said, ended) = std::sync::mpsc::sync_channel(1);
    let waiting = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        // Nobody listens any more after the deadline.
        let _ = said.send(read.and_then(|_| child.wait()).map(|status| (status, bytes)));
    });
    let outcome = ended.recv_timeout(COMMAND_TIMEOUT);
    if let (Err(_), Some(group)) = (&outcome, group) {
        // It fails when the program ended meanwhile, which is as good.
        let _ = kill_process_group(group, Signal::KILL);
    }
    waiting.join().map_err(|_| failed("its output could not be read".to_owned()))?;
    match outcome {
        Ok(Ok((status, bytes))) if status.success() => Ok(bytes),
        Ok(Ok((status, _))) => Err(failed(status.to_string())),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed(format!("did not end within {} s", COMMAND_TIMEOUT.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(folder: &Path) -> Base {
        Base { folder: folder.to_owned(), home: None }
    }

    fn surroundings() -> Environment {
        Environment::new(|name| (name == "TOKEN").then(|| " hunter2\n".to_owned()), "/")
    }

    #[test]
    fn a_secret_comes_from_a_variable_a_file_or_a_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "hunter2\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        for source in [
            SecretSource::Env("TOKEN".into()),
            SecretSource::File("token".into()),
            SecretSource::Command(vec!["/bin/echo".into(), "hunter2".into()]),
        ] {
            let secret = fetch(&source, &base(folder.path()), &surroundings()).unwrap();
            assert_eq!(secret.expose(), "hunter2", "{source:?}");
        }
    }

    #[test]
    fn a_secret_that_is_not_there_or_lies_open_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("open");
        std::fs::write(&path, "hunter2\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        for (source, said) in [
            (SecretSource::Env("OTHER".into()), "OTHER is not set"),
            (SecretSource::File("open".into()), "can be read by everybody"),
            (SecretSource::File("gone".into()), "cannot be read"),
            (SecretSource::Command(vec!["/bin/false".into()]), "exit status: 1"),
            (SecretSource::Command(vec!["/no/such".into()]), "No such file"),
            (SecretSource::Command(vec!["/bin/true".into()]), "is empty"),
        ] {
            let error = fetch(&source, &base(folder.path()), &surroundings()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
            assert!(!error.contains("hunter2"));
        }
    }
}
