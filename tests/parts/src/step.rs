//! Steps of an installation: programs that must succeed, and what they said when they do not.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use crate::PartError;

/// Runs a command to its end; `install` is what brings its program.
pub(crate) fn run(part: &'static str, command: &mut Command, install: &'static str) -> Result<(), PartError> {
    let step = format!("{command:?}");
    let done = match command.stdin(Stdio::null()).output() {
        Ok(done) => done,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let program = command.get_program().to_string_lossy().into_owned();
            return Err(PartError::Missing { part, program, install });
        }
        Err(source) => return Err(PartError::Io { what: "starting a step of an installation", source }),
    };
    if done.status.success() {
        return Ok(());
    }
    let mut output = String::from_utf8_lossy(&done.stdout).into_owned();
    output.push_str(&String::from_utf8_lossy(&done.stderr));
    Err(PartError::Install { part, step, status: done.status.to_string(), output: last_lines(&output) })
}

/// The last lines of a program's output: the ones that say why it ended.
pub(crate) fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
