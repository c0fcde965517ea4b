//! Scans that end badly: killed, out of space, or overtaken by another.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use whosekey::store::{ScanLock, Store, StoreError};
use whosekey_sdk::{Entity, Record};

use crate::world::*;

const CHILD: &str = "WHOSEKEY_TEST_DATABASE";
const SCOPES: [&str; 3] = ["one", "two", "three"];
const THINGS: u32 = 150;
/// Scans that must have been killed in the middle.
const KILLS: usize = 50;

/// Every thing of a scope carries the number of the scan that last showed it: a scope is whole if they agree.
fn generation_of(store: &Store, scope: &str) -> Option<i64> {
    let state = State::of(store, None);
    let names: Vec<i64> = state
        .entities
        .iter()
        .filter(|row| row.scope == scope)
        .map(|row| {
            assert_eq!((row.missing_since, row.gone_at), (None, None));
            row.entity.name.parse().unwrap()
        })
        .collect();
    let links = state.links.iter().filter(|row| row.scope == scope).count();
    assert!(names.is_empty() || names.len() == THINGS as usize, "{scope} has {} things", names.len());
    assert_eq!(links, names.len());
    assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "{scope} mixes scans");
    names.first().copied()
}

fn things(generation: i64) -> Vec<Record> {
    (0..THINGS)
        .flat_map(|n| {
            let entity = Entity { name: generation.to_string(), ..user(n) };
            [entity.attribute("text", "x".repeat(200)).into(), owned(n, "email:ada@example.com")]
        })
        .collect()
}

#[test]
#[ignore = "is run by another test, to be killed"]
fn child_scans_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let _lock = ScanLock::acquire(&path, day(0)).unwrap();
    let mut store = Store::open(&path).unwrap();
    let first = SCOPES.iter().filter_map(|scope| generation_of(&store, scope)).max().unwrap_or(0) + 1;
    let mut out = std::io::stdout();
    for generation in first.. {
        let mut writer = store.begin_run(day(generation), &[("aws", "aws")], 2).unwrap();
        let records = things(generation);
        for page in records.chunks(40) {
            for scope in SCOPES {
                writer.page("aws", scope, page).unwrap();
            }
        }
        for scope in SCOPES {
            writer.finish_scope("aws", scope, &attempt(Complete, day(generation))).unwrap();
            writeln!(out, "applied {scope} {generation}").unwrap();
        }
        writer.finish().unwrap();
    }
}

fn spawn(path: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child_scans_until_it_is_killed", "--ignored", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_scan_that_is_killed_leaves_whole_scopes_and_what_was_applied_stands() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whosekey.db");
    let mut killed_in_mid_scan = 0;
    let mut round: u64 = 0;
    while killed_in_mid_scan < KILLS {
        round += 1;
        assert!(round < 10 * KILLS as u64, "scans are hardly ever caught in the middle");
        let mut child = spawn(&path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Let it apply something, then kill it at a moment that differs from round to round.
        let mut applied: Vec<String> = Vec::new();
        for line in lines.by_ref() {
            applied.extend(line.unwrap().strip_prefix("applied ").map(str::to_owned));
            if !applied.is_empty() {
                break;
            }
        }
        std::thread::sleep(Duration::from_micros(round * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        applied.extend(lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("applied ").map(str::to_owned)));

        let checker = rusqlite::Connection::open(&path).unwrap();
        let whole: String = checker.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        let unfinished: bool = checker
            .query_row("SELECT finished_at IS NULL FROM run ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
            .unwrap();
        killed_in_mid_scan += usize::from(unfinished);
        drop(checker);

        let store = Store::open(&path).unwrap();
        for scope in SCOPES {
            let told = applied.iter().rev().find_map(|line| line.strip_prefix(scope)?.trim().parse::<i64>().ok());
            let found = generation_of(&store, scope);
            assert!(found >= told, "{scope}: {told:?} was applied, {found:?} is there");
        }
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name.to_string_lossy().starts_with("whosekey.db")), "{left:?}");
    }
}

#[test]
fn two_processes_cannot_scan_into_one_database_and_the_lock_dies_with_its_holder() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whosekey.db");
    let mut child = spawn(&path);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().starts_with("applied")).unwrap().unwrap();
    let error = ScanLock::acquire(&path, day(1)).unwrap_err();
    let StoreError::Locked { pid, host, since } = &error else { panic!("{error}") };
    assert_eq!((*pid, *since), (Some(child.id()), Some(day(0))));
    assert!(host.as_ref().is_some_and(|host| !host.is_empty()));
    assert!(error.to_string().contains(&format!("process {} on ", child.id())), "{error}");
    // Readers are not kept out.
    State::of(&Store::open_read_only(&path).unwrap(), None);
    child.kill().unwrap();
    child.wait().unwrap();
    ScanLock::acquire(&path, day(1)).unwrap();
}

#[test]
fn a_full_disk_leaves_the_last_state_and_passes() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=50));
    let mut records = users(1..=50);
    records.extend((51..5000).map(|n| Record::from(user(n).attribute("text", "x".repeat(300)))));
    lab.store.limit_pages(120).unwrap();
    let mut writer = lab.begin(1);
    writer.page("aws", "users", &records).unwrap();
    let error = writer.finish_scope("aws", "users", &attempt(Complete, day(1))).unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error}");
    drop(writer);
    lab.store.check().unwrap();
    assert_eq!(lab.state().alive(), ids(1..=50));
    assert_eq!(lab.state().scope("users").attempt.finished_at, day(0));
    lab.store.limit_pages(100_000).unwrap();
    lab.scan(2, Complete, &records);
    assert_eq!(lab.state().alive().len(), 4999);
}

#[test]
fn a_writer_without_the_lock_is_refused_once_a_newer_scan_began() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=3));
    let mut other = Store::open(lab.store.path()).unwrap();
    let mut overtaken = lab.begin(1);
    overtaken.page("aws", "users", &users(1..=9)).unwrap();
    let newer = other.begin_run(day(2), &[("aws", "aws")], 2).unwrap();
    let error = overtaken.finish_scope("aws", "users", &attempt(Complete, day(1))).unwrap_err();
    assert!(matches!(error, StoreError::Superseded { ours: 2, newer: 3 }), "{error}");
    newer.finish().unwrap();
    drop(overtaken);
    assert_eq!(lab.state().alive(), ids(1..=3));
}

#[test]
fn a_stopped_scope_leaves_no_trace() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=3));
    let before = lab.store.counts().unwrap();
    let mut writer = lab.begin(1);
    writer.page("aws", "users", &users(2..=9)).unwrap();
    writer.finish().unwrap();
    let after = lab.store.counts().unwrap();
    assert_eq!((after.entity_versions, after.attempts), (before.entity_versions, before.attempts));
    assert_eq!(lab.state().scope("users").attempt.finished_at, day(0));
}

#[test]
fn a_reader_sees_whole_states_while_a_scan_goes_on() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=3));
    let reader = Store::open_read_only(lab.store.path()).unwrap();
    let mut writer = lab.begin(1);
    writer.page("aws", "users", &users(1..=9)).unwrap();
    assert_eq!(State::of(&reader, None).alive(), ids(1..=3));
    writer.finish_scope("aws", "users", &attempt(Complete, day(1))).unwrap();
    assert_eq!(State::of(&reader, None).alive(), ids(1..=9));
    // Even one who stays in the middle of reading keeps nobody from writing.
    let mut seen = 0;
    let mut writer = Some(writer);
    reader
        .load(
            None,
            |_| {
                if let Some(mut writer) = writer.take() {
                    writer.page("aws", "users", &users(1..=20)).unwrap();
                    writer.finish_scope("aws", "users", &attempt(Complete, day(1))).unwrap();
                    writer.finish().unwrap();
                }
            },
            |_| seen += 1,
            |_| {},
            |_| {},
        )
        .unwrap();
    assert_eq!(seen, 9);
}

#[test]
fn after_the_first_filling_the_log_is_back_and_all_that_rows_refer_to_is_there() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=2_000));
    let observer = rusqlite::Connection::open(lab.store.path()).unwrap();
    let journal: String = observer.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
    let broken: i64 =
        observer.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
    lab.store.check().unwrap();
}

#[test]
fn who_has_the_database_open_before_the_first_filling_keeps_it_in_the_log() {
    let mut lab = Lab::new();
    let reader = Store::open_read_only(lab.store.path()).unwrap();
    assert!(State::of(&reader, None).alive().is_empty());
    lab.scan(0, Complete, &users(1..=2_000));
    assert_eq!(State::of(&reader, None).alive().len(), 2_000);
}
