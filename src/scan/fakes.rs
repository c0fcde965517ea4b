//! A connector whose every move a test decides, and a run of the engine over it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{
    CollectError, Complete, Connector, Descriptor, Entity, Issue, IssueKind, Kind, Record, Scope, Sink, Timestamp,
    unpaged,
};

use crate::scan::{Event, Limits, SourceRun, Summary, run};

static DESCRIPTOR: Descriptor = Descriptor {
    name: "fake",
    summary: "a fake",
    permissions: &[],
    scope_kinds: &[],
    blind_spots: &[],
    policy: || "none".to_owned(),
};

/// What the fake does in a scope, step by step.
#[derive(Debug, Clone)]
pub(super) enum Do {
    Page(usize),
    Issue(&'static str),
    Fail(&'static str),
    Break(&'static str),
    Hang,
    Panic,
    ClaimStopped,
    /// Asks to be told what it was told, and one `+` more.
    Remember,
}

/// Scopes in order, with what happens in each; the scope `*` is the listing.
#[derive(Debug, Clone, Default)]
pub(super) struct Fake {
    pub(super) scopes: Vec<(&'static str, Vec<Do>)>,
}

impl Fake {
    pub(super) fn scope(mut self, name: &'static str, steps: impl Into<Vec<Do>>) -> Self {
        self.scopes.push((name, steps.into()));
        self
    }

    async fn act(&self, name: &str, out: &mut dyn Sink) -> Result<(), CollectError> {
        let steps = self.scopes.iter().filter(|(scope, _)| *scope == name).flat_map(|(_, steps)| steps);
        for step in steps {
            match step {
                Do::Page(count) => {
                    let entity = |n| Record::from(Entity::new(format!("t:{name}/{n}"), Kind::Identity, "t", "x"));
                    out.requests(1);
                    out.page((0..*count).map(entity).collect()).await?;
                }
                Do::Issue(message) => out.issue(Issue::new(IssueKind::Permission, *message)),
                Do::Fail(message) => return Err(Issue::new(IssueKind::Network, *message).into()),
                Do::Break(message) => return Err(CollectError::Broken(Issue::new(IssueKind::Parse, *message))),
                Do::Hang => std::future::pending().await,
                Do::Panic => panic!("the token is hunter2"),
                Do::Remember => {
                    let told = out.recall().unwrap_or_default();
                    out.remember([told.as_slice(), b"+"].concat());
                }
                Do::ClaimStopped => return Err(CollectError::Stopped),
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Connector for Fake {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn scopes(&self, out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        self.act("*", out).await?;
        let names = self.scopes.iter().map(|(name, _)| *name).filter(|name| *name != "*");
        Ok((names.map(Scope::new).collect(), unpaged()))
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        self.act(&scope.name, out).await?;
        Ok(unpaged())
    }
}

/// Runs a source to its end and keeps what came out; pages are kept as counts of records.
pub(super) async fn run_source(connector: impl Connector + 'static, limits: Limits) -> (Vec<String>, Summary) {
    run_until(connector, limits, CancellationToken::new()).await
}

pub(super) async fn run_until(
    connector: impl Connector + 'static,
    limits: Limits,
    cancel: CancellationToken,
) -> (Vec<String>, Summary) {
    let mut source = SourceRun::new("s", Arc::new(connector), limits);
    source.memory = Arc::new(|scope| (scope == "told").then(|| b"before".to_vec()));
    let (events, mut arriving) = mpsc::channel(2);
    let keep = async {
        let mut kept = Vec::new();
        while let Some(event) = arriving.recv().await {
            kept.push(shown(event));
        }
        kept
    };
    let clock: crate::scan::Clock = Arc::new(|| Timestamp::from_secs(0));
    let (summary, kept) = tokio::join!(run(vec![source], clock, cancel, events), keep);
    (kept, summary)
}

fn shown(event: Event) -> String {
    let attempt = |a: whosekey_sdk::Attempt| {
        let issues: Vec<String> = a.issues.iter().map(|i| format!("{}: {}", i.kind.as_str(), i.message)).collect();
        format!("{} {} {:?}", a.outcome.as_str(), a.records, issues)
    };
    match event {
        Event::SourceListed { scopes, attempt: a, .. } => {
            let names: Vec<String> = scopes.into_iter().map(|s| s.name).collect();
            format!("listed {names:?} {}", attempt(a))
        }
        Event::ScopeStarted { scope, .. } => format!("started {}", scope.name),
        Event::Page { scope, records, .. } => format!("page {scope} {}", records.len()),
        Event::ScopeFinished { scope, attempt: a, memory, .. } => {
            let memory = memory.map(|m| format!(" remembers {}", String::from_utf8_lossy(&m))).unwrap_or_default();
            format!("finished {scope} {}{memory}", attempt(a))
        }
    }
}

/// One scope at a time, so that the order of events is the order of scopes.
pub(super) fn one_at_a_time() -> Limits {
    Limits { concurrency: 1, scope_timeout: Duration::from_secs(60), source_timeout: Duration::from_secs(600) }
}
