//! A model of the store: random worlds, scans with random faults, and crashes.
//!
//! Safety: whatever happens, a scan marks or closes only what does not exist, and closes only what enough complete scans
//! in a row have missed. Liveness: once the faults stop, the database equals the world after `confirm_absence` + 1 scans.
//! A carrier that knows what it is about to show, and that it is as before, does not show it again.
//! No vacuous pass: at least a third of the schedules must contain deletions that were found. And the model is worth its
//! name only if it notices when the check for completeness is taken out.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRng, TestRunner};
use sha2::Digest as _;
use whosekey_sdk::{Attempt, Entity, Evidence, Kind, Link, LinkKind, Outcome, Record, Scope, Timestamp};

use super::Store;

/// Few ids, so that they come and go and come again; enough for a scan to be suspect.
const IDS: u8 = 24;
const SCOPES: u8 = 3;

/// What exists: each scope's things, with a number that changes when they do.
type World = BTreeMap<u8, BTreeMap<u8, u32>>;

#[derive(Debug, Clone)]
enum Action {
    Create { scope: u8, id: u8 },
    Change { scope: u8, id: u8 },
    Delete { scope: u8, id: u8 },
    DeleteBelow { scope: u8, id: u8 },
    DeleteScope { scope: u8 },
    Scan(Faults),
}

/// How a scan goes.
#[derive(Debug, Clone)]
struct Faults {
    list: Option<Outcome>,
    /// For each scope: how it ends, and after how many records.
    scopes: Vec<(Ending, usize)>,
    /// The process dies after so many scopes.
    crash_after: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Whole,
    Cut(Outcome),
    Stopped,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let place = || (0..SCOPES, 0..IDS);
    let action = prop_oneof![
        6 => place().prop_map(|(scope, id)| Action::Create { scope, id }),
        2 => place().prop_map(|(scope, id)| Action::Change { scope, id }),
        3 => place().prop_map(|(scope, id)| Action::Delete { scope, id }),
        1 => place().prop_map(|(scope, id)| Action::DeleteBelow { scope, id }),
        1 => (0..SCOPES).prop_map(|scope| Action::DeleteScope { scope }),
        8 => faults().prop_map(Action::Scan),
    ];
    prop::collection::vec(action, 10..60)
}

fn faults() -> impl Strategy<Value = Faults> {
    let ending = prop_oneof![
        6 => Just(Ending::Whole),
        2 => Just(Ending::Cut(Outcome::Partial)),
        1 => Just(Ending::Cut(Outcome::Failed)),
        1 => Just(Ending::Stopped),
    ];
    let list = prop_oneof![
        4 => Just(Some(Outcome::Complete)),
        1 => Just(Some(Outcome::Partial)),
        1 => Just(Some(Outcome::Failed)),
        1 => Just(None),
    ];
    let scopes = prop::collection::vec((ending, 0..40_usize), SCOPES as usize);
    (list, scopes, prop::option::weighted(0.1, 0..3_usize)).prop_map(|(list, scopes, crash_after)| Faults {
        list,
        scopes,
        crash_after,
    })
}

fn no_faults() -> Faults {
    let scopes = vec![(Ending::Whole, usize::MAX); SCOPES as usize];
    Faults { list: Some(Outcome::Complete), scopes, crash_after: None }
}

/// A world, its database, and what the database may conclude.
struct Run<'d> {
    database: &'d Path,
    store: Option<Store>,
    world: World,
    hour: i64,
    confirm_absence: u32,
    believe_every_silence: bool,
    /// Complete scans in a row that did not show a thing which was shown before.
    missed: BTreeMap<(u8, u8), u32>,
    /// The same for scopes and lists.
    missed_lists: BTreeMap<u8, u32>,
    closed: usize,
    /// Scopes that were as before.
    spared: usize,
}

fn name(scope: u8) -> String {
    format!("scope {scope}")
}

fn records(things: &BTreeMap<u8, u32>) -> Vec<Record> {
    let of = |(id, revision): (&u8, &u32)| {
        let entity = Entity::new(format!("x:{id}"), Kind::Identity, "x.user", revision.to_string());
        let link = Link::new(format!("x:{id}"), LinkKind::OwnedBy, format!("owner {revision}"), Evidence::Declared, "");
        // Some twice, as from pages that overlap.
        let again = id.is_multiple_of(8).then(|| Record::from(entity.clone()));
        [Record::from(entity), Record::from(link)].into_iter().chain(again)
    };
    things.iter().flat_map(of).collect()
}

fn digest(records: &[Record]) -> [u8; 32] {
    sha2::Sha256::digest(format!("{records:?}")).into()
}

fn attempt(outcome: Outcome, at: Timestamp) -> Attempt {
    Attempt { outcome, records: 0, requests: 0, started_at: at, finished_at: at, issues: Vec::new() }
}

impl Run<'_> {
    fn open(&mut self) -> &mut Store {
        self.store.get_or_insert_with(|| {
            let store = Store::open(self.database).expect("it opens after every crash");
            // The model is about processes that die, not about power: without syncing it runs ten times as often.
            store.connection.pragma_update(None, "synchronous", "off").expect("a setting");
            store
        })
    }

    fn act(&mut self, action: &Action) -> Result<(), TestCaseError> {
        match *action {
            Action::Create { scope, id } => {
                self.world.entry(scope).or_default().entry(id).or_insert(0);
            }
            Action::Change { scope, id } => {
                if let Some(revision) = self.world.get_mut(&scope).and_then(|things| things.get_mut(&id)) {
                    *revision += 1;
                }
            }
            Action::Delete { scope, id } => {
                self.world.get_mut(&scope).and_then(|things| things.remove(&id));
            }
            Action::DeleteBelow { scope, id } => {
                self.world.entry(scope).and_modify(|things| things.retain(|other, _| *other >= id));
            }
            Action::DeleteScope { scope } => {
                self.world.remove(&scope);
            }
            Action::Scan(ref faults) => return self.scan(faults),
        }
        Ok(())
    }

    fn scan(&mut self, faults: &Faults) -> Result<(), TestCaseError> {
        self.hour += 1;
        let at = Timestamp::from_secs(self.hour * 3600);
        let (confirm_absence, believe) = (self.confirm_absence, self.believe_every_silence);
        let world = self.world.clone();
        let (mut shown, mut whole, mut listed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut list_was_whole = false;
        let mut spared = 0;
        let before = self.open().before().expect("what was before is known");
        let mut writer = self.open().begin_run(at, &[("s", "replay")], confirm_absence).expect("a run begins");
        writer.believe_every_silence = believe;
        if let Some(outcome) = faults.list {
            // A list that is cut has lost its end.
            let count = if outcome == Outcome::Complete { world.len() } else { world.len() / 2 };
            let scopes: Vec<Scope> = world.keys().take(count).map(|scope| Scope::new(name(*scope))).collect();
            writer.source_listed("s", &scopes, &attempt(outcome, at)).expect("a list is applied");
            listed.extend(world.keys().take(count).copied());
            list_was_whole = outcome == Outcome::Complete;
        }
        for (done, (scope, things)) in world.iter().enumerate() {
            if faults.crash_after == Some(done) {
                break;
            }
            let (ending, cut_at) = faults.scopes[usize::from(*scope)];
            let mut records = records(things);
            if ending != Ending::Whole {
                records.truncate(cut_at);
            }
            let digest = digest(&records);
            let as_before = before.get(&("s".to_owned(), name(*scope))).is_some_and(|(shown, _)| *shown == digest);
            // A list that is believed although it was cut may have closed a scope that is here all the same.
            let is_spared = ending == Ending::Whole && as_before && !believe;
            if !is_spared {
                for page in records.chunks(7) {
                    writer.page("s", &name(*scope), page).expect("a page is taken");
                }
                writer.scope_digest("s", &name(*scope), digest).expect("a digest is noted");
            }
            let outcome = match ending {
                Ending::Whole => Outcome::Complete,
                Ending::Cut(outcome) => outcome,
                Ending::Stopped => continue,
            };
            let attempt = attempt(outcome, at);
            if is_spared {
                writer.finish_unchanged("s", &name(*scope), &attempt, digest).expect("a scope is as it was");
                spared += 1;
            } else {
                writer.finish_scope("s", &name(*scope), &attempt).expect("a scope is applied");
            }
            listed.insert(*scope);
            shown.extend(records.iter().filter_map(|record| match record {
                Record::Entity(entity) => entity.id.as_str()[2..].parse().ok().map(|id: u8| (*scope, id)),
                Record::Link(_) | Record::Activity(_) => None,
            }));
            if ending == Ending::Whole {
                whole.insert(*scope);
            }
        }
        if faults.crash_after.is_some() {
            drop(writer);
            self.store = None;
        } else {
            writer.finish().expect("a run ends");
        }
        self.spared += spared;
        for (place, missed) in &mut self.missed {
            if shown.contains(place) {
                *missed = 0;
            } else if whole.contains(&place.0) {
                *missed += 1;
            }
        }
        self.missed.extend(shown.into_iter().map(|place| (place, 0)));
        for (scope, missed) in &mut self.missed_lists {
            if listed.contains(scope) {
                *missed = 0;
            } else if list_was_whole {
                *missed += 1;
            }
        }
        self.missed_lists.extend(listed.into_iter().map(|scope| (scope, 0)));
        self.check(at)
    }

    /// What this scan marked or closed does not exist, and was missed often enough.
    fn check(&mut self, at: Timestamp) -> Result<(), TestCaseError> {
        let mut rows = Vec::new();
        self.open().load(None, |_| {}, |row| rows.push(row), |_| {}, |_| {}).expect("the state loads");
        for row in rows {
            let place = place(&row.scope, row.entity.id.as_str());
            let exists = self.world.get(&place.0).is_some_and(|things| things.contains_key(&place.1));
            if row.missing_since == Some(at) || row.gone_at == Some(at) {
                prop_assert!(!exists, "{place:?} exists and was marked as missing or gone");
            }
            if row.gone_at == Some(at) {
                self.closed += 1;
                let missed = self.missed[&place].max(self.missed_lists.get(&place.0).copied().unwrap_or(0));
                prop_assert!(missed >= self.confirm_absence, "{place:?} was closed after {missed} complete scans");
            }
        }
        Ok(())
    }

    /// The database shows what exists, and nothing else.
    fn equals_world(&mut self) -> Result<(), TestCaseError> {
        let (mut found, mut links): (World, World) = (World::new(), World::new());
        let mut missing = 0;
        self.open()
            .load(
                None,
                |_| {},
                |row| {
                    if row.gone_at.is_none() {
                        missing += usize::from(row.missing_since.is_some());
                        let (scope, id) = place(&row.scope, row.entity.id.as_str());
                        found.entry(scope).or_default().insert(id, row.entity.name.parse().unwrap());
                    }
                },
                |row| {
                    if row.gone_at.is_none() {
                        let (scope, id) = place(&row.scope, row.link.from.as_str());
                        let revision = row.link.to.as_str().trim_start_matches("owner ").parse().unwrap();
                        links.entry(scope).or_default().insert(id, revision);
                    }
                },
                |_| {},
            )
            .expect("the state loads");
        let mut world = self.world.clone();
        world.retain(|_, things| !things.is_empty());
        prop_assert_eq!(&found, &world);
        prop_assert_eq!(&links, &world);
        prop_assert_eq!(missing, 0);
        Ok(())
    }
}

fn place(scope: &str, id: &str) -> (u8, u8) {
    (scope.trim_start_matches("scope ").parse().unwrap(), id.trim_start_matches("x:").parse().unwrap())
}

/// Plays a schedule; returns how many closings there were, and how many scopes were as before.
fn play(
    actions: &[Action],
    confirm_absence: u32,
    believe_every_silence: bool,
) -> Result<(usize, usize), TestCaseError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut run = Run {
        database: &dir.path().join("whosekey.db"),
        store: None,
        world: World::new(),
        hour: 0,
        confirm_absence,
        believe_every_silence,
        missed: BTreeMap::new(),
        missed_lists: BTreeMap::new(),
        closed: 0,
        spared: 0,
    };
    for action in actions {
        run.act(action)?;
    }
    for _ in 0..=confirm_absence {
        run.scan(&no_faults())?;
    }
    run.equals_world()?;
    let broken: i64 = run
        .open()
        .connection
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .expect("keys are checked");
    prop_assert_eq!(broken, 0);
    Ok((run.closed, run.spared))
}

#[test]
fn no_schedule_of_faults_closes_what_exists_and_all_that_is_gone_is_closed_in_the_end() {
    let (schedules, with_deletions, with_spared) = (Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32));
    let mut runner = TestRunner::new(Config { source_file: Some(file!()), ..Config::with_cases(256) });
    runner
        .run(&(actions(), 1..=3_u32), |(actions, confirm_absence)| {
            let (closed, spared) = play(&actions, confirm_absence, false)?;
            schedules.set(schedules.get() + 1);
            with_deletions.set(with_deletions.get() + u32::from(closed > 0));
            with_spared.set(with_spared.get() + u32::from(spared > 0));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let (schedules, with_deletions, with_spared) = (schedules.get(), with_deletions.get(), with_spared.get());
    assert!(with_deletions * 10 >= schedules * 3, "{with_deletions} of {schedules} schedules closed anything");
    assert!(with_spared * 10 >= schedules * 3, "in {with_spared} of {schedules} schedules was a scope as before");
}

#[test]
fn without_the_check_for_completeness_the_model_fails() {
    let config = Config { failure_persistence: None, max_shrink_iters: 0, ..Config::with_cases(64) };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let verdict = runner
        .run(&(actions(), 1..=3_u32), |(actions, confirm_absence)| play(&actions, confirm_absence, true).map(drop));
    let Err(TestError::Fail(reason, _)) = verdict else { panic!("{verdict:?}") };
    assert!(
        reason.message().contains("exists and was marked") || reason.message().contains("was closed after"),
        "{reason}"
    );
}
