//! `whosekey check`: for each source, can it sign in, which permissions are missing, and which verdicts that costs.
//!
//! Each scope is asked for its first page and no more, and of what each thing has to be asked for, a few, so that a check is
//! quick; what only shows later (a throttled or cut listing) is the scan's to find. Nothing is stored.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clap::Args;
use futures_util::FutureExt as _;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{CollectError, Connector, Descriptor, Issue, IssueKind, Record, Scope, Sink, Stopped};

use super::format::FormatArgs;
use super::signals::{self, Interrupted};
use super::{Done, Environment, Global, environment, fingerprint_key, pipeline, state};
use crate::config::Parts;
use crate::report::{Error, Format, escape};
use crate::scan::{PANICKED, SourceRun};

/// Longer than any one request may take, its retries included.
const PROBE_TIMEOUT: Duration = Duration::from_secs(120);

/// What `check` takes.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Check this source only; may be repeated
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    #[command(flatten)]
    format: FormatArgs,
}

/// What was found about one source.
#[derive(Debug, Serialize)]
struct Checked {
    source: String,
    connector: &'static str,
    /// Whether the source could be signed in to and listed at all.
    reachable: bool,
    scopes: usize,
    problems: Vec<Problem>,
    /// What the platform does not have here, such as a region that is switched off: nothing to put right.
    notes: Vec<Problem>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Problem {
    scope: String,
    kind: IssueKind,
    message: String,
    /// What the permission that was refused is for, and so what is lost without it.
    costs: Option<&'static str>,
}

pub(crate) fn run(args: &CheckArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let config = state::setup(global, environment)?;
    let parts = Parts {
        clock: Arc::new(environment::wall_clock),
        // Nothing is stored, so no fingerprint outlives the check and no key file need be made for it.
        fingerprint_key: fingerprint_key::ephemeral()?,
        environment: environment.for_config()?,
    };
    let sources = pipeline::build(&config, &args.source, &parts)?;
    let cancel = CancellationToken::new();
    let mut checked = match signals::run(&cancel, check_all(sources))? {
        Ok(checked) => checked,
        Err(Interrupted { signal }) => return Ok(Done::Signal(signal)),
    };
    checked.sort_by(|a, b| a.source.cmp(&b.source));
    args.format.emit(global, environment, |out, _| match args.format.format {
        Format::Json => Ok(escape::json::pretty(&checked, out)?),
        Format::Ndjson => checked.iter().try_for_each(|row| Ok(escape::json::line(row, out)?)),
        Format::Table => checked.iter().try_for_each(|row| row.write(out)),
        format @ (Format::Csv | Format::Sarif | Format::Html | Format::Markdown) => {
            Err(Error::Unsupported { format, what: "a check" })
        }
    })?;
    let sound = checked.iter().all(Checked::is_sound);
    Ok(if sound { Done::Ok } else { Done::Incomplete })
}

impl Checked {
    fn is_sound(&self) -> bool {
        self.reachable && self.problems.is_empty()
    }

    /// Takes what the next scope to end lacks.
    async fn take_next(&mut self, running: &mut JoinSet<Lacks>) {
        let Some(ended) = running.join_next().await else { return };
        // Connectors' panics are caught where they are called: this one is ours.
        match ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())) {
            Lacks::Something(problems) => self.problems.extend(problems),
            Lacks::NotHere(notes) => self.notes.extend(notes),
        }
    }

    fn write(&self, out: &mut dyn std::io::Write) -> Result<(), Error> {
        let state = match (self.reachable, self.problems.is_empty()) {
            (false, _) => "cannot be listed",
            (true, true) => "ok",
            (true, false) => "listed, with gaps",
        };
        writeln!(out, "{} ({}): {state}, {} scopes", escape::visible(&self.source), self.connector, self.scopes)?;
        for problem in &self.problems {
            problem.write(problem.kind.as_str(), out)?;
        }
        self.notes.iter().try_for_each(|note| note.write("note", out))
    }
}

impl Problem {
    fn write(&self, word: &str, out: &mut dyn std::io::Write) -> Result<(), Error> {
        writeln!(out, "  {}: {word}: {}", escape::visible(&self.scope), escape::visible(&self.message))?;
        // Connectors whose refusals say it themselves need no second line.
        if let Some(costs) = self.costs.filter(|costs| !self.message.contains(costs)) {
            writeln!(out, "      without it: {costs}")?;
        }
        Ok(())
    }
}

async fn check_all(sources: Vec<SourceRun>) -> Vec<Checked> {
    let mut running = JoinSet::new();
    for source in sources {
        running.spawn(check(source));
    }
    running.join_all().await
}

async fn check(source: SourceRun) -> Checked {
    let descriptor = source.connector.descriptor();
    let mut sink = FirstPage::default();
    let listed = probe(source.connector.scopes(&mut sink)).await;
    let (reachable, scopes, issue) = match listed {
        Ok((scopes, _complete)) => (true, scopes, None),
        Err(issue) => (false, Vec::new(), issue),
    };
    let mut checked = Checked {
        source: source.name,
        connector: descriptor.name,
        reachable,
        scopes: scopes.len(),
        problems: Vec::new(),
        notes: Vec::new(),
    };
    let of_list = sink.issues.into_iter().chain(issue);
    checked.problems.extend(of_list.map(|issue| problem(descriptor, crate::scan::LISTING, issue)));
    let mut running = JoinSet::new();
    for scope in scopes {
        if running.len() >= source.limits.concurrency.max(1) {
            checked.take_next(&mut running).await;
        }
        let connector = Arc::clone(&source.connector);
        running.spawn(async move { check_scope(&*connector, &scope).await });
    }
    while !running.is_empty() {
        checked.take_next(&mut running).await;
    }
    for lines in [&mut checked.problems, &mut checked.notes] {
        lines.sort();
        lines.dedup();
    }
    checked
}

/// What a scope lacks.
enum Lacks {
    /// Something of it is not shown.
    Something(Vec<Problem>),
    /// Nothing: the platform does not have it here. No verdict waits for it.
    NotHere(Vec<Problem>),
}

async fn check_scope(connector: &dyn Connector, scope: &Scope) -> Lacks {
    let mut sink = FirstPage::default();
    let ended = probe(connector.collect(scope, &mut sink)).await;
    let issues = sink.issues.into_iter().chain(ended.err().flatten());
    let found: Vec<Problem> = issues.map(|issue| problem(connector.descriptor(), &scope.name, issue)).collect();
    // As verdicts take it: what was left out of a scope that shows something may be anything.
    let is_not_here = sink.records == 0 && found.iter().all(|one| one.kind == IssueKind::Unsupported);
    if is_not_here { Lacks::NotHere(found) } else { Lacks::Something(found) }
}

/// Waits for an answer; `Err(None)` when the sink itself ended the collection.
async fn probe<T>(answer: impl Future<Output = Result<T, CollectError>>) -> Result<T, Option<Issue>> {
    let answer = AssertUnwindSafe(answer).catch_unwind();
    match tokio::time::timeout(PROBE_TIMEOUT, answer).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(CollectError::Stopped))) => Err(None),
        Ok(Ok(Err(CollectError::Issue(issue) | CollectError::Broken(issue)))) => Err(Some(issue)),
        Ok(Err(_payload)) => Err(Some(Issue::new(IssueKind::Parse, PANICKED))),
        Err(_) => Err(Some(Issue::new(IssueKind::Timeout, "no answer in time"))),
    }
}

fn problem(descriptor: &'static Descriptor, scope: &str, issue: Issue) -> Problem {
    let is_refused = issue.kind == IssueKind::Permission;
    let named = descriptor.permissions.iter().find(|one| is_refused && one.is_named_in(&issue.message));
    Problem {
        scope: scope.to_owned(),
        kind: issue.kind,
        message: issue.message,
        costs: named.map(|permission| permission.purpose),
    }
}

/// Takes one page and then says stop.
#[derive(Debug, Default)]
struct FirstPage {
    pages: usize,
    records: usize,
    issues: Vec<Issue>,
}

#[async_trait]
impl Sink for FirstPage {
    fn is_probe(&self) -> bool {
        true
    }

    async fn page(&mut self, records: Vec<Record>) -> Result<(), Stopped> {
        self.pages += 1;
        self.records += records.len();
        if self.pages > 1 { Err(Stopped) } else { Ok(()) }
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue);
    }

    fn requests(&mut self, _count: u64) {}
}
