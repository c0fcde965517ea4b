//! The store under a first scan and an unchanged second one, beside plain rusqlite insertion of the same rows; and the
//! graph of what is stored, loaded and judged.
//!
//! `cargo bench --bench store` takes a million entities and three million links in one scope, the worst case for memory;
//! `WHOSEKEY_BENCH_ENTITIES=10000` makes it small. Records are made from a fixed seed between the timed parts, page by
//! page. The yardstick is plain rusqlite insertion of the same rows: into plain tables with the one thing that no
//! inventory can do without, a primary key by which a thing that is seen again is found again, in the order in which they
//! come, in one transaction through one prepared statement a table, with SQLite's own settings; the making of its rows
//! does not count. A second one leaves even the key out, so that no row can be found again. The writer's time counts
//! everything from opening to `finish`: digests, comparison, JSON, spilling, the transaction, the checkpoint. Processor
//! time is that of the whole process, all threads, and says more than the wall's while other work loads the machine.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads its environment"
)]

use std::ops::AddAssign;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use whosekey::analysis::{Input, Policy, analyze};
use whosekey::store::{Counts, Store};
use whosekey_sdk::{
    AccessLevel, Attempt, Entity, Evidence, Fact, Kind, Link, LinkKind, Outcome, OwnerRole, Record, Timestamp,
};

const SEED: u64 = 0x5eed_0f4c;
const PAGE: u64 = 500;
const LINKS_PER_ENTITY: u64 = 3;
const NOW: i64 = 1_795_000_000;

fn main() {
    let entities = std::env::var("WHOSEKEY_BENCH_ENTITIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let links = entities * LINKS_PER_ENTITY;
    let dir = tempfile::tempdir().expect("a temporary directory");
    println!("{entities} entities, {links} links, one scope, pages of {PAGE}, seed {SEED:#x}");

    let keyless = plain_insertion(plain_tables(&dir.path().join("keyless.db"), ""), entities);
    println!("plain insertion, no key     {keyless}");
    let key = ", PRIMARY KEY (scope_id, key)";
    let plain = plain_insertion(plain_tables(&dir.path().join("plain.db"), key), entities);
    println!("plain insertion             {plain}");

    reset_peak_memory();
    let database = dir.path().join("whosekey.db");
    let (first, counts) = scan(&database, entities, NOW);
    let peak = peak_memory_mib();
    assert_eq!((counts.entity_versions, counts.link_versions), (entities, links), "each record is one row");
    println!("first scan                  {first}");
    println!("  beside plain insertion    {} (target: at most 3)", first.over(plain));
    println!("  beside that without key   {}", first.over(keyless));
    println!("  peak memory               {peak:8} MiB (target: under 1024)");
    println!("  database                  {:8} MiB", size_mib(&database));

    reset_peak_memory();
    let (second, after) = scan(&database, entities, NOW + 21_600);
    println!("unchanged second scan       {second}");
    println!("  beside the first          {} as fast (target: at least 5)", first.over(second));
    println!("  peak memory               {:8} MiB", peak_memory_mib());
    assert_eq!(after.entity_versions, counts.entity_versions, "no entity row was written");
    assert_eq!(after.link_versions, counts.link_versions, "no link row was written");
    assert_eq!((after.uses, after.absences), (0, 0), "no other row was written either");

    reset_peak_memory();
    let clock = Clock::start();
    let store = Store::open_read_only(&database).expect("the database opens");
    let graph = store.graph(None).expect("the graph loads");
    let loaded = clock.elapsed();
    println!("load of the graph           {loaded}");
    assert_eq!(graph.link_count() as u64, links);
    let policy = Policy::default();
    let clock = Clock::start();
    let analysis = analyze(&Input::new(&graph, &policy, Timestamp::from_secs(NOW + 21_600)));
    println!("judging                     {} {} findings", clock.elapsed(), analysis.findings.len());
    println!("  peak memory               {:8} MiB", peak_memory_mib());
}

/// Wall time, and the time of this process on all processors, which other work on the machine stretches less.
struct Clock {
    wall: Instant,
    cpu: Duration,
}

#[derive(Clone, Copy, Default)]
struct Spent {
    wall: Duration,
    cpu: Duration,
}

impl Clock {
    fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu() }
    }

    fn elapsed(&self) -> Spent {
        Spent { wall: self.wall.elapsed(), cpu: cpu() - self.cpu }
    }
}

impl Spent {
    fn over(self, other: Self) -> String {
        let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
        format!("{:8.2} x ({:.2} x of CPU)", ratio(self.wall, other.wall), ratio(self.cpu, other.cpu))
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:8.2} s ({:.2} s of CPU)", self.wall.as_secs_f64(), self.cpu.as_secs_f64())
    }
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("less than a second"))
}

fn scan(database: &Path, entities: u64, at: i64) -> (Spent, Counts) {
    let mut spent = Spent::default();
    let clock = Clock::start();
    let mut store = Store::open(database).expect("the database opens");
    let mut writer = store.begin_run(Timestamp::from_secs(at), &[("bench", "replay")], 2).expect("a run begins");
    spent += clock.elapsed();
    for (number, page) in pages(entities).enumerate() {
        let clock = Clock::start();
        writer.page("bench", "all", &page).expect("a page is taken");
        spent += clock.elapsed();
        if number == 0 {
            println!("  loading what is stored    {spent}");
        }
    }
    println!("  comparing pages           {spent}");
    let attempt = complete(at, entities * (1 + LINKS_PER_ENTITY));
    let clock = Clock::start();
    writer.finish_scope("bench", "all", &attempt).expect("the scope is applied");
    println!("  applying the scope        {}", clock.elapsed());
    writer.finish().expect("the run ends");
    spent += clock.elapsed();
    (spent, store.counts().expect("rows are counted"))
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

/// Tables with the columns that a version has, and a key or none.
fn plain_tables(database: &Path, key: &str) -> Connection {
    let connection = Connection::open(database).expect("a plain database opens");
    connection
        .execute_batch(&format!(
            "CREATE TABLE entity_version (scope_id INTEGER, key BLOB, hash BLOB, from_run INTEGER, first_run INTEGER,
                 disabled_run INTEGER, type_id INTEGER, last_used_at INTEGER, use_tracked_since INTEGER, body TEXT{key});
             CREATE TABLE link_version (scope_id INTEGER, key BLOB, hash BLOB, from_run INTEGER, first_run INTEGER,
                 type_id INTEGER, body TEXT{key});"
        ))
        .expect("plain tables are made");
    connection
}

/// The yardstick.
fn plain_insertion(mut connection: Connection, entities: u64) -> Spent {
    let mut spent = Spent::default();
    let transaction = connection.transaction().expect("a transaction begins");
    {
        let mut insert_entity = transaction
            .prepare(
                "INSERT INTO entity_version (scope_id, key, hash, from_run, first_run, disabled_run, type_id,
                     last_used_at, use_tracked_since, body)
                 VALUES (1, ?1, ?2, 1, 1, ?3, 1, ?4, ?5, ?6)",
            )
            .expect("a statement is prepared");
        let mut insert_link = transaction
            .prepare(
                "INSERT INTO link_version (scope_id, key, hash, from_run, first_run, type_id, body)
                 VALUES (1, ?1, ?2, 1, 1, 1, ?3)",
            )
            .expect("a statement is prepared");
        let mut number = 0;
        for page in pages(entities) {
            let rows: Vec<Plain> = page
                .iter()
                .map(|record| {
                    number += 1;
                    Plain::of(record, number)
                })
                .collect();
            let clock = Clock::start();
            for Plain { key, disabled, last_used_at, tracked, body, is_link } in &rows {
                if *is_link {
                    insert_link.execute(params![key, key, body])
                } else {
                    insert_entity.execute(params![key, key, disabled, last_used_at, tracked, body])
                }
                .expect("a row is inserted");
            }
            spent += clock.elapsed();
        }
    }
    let clock = Clock::start();
    transaction.commit().expect("the transaction commits");
    drop(connection);
    spent += clock.elapsed();
    spent
}

fn complete(at: i64, records: u64) -> Attempt {
    let at = Timestamp::from_secs(at);
    Attempt { outcome: Outcome::Complete, records, requests: 0, started_at: at, finished_at: at, issues: Vec::new() }
}

struct Plain {
    key: [u8; 16],
    disabled: Option<i64>,
    last_used_at: i64,
    tracked: i64,
    body: String,
    is_link: bool,
}

impl Plain {
    fn of(record: &Record, number: u64) -> Self {
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
        let key = [mixed(number).to_le_bytes(), mixed(!number).to_le_bytes()].concat();
        Self {
            key: key.try_into().expect("two words"),
            disabled: number.is_multiple_of(17).then_some(1),
            last_used_at: NOW * 1000,
            tracked: NOW * 1000,
            body: value.to_string(),
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
