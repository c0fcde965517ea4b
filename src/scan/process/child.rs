//! A child process that cannot outlive its question.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::scan::process::Program;

/// How long a program may take to exit after its end marker.
const EXIT_GRACE: Duration = Duration::from_secs(5);

/// A running program and everything that it started in its group; all of it is killed on drop.
#[derive(Debug)]
pub(super) struct Guarded {
    child: Child,
    group: Option<Pid>,
}

/// The child's ends of its pipes.
pub(super) struct Pipes {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

impl Guarded {
    pub(super) fn spawn(program: &Program) -> std::io::Result<(Self, Pipes)> {
        let mut command = Command::new(&program.executable);
        command
            .args(&program.arguments)
            .current_dir(&program.folder)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        for (name, value) in &program.environment {
            command.env(name, value.expose());
        }
        let mut child = command.spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let taken = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = taken else {
            unreachable!("all three pipes were asked for");
        };
        Ok((Self { child, group }, Pipes { stdin, stdout, stderr }))
    }

    /// What it exited with, as a sentence; `None` when all is well. Kills what does not exit by itself.
    pub(super) async fn exit(&mut self) -> Option<String> {
        match tokio::time::timeout(EXIT_GRACE, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => None,
            Ok(Ok(status)) => Some(format!("the program ended with {status}")),
            Ok(Err(error)) => Some(format!("the program's end could not be seen: {error}")),
            Err(_elapsed) => {
                tracing::warn!("a connector program did not exit after its end marker, and is killed");
                None
            }
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The group lives on while any member does, so even after the leader was reaped this reaches its children; a
        // group without members is an error that means that there is nothing to do.
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
