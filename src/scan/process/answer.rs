//! One question and its answer, line by line.

use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use whosekey_sdk::protocol::{Line, Request, VERSION};
use whosekey_sdk::{CollectError, Issue, IssueKind, Secret, Sink};

use crate::scan::process::child::Guarded;
use crate::scan::process::signs::Signs;
use crate::scan::process::{Caps, Program, broken, log};

/// The values that a program was given, to be taken out of what it says about itself.
#[derive(Debug)]
pub(super) struct Redactor(Vec<Secret>);

impl Redactor {
    pub(super) fn new(environment: &[(String, Secret)]) -> Self {
        // Shorter values (a number, `prod`, `/usr`) would tear holes into every sentence and keep nothing secret.
        Self(environment.iter().map(|(_, value)| value.clone()).filter(|v| v.expose().len() >= 8).collect())
    }

    pub(super) fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), "[redacted]"))
    }
}

type Side = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An answer that is being read.
pub(super) struct Answer {
    child: Guarded,
    stdout: BufReader<ChildStdout>,
    /// Writes the question and reads the log while the answer is read; ends when the program closes its stderr.
    side: Option<Side>,
    redactor: Arc<Redactor>,
    signs: Arc<Signs>,
    caps: Caps,
    line: Vec<u8>,
    bytes: u64,
    number: u64,
    is_greeted: bool,
}

impl Answer {
    pub(super) fn begin(source: &str, program: &Program, caps: Caps, request: &Request) -> Result<Self, CollectError> {
        let (child, pipes) = Guarded::spawn(program).map_err(|error| {
            // Not `unsupported`: that says that there is nothing to see, and here nobody could look.
            broken(IssueKind::Network, format!("{} cannot be run: {error}", program.executable.display()))
        })?;
        let redactor = Arc::new(Redactor::new(&program.environment));
        let signs = Arc::new(Signs::default());
        let log = log::drain(source.to_owned(), pipes.stderr, Arc::clone(&redactor), Arc::clone(&signs));
        let mut question = serde_json::to_vec(request).expect("a request is strings and JSON");
        question.push(b'\n');
        let side = async move {
            tokio::join!(ask(pipes.stdin, question), log);
        };
        Ok(Self {
            child,
            stdout: BufReader::new(pipes.stdout),
            side: Some(Box::pin(side)),
            redactor,
            signs,
            caps,
            line: Vec::new(),
            bytes: 0,
            number: 0,
            is_greeted: false,
        })
    }

    /// The next line of the answer; `None` after the end marker.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, CollectError> {
        loop {
            let Some(line) = self.read_line().await? else { return Err(self.died().await) };
            match line {
                Line::Versions { v } if !self.is_greeted => {
                    if !v.contains(&VERSION) {
                        let message = format!("the program does not speak version {VERSION}");
                        return Err(broken(IssueKind::Parse, message));
                    }
                    self.is_greeted = true;
                }
                _ if !self.is_greeted => {
                    let message = "the program did not begin with the versions that it speaks: {\"v\":[1]}";
                    return Err(broken(IssueKind::Parse, message));
                }
                Line::Done { .. } => return Ok(None),
                line => return Ok(Some(line)),
            }
        }
    }

    /// After the end marker: nothing more may come, and the program must exit well; else that is an issue.
    pub(super) async fn finish(mut self, out: &mut dyn Sink) {
        let mut rest = [0_u8; 1];
        let more = async { matches!(self.stdout.read(&mut rest).await, Ok(1)) };
        // A program that keeps its pipe open after its end marker is dealt with when its exit is awaited.
        if tokio::time::timeout(std::time::Duration::from_secs(1), more).await.unwrap_or(false) {
            out.issue(Issue::new(IssueKind::Parse, "the program went on after its end marker"));
            return;
        }
        if let Some(message) = self.child.exit().await {
            out.issue(Issue::new(IssueKind::Parse, message));
        }
        if let Some(side) = self.side.take() {
            // What is left of the log is in the pipe already.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), side).await;
        }
    }

    /// An issue of the program's, without the secrets that it was given.
    pub(super) fn redacted(&self, issue: Issue) -> Issue {
        Issue { kind: issue.kind, message: self.redactor.redact(&issue.message) }
    }

    async fn read_line(&mut self) -> Result<Option<Line>, CollectError> {
        loop {
            self.line.clear();
            let read = read_capped(&mut self.stdout, &mut self.line, self.caps.line_bytes);
            // The time that our own writer took is not the program's.
            self.signs.seen();
            let read = with_side(&mut self.side, self.signs.within(self.caps.silence, read)).await;
            let Some(read) = read else {
                let message =
                    format!("the program said nothing for {} s, not even in its log", self.caps.silence.as_secs());
                return Err(broken(IssueKind::Timeout, message));
            };
            let read = read.map_err(|error| broken(IssueKind::Network, format!("the program's output: {error}")))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.bytes += read as u64;
            if self.bytes > self.caps.answer_bytes {
                return Err(broken(
                    IssueKind::Parse,
                    format!("the program said more than {} bytes", self.caps.answer_bytes),
                ));
            }
            let is_whole = self.line.last() == Some(&b'\n');
            if !is_whole && read as u64 >= self.caps.line_bytes {
                let message =
                    format!("line {} of the answer is longer than {} bytes", self.number, self.caps.line_bytes);
                return Err(broken(IssueKind::Parse, message));
            }
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            return serde_json::from_slice(&self.line).map(Some).map_err(|error| {
                // serde_json's message may quote a word of the line, so the secrets are taken out of it too.
                let what = self.redactor.redact(&error.to_string());
                let half = if is_whole { "" } else { " (it was cut)" };
                broken(IssueKind::Parse, format!("line {} of the answer{half}: {what}", self.number))
            });
        }
    }

    async fn died(&mut self) -> CollectError {
        let how = self.child.exit().await.unwrap_or_else(|| "the program ended".to_owned());
        broken(IssueKind::Network, format!("{how} before its end marker"))
    }
}

async fn ask(mut stdin: ChildStdin, question: Vec<u8>) {
    // A program that does not read its question still answers, or not; both show in its answer.
    let _ = stdin.write_all(&question).await;
    let _ = stdin.shutdown().await;
}

async fn read_capped(stdout: &mut BufReader<ChildStdout>, line: &mut Vec<u8>, cap: u64) -> std::io::Result<usize> {
    stdout.take(cap).read_until(b'\n', line).await
}

/// Awaits the main work while the side work goes on.
async fn with_side<T>(side: &mut Option<Side>, main: impl Future<Output = T>) -> T {
    let mut main = std::pin::pin!(main);
    if let Some(running) = side {
        tokio::select! {
            biased;
            value = &mut main => return value,
            () = running => {}
        }
        *side = None;
    }
    main.await
}
