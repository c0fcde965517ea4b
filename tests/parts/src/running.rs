//! A part's process, which lives as long as its guard.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::PartError;
use crate::step::last_lines;

/// A running process. Dropping it kills the process and waits for its end; the end of this process closes its standard
/// input, which parts that we start through a script of ours take as their own end. What it logs is in a file without a
/// name, which ends with it as well.
#[derive(Debug)]
pub(crate) struct Running {
    part: &'static str,
    child: Child,
    log: File,
    end: End,
}

/// How a process is ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// It is killed.
    Kill,
    /// It is a script that ends another one when it reads a line.
    Line,
}

impl Running {
    /// Starts `command` and waits until it prints its first line, which is handed back.
    pub(crate) fn start(
        part: &'static str,
        command: &mut Command,
        end: End,
        patience: Duration,
    ) -> Result<(Self, String), PartError> {
        let log = tempfile::tempfile().map_err(PartError::io("making a log file"))?;
        let stderr = log.try_clone().map_err(PartError::io("opening a log file"))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(PartError::io("starting a part"))?;
        let stdout = child.stdout.take().expect("stdout was set to piped above");
        let running = Self { part, child, log, end };
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

    /// Whether the process has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// That it is not ready, with what it logged.
    pub(crate) fn not_ready(&self, reason: String) -> PartError {
        PartError::NotReady { part: self.part, reason, output: self.logged() }
    }

    fn logged(&self) -> String {
        let length = self.log.metadata().map_or(0, |file| file.len());
        let mut log = vec![0; usize::try_from(length).unwrap_or(0)];
        match self.log.read_exact_at(&mut log, 0) {
            Ok(()) => last_lines(&String::from_utf8_lossy(&log)),
            Err(error) => format!("its log cannot be read: {error}"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // These fail only when the process has ended already, which is what is wanted.
        let _ = match (self.end, self.child.stdin.take()) {
            (End::Line, Some(mut input)) => input.write_all(b"\n"),
            _ => self.child.kill(),
        };
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
        let error = Running::start("it", &mut command, End::Kill, Duration::from_secs(20)).unwrap_err().to_string();
        assert!(error.contains("it ended") && error.contains("no such module"), "{error}");
    }

    #[test]
    fn a_dropped_part_is_dead() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$; sleep 100 & wait"]);
        let (running, pid) = Running::start("it", &mut command, End::Kill, Duration::from_secs(20)).unwrap();
        assert!(std::path::Path::new("/proc").join(&pid).exists());
        drop(running);
        assert!(!std::path::Path::new("/proc").join(&pid).exists());
    }

    #[test]
    fn a_script_that_is_told_to_end_may_end_well() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo ready; read -r _; touch \"$0/ended\""]).arg(folder.path());
        let (running, _) = Running::start("it", &mut command, End::Line, Duration::from_secs(20)).unwrap();
        drop(running);
        assert!(folder.path().join("ended").exists());
    }
}
