//! Commands that are shown, run, and must succeed.

use std::ffi::OsStr;
use std::process;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// A command at the project's root.
pub(crate) struct Command(process::Command);

/// Cargo with these arguments.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = process::Command::new(env!("CARGO"));
    command.args(arguments).current_dir(workspace::root());
    Command(command)
}

impl Command {
    /// With more arguments.
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.0.args(arguments);
        self
    }

    /// With an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Shows the command and runs it.
    pub(crate) fn run(mut self) -> Result<()> {
        let arguments: Vec<_> = self.0.get_args().map(OsStr::to_string_lossy).collect();
        let shown = format!("cargo {}", arguments.join(" "));
        say(&format!("$ {shown}"));
        let status = self.0.status().with_context(|| shown.clone())?;
        if !status.success() {
            bail!("`{shown}` ended with {status}");
        }
        Ok(())
    }

    /// Whether it runs and succeeds; says nothing.
    pub(crate) fn succeeds(mut self) -> bool {
        self.0.output().is_ok_and(|done| done.status.success())
    }

    /// Runs it and gives what it printed.
    pub(crate) fn output(mut self) -> Result<Vec<u8>> {
        let done = self.0.output().context("cargo cannot be started")?;
        if !done.status.success() {
            bail!("{:?} ended with {}\n{}", self.0, done.status, String::from_utf8_lossy(&done.stderr));
        }
        Ok(done.stdout)
    }
}

/// Tells the person at the terminal what is going on.
#[expect(clippy::disallowed_macros, reason = "the one place of this program that writes to the terminal")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
