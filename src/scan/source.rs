//! One source: list its scopes, then collect them, so many at a time.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::settings::shown;
use whosekey_sdk::{Attempt, Issue, IssueKind, Scope, Sink as _};

use crate::scan::collect::{Ended, derive, guarded};
use crate::scan::gauge::Gauge;
use crate::scan::{Clock, Event, LISTING, SourceRun, Summary};

/// What all scopes of a source share.
#[derive(Clone)]
struct Shared {
    source: Arc<SourceRun>,
    clock: Clock,
    cancel: CancellationToken,
    events: mpsc::Sender<Event>,
    deadline: Instant,
}

pub(super) async fn run(
    source: SourceRun,
    clock: Clock,
    cancel: CancellationToken,
    events: mpsc::Sender<Event>,
) -> Summary {
    let deadline = Instant::now() + source.limits.source_timeout;
    let shared = Shared { source: Arc::new(source), clock, cancel, events, deadline };
    let mut summary = Summary::default();
    let Some(scopes) = list(&shared, &mut summary).await else { return summary };
    let concurrency = shared.source.limits.concurrency.max(1);
    let mut running = JoinSet::new();
    for scope in scopes {
        while running.len() >= concurrency {
            join(&mut running, &mut summary).await;
        }
        if shared.cancel.is_cancelled() {
            summary.stopped += 1;
            continue;
        }
        running.spawn(collect(shared.clone(), scope));
    }
    while !running.is_empty() {
        join(&mut running, &mut summary).await;
    }
    summary
}

async fn join(running: &mut JoinSet<Option<Attempt>>, summary: &mut Summary) {
    if let Some(joined) = running.join_next().await {
        let attempt = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        summary.add(attempt.as_ref());
    }
}

/// Lists the scopes; `None` when the scan was stopped.
async fn list(shared: &Shared, summary: &mut Summary) -> Option<Vec<Scope>> {
    let source = &shared.source;
    let started_at = (shared.clock)();
    let mut gauge = Gauge::new(&source.name, LISTING, None, Arc::clone(&source.memory), shared.cancel.clone());
    let ended = guarded(source.connector.scopes(&mut gauge), source.limits.scope_timeout, &shared.cancel).await;
    // The list is checked while its issues can still be raised.
    let ended = match ended {
        Ended::Returned(Ok((scopes, complete))) => Ended::Returned(Ok((checked(scopes, &mut gauge), complete))),
        other => other,
    };
    let Some((attempt, listed)) = derive(ended, gauge, started_at, (shared.clock)()) else {
        summary.add(None);
        return None;
    };
    summary.add(Some(&attempt));
    let scopes = listed.map(|(scopes, _complete)| scopes).unwrap_or_default();
    let event = Event::SourceListed {
        source: source.name.clone(),
        connector: source.connector.descriptor().name,
        scopes: scopes.clone(),
        attempt,
    };
    shared.events.send(event).await.ok()?;
    Some(scopes)
}

/// Drops names that no coverage could tell apart, and says so.
fn checked(scopes: Vec<Scope>, gauge: &mut Gauge) -> Vec<Scope> {
    let mut names = HashSet::new();
    let mut kept = Vec::with_capacity(scopes.len());
    for scope in scopes {
        if scope.name.is_empty() || scope.name == LISTING || scope.name.chars().any(char::is_control) {
            gauge.issue(Issue::new(IssueKind::Parse, format!("{} is no name for a scope", shown(&scope.name))));
        } else if !names.insert(scope.name.clone()) {
            gauge.issue(Issue::new(IssueKind::Parse, format!("scope {} is listed twice", shown(&scope.name))));
        } else {
            kept.push(scope);
        }
    }
    kept
}

/// Collects one scope; `None` when the scan was stopped.
async fn collect(shared: Shared, scope: Scope) -> Option<Attempt> {
    let source = &shared.source;
    let started_at = (shared.clock)();
    let started = Event::ScopeStarted { source: source.name.clone(), scope: scope.clone(), started_at };
    shared.events.send(started).await.ok()?;
    let (events, memory) = (Some(shared.events.clone()), Arc::clone(&source.memory));
    let mut gauge = Gauge::new(&source.name, &scope.name, events, memory, shared.cancel.clone());
    gauge.before = (source.before)(&scope.name);
    let left = shared.deadline.saturating_duration_since(Instant::now());
    let timeout = source.limits.scope_timeout.min(left);
    let ended = guarded(source.connector.collect(&scope, &mut gauge), timeout, &shared.cancel).await;
    let (memory, told) = (gauge.remembered.take(), gauge.told);
    let (attempt, _complete) = derive(ended, gauge, started_at, (shared.clock)())?;
    tracing::debug!(
        source.name = source.name,
        scope = scope.name,
        outcome = attempt.outcome.as_str(),
        records = attempt.records,
        "a scope ended"
    );
    let (name, finished) = (source.name.clone(), attempt.clone());
    let finished = Event::ScopeFinished { source: name, scope: scope.name, attempt: finished, memory, told };
    shared.events.send(finished).await.ok()?;
    Some(attempt)
}
