//! The whole program over recorded estates: a first scan, a second one in which nothing has changed, and a third in which
//! one thing has another name.
//!
//! `cargo bench --bench scan` records 1,000,000 entities and 3,000,000 links from fixed formulas (about 1 GB in a
//! temporary directory); `WHOSEKEY_BENCH_ENTITIES=10000` makes it small. One estate is well kept, and few findings come of
//! it; in the other nobody owns anything, and hundreds of thousands do. Each scan is the command as users run it: reading
//! the recording, storing, judging, and writing the overview. Judging costs the same whether or not anything has changed,
//! for time passes; `report`, which does nothing else, tells what it costs. The yardstick, in the same run, is plain rusqlite insertion
//! of the recording's rows, already read, into two plain tables, each with the key by which a row that is seen again is
//! found again, in one transaction with one prepared statement each and SQLite's own settings. Processor time is that of
//! all threads, and says more than the wall's while other work loads the machine.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads its environment"
)]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Estate {
    WellKept,
    Unowned,
}

/// Spreads numbered things over each other without a library: a fixed odd multiplier, modulo the count.
fn spread(n: u64, count: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % count
}

/// The id of the nth thing: no two alike, and in no order, as platforms' own ids are.
fn id(n: u64) -> String {
    format!("acme:{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn record(path: &Path, estate: Estate, entities: u64, first_name: &str) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(out, r#"{{"collect":"acme/all"}}"#)?;
    for n in 0..entities {
        let (kind, type_name) = match n % 4 {
            0 => ("identity", "aws.iam-user"),
            1 => ("credential", "aws.access-key"),
            2 => ("agent", "acme.agent"),
            _ => ("workload", "k8s.deployment"),
        };
        let day = 1 + n % 28;
        // One in fifty has long been unused.
        let (made, used) = if n % 50 == 1 { ("2025-10", "2026-01") } else { ("2026-10", "2026-11") };
        let id = id(n);
        let name = if n == 0 { first_name.to_owned() } else { format!("thing {n}") };
        writeln!(
            out,
            r#"{{"record":{{"entity":{{"id":"{id}","kind":"{kind}","type":"{type_name}","name":"{name}","aliases":["arn:{id}"],"created_at":{{"state":"known","value":"{made}-{day:02}T00:00:00Z"}},"last_used_at":{{"state":"known","value":"{used}-{day:02}T00:00:00Z"}},"use_tracked_since":{{"state":"known","value":"2025-01-01T00:00:00Z"}},"expires_at":{{"state":"known","value":"2027-01-01T00:00:00Z"}},"enabled":{{"state":"known","value":true}},"attributes":{{"environment":"prod"}}}}}}}}"#
        )?;
    }
    let quarter = entities / 4;
    for n in 0..entities * 3 {
        // Twelve links for each identity, its credential, its agent and its workload.
        let of = n / 12;
        let (identity, credential, agent, workload) = (4 * of, 4 * of + 1, 4 * of + 2, 4 * of + 3);
        let (from, kind, to) = match n % 12 {
            0 => (credential, "authenticates_as", id(identity)),
            1 => (agent, "holds", id(credential)),
            2 => (workload, "runs_as", id(identity)),
            3 | 4 if estate == Estate::WellKept => {
                let owned = if n % 12 == 3 { identity } else { agent };
                (owned, "owned_by", format!("email:person{}@example.com", of % 5_000))
            }
            _ => (identity, "can_access", id(3 + 4 * spread(n, quarter))),
        };
        let (from, because) = (id(from), n % 300);
        writeln!(
            out,
            r#"{{"record":{{"link":{{"from":"{from}","kind":"{kind}","to":"{to}","evidence":"proven","because":"policy p-{because}"}}}}}}"#
        )?;
    }
    writeln!(out, r#"{{"done":true}}"#)?;
    out.flush()
}

#[derive(Clone, Copy)]
struct Spent {
    wall: Duration,
    cpu: Duration,
}

impl Spent {
    fn over(self, other: Self) -> String {
        let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
        format!("{:.2} ({:.2} by processor time)", ratio(self.wall, other.wall), ratio(self.cpu, other.cpu))
    }

    fn without(self, part: Self) -> Self {
        Self { wall: self.wall.saturating_sub(part.wall), cpu: self.cpu.saturating_sub(part.cpu) }
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:7.2} s ({:6.2} s of processor)", self.wall.as_secs_f64(), self.cpu.as_secs_f64())
    }
}

/// What this process and the children that it waited for have used of all processors, in hundredths of a second.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name.split_whitespace().skip(11).take(4).filter_map(|n| n.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Runs `scan` or `report`; its time, and its peak memory as the kernel counts it, looked at until it ends.
fn run(command: &str, directory: &Path) -> std::io::Result<(Spent, u64)> {
    let (begun, cpu_before) = (Instant::now(), cpu());
    let mut child = Command::new(env!("CARGO_BIN_EXE_whosekey"))
        .args([command, "--now", "2026-11-24T00:00:00Z", "--quiet", "--format", "table"])
        .current_dir(directory)
        .stdout(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak_kib.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(ended.success(), "{ended}");
    Ok((Spent { wall: begun.elapsed(), cpu: cpu() - cpu_before }, peak_kib / 1024))
}

fn plain(recording: &Path, database: &Path) -> Result<Spent, Box<dyn Error>> {
    let lines: Vec<String> = BufReader::new(File::open(recording)?).lines().collect::<Result<_, _>>()?;
    let mut connection = Connection::open(database)?;
    connection.execute_batch(
        "CREATE TABLE entity (id TEXT PRIMARY KEY, body TEXT);
         CREATE TABLE link (id TEXT PRIMARY KEY, body TEXT);",
    )?;
    let (begun, cpu_before) = (Instant::now(), cpu());
    let transaction = connection.transaction()?;
    {
        let mut entity = transaction.prepare("INSERT INTO entity (id, body) VALUES (?1, ?2)")?;
        let mut link = transaction.prepare("INSERT INTO link (id, body) VALUES (?1, ?2)")?;
        for line in &lines {
            // An entity is found again by its id, a link by its ends and kind with its evidence.
            if let Some(rest) = line.strip_prefix(r#"{"record":{"entity":{"id":""#) {
                entity.execute(params![rest.split('"').next(), line])?;
            } else if line.starts_with(r#"{"record":{"link""#) {
                link.execute(params![&line[19..line.len() - 3], line])?;
            }
        }
    }
    transaction.commit()?;
    Ok(Spent { wall: begun.elapsed(), cpu: cpu() - cpu_before })
}

/// How many rows of versions, and how many findings.
fn rows(directory: &Path) -> rusqlite::Result<[i64; 3]> {
    let connection = Connection::open(directory.join("whosekey.db"))?;
    let count = |table: &str| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
    Ok([count("entity_version")?, count("link_version")?, count("finding")?])
}

fn measure(name: &str, estate: Estate, entities: u64) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let recording = directory.path().join("estate.ndjson");
    record(&recording, estate, entities, "thing 0")?;
    fs::write(
        directory.path().join("whosekey.toml"),
        "database = \"whosekey.db\"\n[sources.recorded]\nconnector = \"replay\"\nfiles = [\"estate.ndjson\"]\n",
    )?;
    let links = entities * 3;
    let recorded = fs::metadata(&recording)?.len() / 1_000_000;
    println!("{name}: {entities} entities, {links} links, {recorded} MB recorded");
    let yardstick = plain(&recording, &directory.path().join("plain.db"))?;
    fs::remove_file(directory.path().join("plain.db"))?;
    println!("  plain insertion    {yardstick}");
    let (first, peak) = run("scan", directory.path())?;
    println!("  first scan         {first}  peak memory {peak} MiB (target: under 1024)");
    println!("    beside plain insertion  {} (target: at most 3)", first.over(yardstick));
    let before = rows(directory.path())?;
    println!("    {} findings", before[2]);
    let (second, peak) = run("scan", directory.path())?;
    println!("  unchanged scan     {second}  peak memory {peak} MiB");
    println!("    as fast as the first    {} times", first.over(second));
    let (report, _) = run("report", directory.path())?;
    println!("  loading, judging and the overview alone {report}");
    let (before_it, after_it) = (first.without(report), second.without(report));
    println!("    collecting and storing  {} times as fast (target: at least 5)", before_it.over(after_it));
    assert_eq!(rows(directory.path())?, before, "an unchanged scan wrote rows");
    record(&recording, estate, entities, "another name")?;
    let (third, peak) = run("scan", directory.path())?;
    println!("  one thing changed  {third}  peak memory {peak} MiB");
    println!("    as fast as the first    {} times", first.over(third));
    assert_eq!(rows(directory.path())?[..2], [before[0] + 1, before[1]], "another number of rows than was changed");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let entities = std::env::var("WHOSEKEY_BENCH_ENTITIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    measure("well kept", Estate::WellKept, entities)?;
    measure("unowned", Estate::Unowned, entities)
}
