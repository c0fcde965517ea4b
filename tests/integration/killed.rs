//! The program killed (`SIGKILL`) at random moments of a scan, again and again.
//!
//! Whatever the moment: the database is whole, each scope stands as one scan showed it, nothing has gone missing, and the
//! next scan ends in the very state, byte for byte of its report, in which a scan ends that nothing disturbed.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::estate::{Estate, Scope, entity, known, link, scope};

/// Scans that must have been killed between their beginning and their end.
const KILLS: usize = 50;
/// So many die one after the other before one is let through.
const IN_A_ROW: usize = 6;
/// First scans that are killed.
const FIRST_SCANS: usize = 15;
const SCOPES: usize = 8;
const USERS: usize = 36;
const MORE_USERS: usize = 12;

const FIRST: &str = "2026-11-24T00:00:00Z";
const SECOND: &str = "2026-11-24T06:00:00Z";

/// What the estate is like at the first scan, and afterwards: users have another name, more are there, more of them have
/// an owner, and all keys have been used. Nothing has gone, for what is missing is counted by the scan, and a scan that
/// was killed after half of its scopes has counted those.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    After,
}

fn records(state: State) -> Vec<Scope> {
    let (word, users, owned, used) = match state {
        State::Before => ("before", USERS, 3, "2026-11-20T00:00:00Z"),
        State::After => ("after", USERS + MORE_USERS, 2, "2026-11-23T00:00:00Z"),
    };
    let of_user = |at: usize, n: usize| -> Vec<Value> {
        let (id, key) = (format!("aws:AIDA{at}x{n}"), format!("aws:AKIA{at}x{n}"));
        let facts = json!({
            "created_at": known("2024-01-01T00:00:00Z"),
            "use_tracked_since": known("2020-01-01T00:00:00Z"),
            "last_used_at": known(used),
        });
        let mut records = vec![
            entity(&id, "identity", json!({ "name": format!("{word} {n}") })),
            entity(&key, "credential", facts),
            link(&key, "authenticates_as", &id),
        ];
        records.extend((n % 6 >= owned).then(|| link(&id, "owned_by", "email:ada@example.com")));
        records
    };
    let of_scope = |at: usize| -> Vec<Value> { (0..users).flat_map(|n| of_user(at, n)).collect() };
    (0..SCOPES).map(|at| scope(&format!("acme/{at}"), &of_scope(at))).collect()
}

/// Looks into the database without the program. Returns how many scopes are as the second scan shows them, and whether
/// a scan had begun and not ended.
fn look(database: &Path, begun_before: i64) -> (usize, bool) {
    let connection = rusqlite::Connection::open(database).unwrap();
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    let broken: i64 =
        connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
    // The newest word of its users, how many there are, and the links and moved uses beside them.
    let mut statement = connection
        .prepare(
            "SELECT e.scope, substr(e.name, 1, instr(e.name, ' ') - 1), count(*),
                 (SELECT count(*) FROM link_current AS l WHERE l.scope = e.scope AND l.kind = 'authenticates_as'),
                 (SELECT count(*) FROM entity_use AS u JOIN entity_version AS v ON v.id = u.version_id
                     JOIN scope AS c ON c.id = v.scope_id WHERE c.name = e.scope)
             FROM entity_current AS e WHERE e.kind = 'identity' GROUP BY 1, 2",
        )
        .unwrap();
    let mut scopes: BTreeMap<String, (String, [usize; 3])> = BTreeMap::new();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let count = |column| usize::try_from(row.get::<_, i64>(column).unwrap()).unwrap();
        let found = (row.get(1).unwrap(), [count(2), count(3), count(4)]);
        let other = scopes.insert(row.get(0).unwrap(), found);
        assert_eq!(other, None, "a scope mixes two scans");
    }
    assert_eq!(scopes.len(), SCOPES);
    let mut renewed = 0;
    for (name, (word, counts)) in &scopes {
        match word.as_str() {
            "before" => assert_eq!(*counts, [USERS, USERS, 0], "{name}"),
            "after" => assert_eq!(*counts, [USERS + MORE_USERS, USERS + MORE_USERS, USERS], "{name}"),
            other => panic!("{other}"),
        }
        renewed += usize::from(word == "after");
    }
    let missing: i64 = connection
        .query_row("SELECT (SELECT count(*) FROM entity_absence) + (SELECT count(*) FROM link_absence)", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(missing, 0, "a scan that died missed something");
    let begun: bool = connection
        .query_row("SELECT id > ?1 AND finished_at IS NULL FROM run ORDER BY id DESC LIMIT 1", [begun_before], |row| {
            row.get(0)
        })
        .unwrap();
    (renewed, begun)
}

fn last_run(database: &Path) -> i64 {
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.query_row("SELECT max(id) FROM run", [], |row| row.get(0)).unwrap()
}

/// Scans, kills it at a moment that is so far from its beginning, and waits for its end.
fn kill(estate: &Estate, now: &str, moment: Duration) {
    let begun = Instant::now();
    let mut child = estate.command(&["scan", "--quiet", "--now", now]).stdout(Stdio::null()).spawn().unwrap();
    while begun.elapsed() < moment && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn remove_database(estate: &Estate) {
    for file in ["whosekey.db", "whosekey.db-wal", "whosekey.db-shm", "whosekey.db-journal"] {
        let _ = std::fs::remove_file(estate.path(file));
    }
}

/// The same numbers every time, spread over 0 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

#[test]
fn a_scan_that_is_killed_at_any_moment_leaves_a_whole_database_and_the_next_ends_as_if_it_had_never_been() {
    let estate = Estate::new();
    let database = estate.path("whosekey.db");
    estate.record(&records(State::Before));
    estate.scan_at(FIRST);
    let first = std::fs::read(&database).unwrap();
    estate.record(&records(State::After));
    let begun = Instant::now();
    let undisturbed = estate.scan_at(SECOND).0;
    let mut usual = begun.elapsed();
    assert!(look(&database, 0).0 == SCOPES && !look(&database, 0).1);

    let mut random = Random(0x5eed);
    let (mut caught, mut rounds) = (0, 0);
    while caught < KILLS {
        remove_database(&estate);
        std::fs::write(&database, &first).unwrap();
        std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut stood = 0;
        for _ in 0..IN_A_ROW {
            rounds += 1;
            assert!(rounds < 20 * KILLS, "scans are hardly ever caught in the middle");
            let begun_before = last_run(&database);
            kill(&estate, SECOND, usual.mul_f64(random.next()));
            let (renewed, is_in_mid_scan) = look(&database, begun_before);
            assert!(renewed >= stood, "what was applied before was lost");
            stood = renewed;
            caught += usize::from(is_in_mid_scan);
        }
        let begun = Instant::now();
        let next = estate.scan_at(SECOND).0;
        // How fast the machine is changes with what else it does.
        usual = (usual + begun.elapsed()) / 2;
        assert!(next == undisturbed, "the state is another one after scans that were killed");
        let left: Vec<_> = std::fs::read_dir(estate.directory()).unwrap().map(|e| e.unwrap().file_name()).collect();
        let expected =
            |name: &str| name.starts_with("whosekey.") || ["estate.ndjson", "fingerprint.key", "home"].contains(&name);
        assert!(left.iter().all(|name| expected(&name.to_string_lossy())), "{left:?}");
    }
}

/// The first scan of all takes a way of its own into the database.
#[test]
fn a_first_scan_that_is_killed_leaves_nothing_that_the_next_would_stumble_over() {
    let control = Estate::new();
    control.record(&records(State::Before));
    let begun = Instant::now();
    let undisturbed = control.scan_at(FIRST).0;
    let usual = begun.elapsed();
    let estate = Estate::new();
    estate.record(&records(State::Before));
    let mut random = Random(0xf157);
    for round in 0..FIRST_SCANS {
        remove_database(&estate);
        kill(&estate, FIRST, usual.mul_f64(random.next()));
        // Somebody else may find the database first, or a reader, or the next scan.
        match round % 3 {
            0 if estate.path("whosekey.db").exists() => {
                let connection = rusqlite::Connection::open(estate.path("whosekey.db")).unwrap();
                let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
                assert_eq!(whole, "ok");
            }
            1 => {
                let report = estate.run(&["report", "--now", FIRST]);
                let stderr = String::from_utf8_lossy(&report.stderr).into_owned();
                let is_too_early = stderr.contains("does not exist") || stderr.contains("schema");
                assert!(report.status.success() || is_too_early, "{stderr}");
            }
            _ => {}
        }
        assert!(estate.scan_at(FIRST).0 == undisturbed, "the state is another one after a first scan that was killed");
    }
}
