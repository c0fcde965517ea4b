//! A small language for scans and states.

use std::collections::BTreeSet;

use tempfile::TempDir;
use whosekey::graph::{ActivityRow, EntityRow, LinkRow, ScopeCoverage};
use whosekey::store::{Applied, Store, Writer};
use whosekey_sdk::{Attempt, Entity, Evidence, Kind, Link, LinkKind, Outcome, Record, Scope, Timestamp};

pub(crate) use Outcome::{Complete, Failed, Partial};

/// Noon of a day.
pub(crate) fn day(n: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + n * 86_400)
}

pub(crate) fn attempt(outcome: Outcome, at: Timestamp) -> Attempt {
    Attempt { outcome, records: 0, requests: 0, started_at: at, finished_at: at, issues: Vec::new() }
}

pub(crate) fn user(n: u32) -> Entity {
    Entity::new(format!("aws:AIDA{n}"), Kind::Identity, "aws.iam-user", format!("user {n}"))
}

pub(crate) fn users(numbers: impl IntoIterator<Item = u32>) -> Vec<Record> {
    numbers.into_iter().map(|n| user(n).into()).collect()
}

pub(crate) fn owned(n: u32, owner: &str) -> Record {
    Link::new(format!("aws:AIDA{n}"), LinkKind::OwnedBy, owner, Evidence::Declared, "tag owner").into()
}

/// A database of one source, `aws`, and its scans.
pub(crate) struct Lab {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
    pub(crate) confirm_absence: u32,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("whosekey.db")).unwrap();
        Self { dir, store, confirm_absence: 2 }
    }

    pub(crate) fn begin(&mut self, on: i64) -> Writer<'_> {
        let confirm_absence = self.confirm_absence;
        self.store.begin_run(day(on), &[("aws", "aws")], confirm_absence).unwrap()
    }

    /// A scan of one scope, `users`.
    pub(crate) fn scan(&mut self, on: i64, outcome: Outcome, records: &[Record]) -> Applied {
        self.scan_scope(on, "users", outcome, records)
    }

    pub(crate) fn scan_scope(&mut self, on: i64, scope: &str, outcome: Outcome, records: &[Record]) -> Applied {
        let mut writer = self.begin(on);
        writer.page("aws", scope, records).unwrap();
        let applied = writer.finish_scope("aws", scope, &attempt(outcome, day(on))).unwrap();
        writer.finish().unwrap();
        applied
    }

    /// A scan that only lists the scopes.
    pub(crate) fn list(&mut self, on: i64, outcome: Outcome, scopes: &[&str]) -> Applied {
        let scopes: Vec<Scope> = scopes.iter().map(|name| Scope::new(*name)).collect();
        let mut writer = self.begin(on);
        let applied = writer.source_listed("aws", &scopes, &attempt(outcome, day(on))).unwrap();
        writer.finish().unwrap();
        applied
    }

    pub(crate) fn state(&self) -> State {
        State::of(&self.store, None)
    }

    pub(crate) fn state_on(&self, on: i64) -> State {
        State::of(&self.store, Some(day(on)))
    }
}

/// Everything that a load hands over.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) coverage: Vec<ScopeCoverage>,
    pub(crate) entities: Vec<EntityRow>,
    pub(crate) links: Vec<LinkRow>,
    pub(crate) activity: Vec<ActivityRow>,
}

impl State {
    pub(crate) fn of(store: &Store, as_of: Option<Timestamp>) -> Self {
        let mut state = State::default();
        store
            .load(
                as_of,
                |row| state.coverage.push(row),
                |row| state.entities.push(row),
                |row| state.links.push(row),
                |row| state.activity.push(row),
            )
            .unwrap();
        state
    }

    fn ids(&self, which: impl Fn(&EntityRow) -> bool) -> BTreeSet<String> {
        self.entities.iter().filter(|row| which(row)).map(|row| row.entity.id.to_string()).collect()
    }

    /// Not gone; missing ones included.
    pub(crate) fn alive(&self) -> BTreeSet<String> {
        self.ids(|row| row.gone_at.is_none())
    }

    pub(crate) fn missing(&self) -> BTreeSet<String> {
        self.ids(|row| row.gone_at.is_none() && row.missing_since.is_some())
    }

    pub(crate) fn gone(&self) -> BTreeSet<String> {
        self.ids(|row| row.gone_at.is_some())
    }

    pub(crate) fn entity(&self, n: u32) -> &EntityRow {
        let id = format!("aws:AIDA{n}");
        let mut found = self.entities.iter().filter(|row| row.entity.id.as_str() == id);
        let row = found.next().unwrap();
        assert!(found.next().is_none(), "{id} has several rows");
        row
    }

    pub(crate) fn scope(&self, name: &str) -> &ScopeCoverage {
        self.coverage.iter().find(|row| row.scope == name).unwrap()
    }
}

pub(crate) fn ids(numbers: impl IntoIterator<Item = u32>) -> BTreeSet<String> {
    numbers.into_iter().map(|n| format!("aws:AIDA{n}")).collect()
}
