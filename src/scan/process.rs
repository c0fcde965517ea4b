//! The carrier `process`: a program that speaks the connector protocol (`schema/protocol.md`) over its pipes.
//!
//! One child for each question. It gets the environment that the configuration names and nothing else, not even
//! `PATH`; it runs in a process group of its own, which is killed when the answer has ended, for whatever reason. What
//! it says is not trusted: a line that cannot be read, a missing end marker, or more than it may say is a failed scope.
//! Its stderr is its log, and is shown escaped, with the secrets that we gave it taken out.

mod answer;
mod child;
mod log;
mod signs;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use whosekey_sdk::protocol::{Action, Line, Request, VERSION};
use whosekey_sdk::{
    CollectError, Complete, Connector, Descriptor, Issue, IssueKind, Permission, Scope, ScopeKind, Secret, Sink,
    unpaged,
};

use crate::scan::process::answer::Answer;

/// What the connector is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "process",
    summary: "Any program that speaks the connector protocol (schema/protocol.md) over its standard input and output.",
    permissions: &[Permission {
        name: "execute",
        purpose: "runs the configured program, with the environment that the configuration names and no other",
    }],
    scope_kinds: &[ScopeKind { name: "(the program's own)", lists: "what the program lists" }],
    blind_spots: &["whatever the program does not say"],
    policy: || "# the program's own documentation says what it needs\n".to_owned(),
};

/// What to run, resolved: nothing is looked up when it is run.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub executable: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// Its whole environment.
    pub environment: Vec<(String, Secret)>,
    /// Its own settings, handed over with each question.
    pub settings: serde_json::Value,
}

/// How much a program may say in one answer, and how long it may say nothing.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Bytes in a line.
    pub line_bytes: u64,
    /// Bytes in all.
    pub answer_bytes: u64,
    /// Time without a line of output or log.
    pub silence: Duration,
}

impl Default for Caps {
    fn default() -> Self {
        Self { line_bytes: crate::scan::lines::MAX_LINE_BYTES, answer_bytes: 4 << 30, silence: Duration::from_secs(60) }
    }
}

/// A source that is a program.
#[derive(Debug)]
pub struct Process {
    source: String,
    program: Program,
    caps: Caps,
}

impl Process {
    /// The source of this name; the name is for the log.
    pub fn new(source: impl Into<String>, program: Program) -> Self {
        Self { source: source.into(), program, caps: Caps::default() }
    }

    /// The same source with other caps.
    #[must_use]
    pub fn with_caps(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }

    fn ask(&self, action: Action, scope: Option<&str>) -> Result<Answer, CollectError> {
        let request =
            Request { v: VERSION, action, scope: scope.map(str::to_owned), config: self.program.settings.clone() };
        Answer::begin(&self.source, &self.program, self.caps, &request)
    }
}

#[async_trait]
impl Connector for Process {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn scopes(&self, out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        let mut answer = self.ask(Action::Scopes, None)?;
        let mut scopes = Vec::new();
        while let Some(line) = answer.next().await? {
            match line {
                Line::Scope { scope, covers, forgets } => scopes.push(Scope { name: scope, covers, forgets }),
                Line::Issue { issue } => out.issue(answer.redacted(issue)),
                _ => return Err(misplaced("in the list of scopes")),
            }
        }
        answer.finish(out).await;
        Ok((scopes, unpaged()))
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let mut answer = self.ask(Action::Collect, Some(&scope.name))?;
        let mut page = Vec::new();
        while let Some(line) = answer.next().await? {
            match line {
                Line::Record { record } => page.push(record),
                Line::Issue { issue } => out.issue(answer.redacted(issue)),
                _ => return Err(misplaced("in the answer to collect")),
            }
            if page.len() >= PAGE_RECORDS {
                out.page(std::mem::take(&mut page)).await?;
            }
        }
        if !page.is_empty() {
            out.page(page).await?;
        }
        answer.finish(out).await;
        Ok(unpaged())
    }
}

/// Records handed over at once.
const PAGE_RECORDS: usize = 1_000;

/// The program does not keep to the protocol: nothing that it says can be relied on.
fn misplaced(place: &str) -> CollectError {
    broken(IssueKind::Parse, format!("the program said a line that has no place {place}"))
}

fn broken(kind: IssueKind, message: impl Into<String>) -> CollectError {
    CollectError::Broken(Issue::new(kind, message))
}

#[cfg(test)]
mod tests;
