//! A part's process, which lives as long as its guard.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::PartError;
use crate::step::last_lines;

/// A running process. Dropping it kills the process and waits for its end; the end of this process closes its standard
/// input, which parts that we start through a script of ours take as their own end.
#[derive(Debug)]
pub(crate) struct Running {
    part: &'static str,
    child: Child,
    log: NamedTempFile,
}

impl Running {
    /// Starts `command` and waits until it prints its first line, which is handed back.
    pub(crate) fn start(
        part: &'static str,
        command: &mut Command,
        patience: Duration,
    ) -> Result<(Self, String), PartError> {
        let log = NamedTempFile::new().map_err(PartError::io("making a log file"))?;
        let stderr = log.reopen().map_err(PartError::io("opening a log file"))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(PartError::io("starting a part"))?;
        let stdout = child.stdout.take().expect("stdout was set to piped above");
        let running = Self { part, child, log };
        let (said, first_line) = mpsc::sync_channel(1);
        // Reads to the end: a part that goes on printing must not block on a full pipe. It ends with the process.
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            if let Some(line) = lines.next() {
                // The receiver is gone when nobody waits any more.
                let _ = said.send(line);
            }
            lines.for_each(drop);
        });
        match first_line.recv_timeout(patience) {
            Ok(line) => Ok((running, line)),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(running.not_ready(format!("it printed nothing within {} s", patience.as_secs())))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(running.not_ready("it ended".into())),
        }
    }

    /// That it is not ready, with what it logged.
    pub(crate) fn not_ready(&self, reason: String) -> PartError {
        PartError::NotReady { part: self.part, reason, output: self.logged() }
    }

    fn logged(&self) -> String {
        last_lines(&String::from_utf8_lossy(&fs::read(self.log.path()).unwrap_or_default()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when the process has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_ends_at_once_says_why() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such module >&2"]);
        let error = Running::start("it", &mut command, Duration::from_secs(20)).unwrap_err().to_string();
        assert!(error.contains("it ended") && error.contains("no such module"), "{error}");
    }

    #[test]
    fn a_dropped_part_is_dead() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$; sleep 100 & wait"]);
        let (running, pid) = Running::start("it", &mut command, Duration::from_secs(20)).unwrap();
        assert!(std::path::Path::new("/proc").join(&pid).exists());
        drop(running);
        assert!(!std::path::Path::new("/proc").join(&pid).exists());
    }
}
