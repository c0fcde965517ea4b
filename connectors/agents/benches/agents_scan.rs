//! A tree of 50 MB of agent definitions and sources, with planted secrets and decoys: CPU time of a scan beside the
//! same of kingfisher, and what was found.
//!
//! `cargo bench -p whosekey-agents --bench agents_scan`. The yardstick is found by `WHOSEKEY_KINGFISHER` or on `PATH`
//! (PyPI: `kingfisher-bin`); without it only our own figures are printed. Fails when the goals are missed.

#[path = "agents_scan/estate.rs"]
mod estate;
#[path = "../tests/agents/tokens.rs"]
#[allow(dead_code, reason = "the tests plant more kinds")]
mod tokens;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use whosekey_agents::{AgentsConnector, Config, Surroundings};
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{Connector, FingerprintKey, LinkKind, Scope};

use estate::Estate;

/// At most this part of the yardstick's CPU time.
const MAX_CPU_RATIO: f64 = 0.8;
const MIN_RECALL: f64 = 0.95;
const MAX_DECOYS: f64 = 0.005;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("estate");
    let estate = Estate::write(&root);
    say(&format!(
        "estate: {:.1} MB in {} files, {} planted secrets, {} decoys",
        estate.bytes as f64 / 1e6,
        estate.files,
        estate.planted.len(),
        estate.decoys.len()
    ));

    let mut best = Duration::MAX;
    let mut wall = Duration::MAX;
    let mut collected = Collected::default();
    for _ in 0..3 {
        let before = cpu_time(rustix_usage::Who::Itself);
        let began = Instant::now();
        collected = scan(&root);
        wall = wall.min(began.elapsed());
        best = best.min(cpu_time(rustix_usage::Who::Itself) - before);
    }
    let found = hard_coded(&collected, &root);
    let hit = estate.planted.iter().filter(|place| found.contains(*place)).count();
    let recall = hit as f64 / estate.planted.len() as f64;
    let wrong = estate.decoys.iter().filter(|place| found.contains(*place)).count();
    let flagged = wrong as f64 / estate.decoys.len() as f64;
    say(&format!(
        "whosekey:   {:.2} s CPU, {:.2} s wall; recall {recall:.4}, decoys flagged {flagged:.4}",
        best.as_secs_f64(),
        wall.as_secs_f64()
    ));
    for place in estate.planted.iter().filter(|place| !found.contains(*place)).take(20) {
        say(&format!("  missed {}:{} {}", place.0, place.1, estate.kind(place)));
    }
    for place in estate.decoys.iter().filter(|place| found.contains(*place)).take(20) {
        say(&format!("  decoy  {}:{} {}", place.0, place.1, estate.kind(place)));
    }
    let mut missed = Vec::new();
    if recall < MIN_RECALL {
        missed.push("recall");
    }
    if flagged > MAX_DECOYS {
        missed.push("decoys");
    }
    match kingfisher(&root) {
        Some(yardstick) => {
            let ratio = best.as_secs_f64() / yardstick.as_secs_f64();
            say(&format!(
                "kingfisher: {:.2} s CPU (scan --turbo); ratio {ratio:.2}, at most {MAX_CPU_RATIO}",
                yardstick.as_secs_f64()
            ));
            if ratio > MAX_CPU_RATIO {
                missed.push("CPU time");
            }
        }
        None => say("kingfisher: not there (set WHOSEKEY_KINGFISHER, or install PyPI kingfisher-bin)"),
    }
    assert!(missed.is_empty(), "goals missed: {missed:?}");
}

#[allow(clippy::disallowed_macros, reason = "a benchmark's figures are its output")]
fn say(line: &str) {
    println!("{line}");
}

fn scan(root: &Path) -> Collected {
    let config = Config { paths: vec![root.to_owned()] };
    let connector = AgentsConnector::new("bench", config, Surroundings::default(), FingerprintKey::from_bytes([1; 32]));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut collected = Collected::default();
    let scope = Scope::new(root.to_string_lossy());
    let _complete = runtime.block_on(connector.collect(&scope, &mut collected)).expect("the estate is readable");
    collected
}

/// Files and lines at which something is held in the open.
fn hard_coded(collected: &Collected, root: &Path) -> BTreeSet<(String, u32)> {
    let prefix = format!("{}/", root.display());
    let mut found = BTreeSet::new();
    for link in collected.links().filter(|link| link.kind == LinkKind::Holds) {
        let class = link.attributes.get("value_class").and_then(|class| class.as_str());
        if !matches!(class, Some("literal" | "default-leak")) {
            continue;
        }
        if let Some(at) = &link.location {
            found.insert((at.path.replace(&prefix, ""), at.line.unwrap_or(0)));
        }
        let also = link.attributes.get("also_at").and_then(|also| also.as_array());
        for place in also.into_iter().flatten().filter_map(|place| place.as_str()) {
            if let Some((path, line)) = place.rsplit_once(':') {
                found.insert((path.replace(&prefix, ""), line.parse().unwrap_or(0)));
            }
        }
    }
    found
}

/// CPU time of the yardstick on the same tree, the best of three.
fn kingfisher(root: &Path) -> Option<Duration> {
    let program = locate()?;
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let before = cpu_time(rustix_usage::Who::Children);
        Command::new(&program)
            .args(["scan", "--turbo", "--no-validate", "--no-update-check", "--git-history", "none"])
            .arg(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        best = best.min(cpu_time(rustix_usage::Who::Children) - before);
    }
    Some(best)
}

#[allow(clippy::disallowed_methods, reason = "a benchmark is told by the environment where its yardstick is")]
fn locate() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("WHOSEKEY_KINGFISHER") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("kingfisher")).find(|program| program.is_file())
}

/// User and system time so far.
fn cpu_time(who: rustix_usage::Who) -> Duration {
    rustix_usage::cpu_time(who)
}

/// CPU times as Linux tells them in `/proc/self/stat`: no system call needs to be declared.
mod rustix_usage {
    use std::time::Duration;

    /// Whose time.
    #[derive(Clone, Copy)]
    pub(crate) enum Who {
        Itself,
        Children,
    }

    pub(crate) fn cpu_time(who: Who) -> Duration {
        let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux tells a process's times");
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
        let first = match who {
            Who::Itself => 11,
            Who::Children => 13,
        };
        let ticks: u64 = fields[first..first + 2].iter().filter_map(|field| field.parse::<u64>().ok()).sum();
        // A tick is a hundredth of a second on every Linux.
        Duration::from_millis(ticks * 10)
    }
}
