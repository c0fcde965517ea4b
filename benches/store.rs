//! The store under a first scan and an unchanged second one, beside plain rusqlite insertion of the same rows.
//!
//! `cargo bench --bench store` takes a million entities and three million links in one scope, the worst case for memory;
//! `WHOSEKEY_BENCH_ENTITIES=10000` makes it small. Records are made from a fixed seed between the timed parts, page by
//! page. The yardstick inserts the same columns into tables without index, key or check, in one transaction through one
//! prepared statement a table, and does not count the making of its rows; the writer's time counts everything from
//! `begin_run` to `finish`: digests, comparison, JSON, spilling, the transaction, the checkpoint.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use whosekey::store::Store;
use whosekey_sdk::{
    AccessLevel, Attempt, Entity, Evidence, Fact, Kind, Link, LinkKind, Outcome, OwnerRole, Record, Timestamp,
};

const SEED: u64 = 0x5eed_0f_4c7;
const PAGE: u64 = 500;
const LINKS_PER_ENTITY: u64 = 3;
const NOW: i64 = 1_795_000_000;

fn main() {
    let entities = std::env::var("WHOSEKEY_BENCH_ENTITIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let links = entities * LINKS_PER_ENTITY;
    let dir = tempfile::tempdir().expect("a temporary directory");
    println!("{entities} entities, {links} links, one scope, pages of {PAGE}, seed {SEED:#x}");

    let plain = plain_insertion(&dir.path().join("plain.db"), entities);
    println!("plain rusqlite insertion      {:8.2} s", plain.as_secs_f64());

    reset_peak_memory();
    let database = dir.path().join("whosekey.db");
    let (first, counts) = scan(&database, entities, NOW);
    let first_peak = peak_memory_mib();
    assert_eq!((counts.entity_versions, counts.link_versions), (entities, links), "each record is one row");
    println!(
        "first scan                    {:8.2} s   {:.2} x plain (target: at most 3)",
        first.as_secs_f64(),
        ratio(first, plain)
    );
    println!("  peak memory                 {first_peak:8} MiB (target: under 1024)");
    println!("  database                    {:8} MiB", size_mib(&database));

    reset_peak_memory();
    let (second, after) = scan(&database, entities, NOW + 21_600);
    println!(
        "unchanged second scan         {:8.2} s   {:.2} x faster than the first (target: at least 5)",
        second.as_secs_f64(),
        ratio(first, second)
    );
    println!("  peak memory                 {:8} MiB", peak_memory_mib());
    assert_eq!(after.entity_versions, counts.entity_versions, "no entity row was written");
    assert_eq!(after.link_versions, counts.link_versions, "no link row was written");
    assert_eq!((after.uses, after.absences), (0, 0), "no other row was written either");

    reset_peak_memory();
    let began = Instant::now();
    let store = Store::open_read_only(&database).expect("the database opens");
    let mut loaded = 0_u64;
    let mut count = || loaded += 1;
    let count = std::cell::RefCell::new(&mut count);
    store
        .load(
            None,
            |_| {},
            |row| {
                black_box(&row);
                (count.borrow_mut())();
            },
            |row| {
                black_box(&row);
                (count.borrow_mut())();
            },
            |_| {},
        )
        .expect("the state loads");
    println!("load of the state             {:8.2} s", began.elapsed().as_secs_f64());
    assert_eq!(loaded, entities + links);
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn scan(database: &Path, entities: u64, at: i64) -> (Duration, whosekey::store::Counts) {
    let mut timed = Duration::ZERO;
    let began = Instant::now();
    let mut store = Store::open(database).expect("the database opens");
    let mut writer = store.begin_run(Timestamp::from_secs(at), &[("bench", "replay")], 2).expect("a run begins");
    timed += began.elapsed();
    for page in pages(entities) {
        let began = Instant::now();
        writer.page("bench", "all", &page).expect("a page is taken");
        timed += began.elapsed();
    }
    let attempt = Attempt {
        outcome: Outcome::Complete,
        records: entities * (1 + LINKS_PER_ENTITY),
        requests: 0,
        started_at: Timestamp::from_secs(at),
        finished_at: Timestamp::from_secs(at),
        issues: Vec::new(),
    };
    let began = Instant::now();
    println!("    pages {:.2}", timed.as_secs_f64());
    writer.finish_scope("bench", "all", &attempt).expect("the scope is applied");
    println!("    applied {:.2}", began.elapsed().as_secs_f64());
    writer.finish().expect("the run ends");
    timed += began.elapsed();
    println!("    finished {:.2}", began.elapsed().as_secs_f64());
    (timed, store.counts().expect("rows are counted"))
}

/// Entities first, then links, as a listing of identities before their keys and policies would come.
fn pages(entities: u64) -> impl Iterator<Item = Vec<Record>> {
    let links = entities * LINKS_PER_ENTITY;
    let of_entities = (0..entities)
        .step_by(PAGE as usize)
        .map(move |from| (from..(from + PAGE).min(entities)).map(|n| Record::from(entity(n))).collect());
    let of_links = (0..links)
        .step_by(PAGE as usize)
        .map(move |from| (from..(from + PAGE).min(links)).map(|n| Record::from(link(n, entities))).collect());
    of_entities.chain(of_links)
}

/// splitmix64: one well-mixed number for each n.
fn mixed(n: u64) -> u64 {
    let mut z = SEED.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn id(n: u64) -> String {
    match n % 4 {
        0 => format!("aws:AIDA{:016X}", mixed(n)),
        1 => format!("aws:AROA{:016X}", mixed(n)),
        2 => format!("aws:AKIA{:016X}", mixed(n)),
        _ => format!("agent:{:016x}", mixed(n)),
    }
}

fn entity(n: u64) -> Entity {
    let (kind, type_name) = match n % 4 {
        0 => (Kind::Identity, "aws.iam-user"),
        1 => (Kind::Identity, "aws.iam-role"),
        2 => (Kind::Credential, "aws.access-key"),
        _ => (Kind::Agent, "agents.mcp-client"),
    };
    let random = mixed(n ^ 0xff);
    let mut entity = Entity::new(id(n), kind, type_name, format!("svc-{}-{n}", random % 997))
        .alias(format!("arn:aws:iam::{:012}:user/svc-{n}", random % 500))
        .attribute("environment", if random.is_multiple_of(3) { "prod" } else { "dev" })
        .attribute("path", "/service/");
    entity.created_at = Fact::Known(Timestamp::from_secs(NOW - (random % 100_000_000) as i64));
    entity.last_used_at =
        Fact::Known((!random.is_multiple_of(5)).then(|| Timestamp::from_secs(NOW - (random % 1_000_000) as i64)));
    entity.use_tracked_since = Fact::Known(Timestamp::from_secs(NOW - 34_560_000));
    entity.enabled = Fact::Known(!random.is_multiple_of(17));
    entity
}

fn link(n: u64, entities: u64) -> Link {
    let (from, to) = (id(n / LINKS_PER_ENTITY), id(mixed(n ^ 0xabc) % entities));
    match n % 3 {
        0 => Link::new(
            from,
            LinkKind::OwnedBy,
            format!("email:person{}@example.com", mixed(n) % 5000),
            Evidence::Declared,
            "tag owner",
        )
        .role(OwnerRole::Owner),
        1 => Link::new(from, LinkKind::CanAccess, to, Evidence::Proven, format!("policy p-{}", mixed(n) % 300))
            .level(AccessLevel::Write),
        _ => Link::new(from, LinkKind::Assumes, to, Evidence::Proven, "iam:GetRole trust policy"),
    }
}

/// The yardstick: the same columns, nothing else.
fn plain_insertion(database: &Path, entities: u64) -> Duration {
    let mut connection = Connection::open(database).expect("a plain database opens");
    connection
        .execute_batch(
            "CREATE TABLE entity (scope_id INTEGER, key BLOB, hash BLOB, from_run INTEGER, first_run INTEGER,
                 disabled_run INTEGER, type_id INTEGER, last_used_at INTEGER, use_tracked_since INTEGER, body TEXT);
             CREATE TABLE link (scope_id INTEGER, key BLOB, hash BLOB, from_run INTEGER, first_run INTEGER,
                 type_id INTEGER, body TEXT);",
        )
        .expect("plain tables are made");
    let mut timed = Duration::ZERO;
    let transaction = connection.transaction().expect("a transaction begins");
    {
        let mut insert_entity = transaction
            .prepare("INSERT INTO entity VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
            .expect("a statement is prepared");
        let mut insert_link = transaction
            .prepare("INSERT INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .expect("a statement is prepared");
        for page in pages(entities) {
            let rows: Vec<Plain> = page.iter().map(Plain::of).collect();
            let began = Instant::now();
            for row in &rows {
                let Plain { key, hash, disabled, last_used_at, tracked, body, is_link } = row;
                if *is_link {
                    insert_link.execute(params![1, key, hash, 1, 1, 1, body])
                } else {
                    let disabled = disabled.then_some(1);
                    insert_entity.execute(params![1, key, hash, 1, 1, disabled, 1, last_used_at, tracked, body])
                }
                .expect("a row is inserted");
            }
            timed += began.elapsed();
        }
    }
    let began = Instant::now();
    transaction.commit().expect("the transaction commits");
    timed + began.elapsed()
}

struct Plain {
    key: [u8; 16],
    hash: [u8; 16],
    disabled: bool,
    last_used_at: i64,
    tracked: i64,
    body: String,
    is_link: bool,
}

impl Plain {
    fn of(record: &Record) -> Self {
        let mut value = match record {
            Record::Entity(entity) => serde_json::to_value(entity),
            Record::Link(link) => serde_json::to_value(link),
            Record::Activity(activity) => serde_json::to_value(activity),
        }
        .expect("records are JSON");
        // What the store keeps in columns does not stand in its bodies.
        let members = value.as_object_mut().expect("a record is an object");
        for column in ["kind", "type", "last_used_at", "use_tracked_since", "evidence", "role", "level"] {
            members.remove(column);
        }
        let body = value.to_string();
        let number =
            mixed(body.len() as u64 ^ body.bytes().fold(0, |sum, byte| u64::wrapping_mul(sum, 31) ^ u64::from(byte)));
        let key = [number.to_le_bytes(), mixed(number).to_le_bytes()].concat();
        let key: [u8; 16] = key.try_into().expect("two words");
        Self {
            key,
            hash: key,
            disabled: number.is_multiple_of(17),
            last_used_at: NOW * 1000,
            tracked: NOW * 1000,
            body,
            is_link: matches!(record, Record::Link(_)),
        }
    }
}

fn size_mib(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len() >> 20)
}

/// Linux alone tells; elsewhere nothing is printed that could be believed.
fn peak_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) >> 10
}

fn reset_peak_memory() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
