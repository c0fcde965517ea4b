//! The whole program over a recorded estate: a first scan, and a second one in which nothing has changed.
//!
//! `cargo bench --bench scan` records 1,000,000 entities and 3,000,000 links from a fixed seed (about 1 GB in a temporary
//! directory); `WHOSEKEY_BENCH_ENTITIES=10000` makes it small. Each scan is the command as users run it: reading the
//! recording, storing, judging, and writing the overview. The yardstick, in the same run, is plain rusqlite insertion of
//! the recording's rows, already read, into two bare tables in one transaction with one prepared statement each.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads its environment"
)]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// Spreads numbered things over each other without a library: a fixed odd multiplier, modulo the count.
fn spread(n: u64, count: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % count
}

fn record(path: &Path, entities: u64) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(out, r#"{{"collect":"acme/all"}}"#)?;
    let identities = entities / 4;
    for n in 0..entities {
        let (kind, type_name) = match n % 4 {
            0 => ("identity", "aws.iam-user"),
            1 => ("credential", "aws.access-key"),
            2 => ("agent", "acme.agent"),
            _ => ("workload", "k8s.deployment"),
        };
        let day = 1 + n % 28;
        writeln!(
            out,
            r#"{{"record":{{"entity":{{"id":"acme:{n}","kind":"{kind}","type":"{type_name}","name":"thing {n}","aliases":["arn:acme:{n}"],"created_at":{{"state":"known","value":"2026-10-{day:02}T00:00:00Z"}},"last_used_at":{{"state":"known","value":"2026-11-{day:02}T00:00:00Z"}},"use_tracked_since":{{"state":"known","value":"2025-01-01T00:00:00Z"}},"expires_at":{{"state":"known","value":"2027-01-01T00:00:00Z"}},"enabled":{{"state":"known","value":true}},"attributes":{{"environment":"prod"}}}}}}}}"#
        )?;
    }
    for n in 0..entities * 3 {
        let (from, kind, to) = match n % 3 {
            0 => (1 + 4 * (n / 3 % identities), "authenticates_as", 4 * (n / 3 % identities)),
            1 => (2 + 4 * (n / 3 % identities), "holds", 1 + 4 * spread(n, identities)),
            _ => (4 * spread(n, identities), "can_access", 3 + 4 * spread(n / 3, identities)),
        };
        writeln!(
            out,
            r#"{{"record":{{"link":{{"from":"acme:{from}","kind":"{kind}","to":"acme:{to}","evidence":"proven","because":"list {n}"}}}}}}"#
        )?;
    }
    writeln!(out, r#"{{"done":true}}"#)?;
    out.flush()
}

/// Runs a scan; its time, and its peak memory as the kernel counts it, looked at until it ends.
fn scan(directory: &Path) -> std::io::Result<(Duration, u64)> {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_whosekey"))
        .args(["scan", "--now", "2026-11-24T00:00:00Z", "--quiet"])
        .current_dir(directory)
        .stdout(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak_kib.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok((begun.elapsed(), peak_kib / 1024))
}

fn plain(recording: &Path, database: &Path) -> Result<Duration, Box<dyn std::error::Error>> {
    let lines: Vec<String> = BufReader::new(File::open(recording)?).lines().collect::<Result<_, _>>()?;
    let mut connection = Connection::open(database)?;
    connection.execute_batch(
        "CREATE TABLE entity (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body TEXT);
         CREATE TABLE link (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body TEXT);",
    )?;
    let begun = Instant::now();
    let transaction = connection.transaction()?;
    {
        let mut entity = transaction.prepare("INSERT INTO entity (name, body) VALUES (?1, ?2)")?;
        let mut link = transaction.prepare("INSERT INTO link (name, body) VALUES (?1, ?2)")?;
        for line in &lines {
            // The key is what the row is found by: an entity's id, a link's ends and kind with its evidence.
            if let Some(rest) = line.strip_prefix(r#"{"record":{"entity":{"id":""#) {
                entity.execute(params![rest.split('"').next(), line])?;
            } else if line.starts_with(r#"{"record":{"link""#) {
                link.execute(params![&line[19..line.len() - 3], line])?;
            }
        }
    }
    transaction.commit()?;
    Ok(begun.elapsed())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let entities = std::env::var("WHOSEKEY_BENCH_ENTITIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let directory = tempfile::tempdir()?;
    let recording = directory.path().join("estate.ndjson");
    record(&recording, entities)?;
    fs::write(
        directory.path().join("whosekey.toml"),
        "database = \"whosekey.db\"\n[sources.recorded]\nconnector = \"replay\"\nfiles = [\"estate.ndjson\"]\n",
    )?;
    let links = entities * 3;
    println!("{entities} entities, {links} links, {} MB recorded", fs::metadata(&recording)?.len() / 1_000_000);
    let yardstick = plain(&recording, &directory.path().join("plain.db"))?;
    println!("plain insertion  {:6.2} s", yardstick.as_secs_f64());
    let (first, peak) = scan(directory.path())?;
    let ratio = first.as_secs_f64() / yardstick.as_secs_f64();
    println!("first scan       {:6.2} s  {ratio:.2} of plain insertion  peak {peak} MiB", first.as_secs_f64());
    let (second, peak) = scan(directory.path())?;
    let ratio = first.as_secs_f64() / second.as_secs_f64();
    println!("unchanged scan   {:6.2} s  {ratio:.2} times as fast       peak {peak} MiB", second.as_secs_f64());
    Ok(())
}
