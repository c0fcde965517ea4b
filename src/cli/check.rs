//! `whosekey check`: for each source, can it sign in, which permissions are missing, and which verdicts that costs.
//!
//! Each scope is asked for its first page and no more, so that a check is quick; what only shows on later pages (a
//! throttled or cut listing) is the scan's to find. Nothing is stored.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clap::Args;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{CollectError, Connector, Descriptor, Issue, IssueKind, Record, Scope, Sink, Stopped};

use super::format::FormatArgs;
use super::signals::{self, Interrupted};
use super::{Done, Environment, Global, environment, fingerprint_key, pipeline, state};
use crate::config::Parts;
use crate::report::{Error, Format, escape};
use crate::scan::SourceRun;

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
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Problem {
    scope: String,
    kind: IssueKind,
    message: String,
    /// What the permission that the message names is for, and so what is lost without it.
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
    let sound = checked.iter().all(|source| source.problems.is_empty());
    Ok(if sound { Done::Ok } else { Done::Incomplete })
}

impl Checked {
    fn write(&self, out: &mut dyn std::io::Write) -> Result<(), Error> {
        let state = match (self.reachable, self.problems.is_empty()) {
            (false, _) => "cannot be listed",
            (true, true) => "ok",
            (true, false) => "listed, with gaps",
        };
        writeln!(out, "{} ({}): {state}, {} scopes", escape::visible(&self.source), self.connector, self.scopes)?;
        for problem in &self.problems {
            let scope = escape::visible(&problem.scope);
            writeln!(out, "  {scope}: {}: {}", problem.kind.as_str(), escape::visible(&problem.message))?;
            if let Some(costs) = problem.costs {
                writeln!(out, "      without it: {costs}")?;
            }
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
    let mut problems: Vec<Problem> =
        sink.issues.into_iter().map(|issue| problem(descriptor, crate::scan::LISTING, issue)).collect();
    let (reachable, scopes) = match listed {
        Ok((scopes, _complete)) => (true, scopes),
        Err(issue) => {
            problems.extend(issue.map(|issue| problem(descriptor, crate::scan::LISTING, issue)));
            (false, Vec::new())
        }
    };
    let count = scopes.len();
    let mut running = JoinSet::new();
    for scope in scopes {
        if running.len() >= source.limits.concurrency.max(1) {
            problems.extend(running.join_next().await.into_iter().flatten().flatten());
        }
        let connector = Arc::clone(&source.connector);
        running.spawn(async move { check_scope(&*connector, &scope).await });
    }
    while let Some(found) = running.join_next().await {
        problems.extend(found.into_iter().flatten());
    }
    problems.sort();
    problems.dedup();
    Checked { source: source.name, connector: descriptor.name, reachable, scopes: count, problems }
}

async fn check_scope(connector: &dyn Connector, scope: &Scope) -> Vec<Problem> {
    let mut sink = FirstPage::default();
    let ended = probe(connector.collect(scope, &mut sink)).await;
    let issues = sink.issues.into_iter().chain(ended.err().flatten());
    issues.map(|issue| problem(connector.descriptor(), &scope.name, issue)).collect()
}

/// Waits for an answer; `Err(None)` when the sink itself ended the collection.
async fn probe<T>(answer: impl Future<Output = Result<T, CollectError>>) -> Result<T, Option<Issue>> {
    match tokio::time::timeout(PROBE_TIMEOUT, answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(CollectError::Stopped)) => Err(None),
        Ok(Err(CollectError::Issue(issue) | CollectError::Broken(issue))) => Err(Some(issue)),
        Err(_) => Err(Some(Issue::new(IssueKind::Timeout, "no answer in time"))),
    }
}

fn problem(descriptor: &'static Descriptor, scope: &str, issue: Issue) -> Problem {
    let named = descriptor.permissions.iter().find(|permission| issue.message.contains(permission.name));
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
    issues: Vec<Issue>,
}

#[async_trait]
impl Sink for FirstPage {
    async fn page(&mut self, _records: Vec<Record>) -> Result<(), Stopped> {
        self.pages += 1;
        if self.pages > 1 { Err(Stopped) } else { Ok(()) }
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue);
    }

    fn requests(&mut self, _count: u64) {}
}
