//! The graph of made-up estates of 1,000,000 entities and 3,000,000 links: built, and judged by all rules. One estate is
//! well kept and few findings come of it, the other is neglected and hundreds of thousands do.
//!
//! Fixed seed. The yardstick in the same run is reading the same rows without building anything. Targets: loading from
//! the store and judging under 10 s on two cores, judging alone under 2 s, peak memory under 1 GiB. What loading from the
//! store takes, `cargo bench --bench store` tells.

#![allow(clippy::disallowed_macros, reason = "a benchmark prints")]

use std::fmt::Write as _;
use std::time::Instant;

use whosekey::analysis::{Input, Policy, analyze};
use whosekey::graph::{BuilderScope, EntityParts, GraphBuilder, LinkParts, ScopeCoverage, Seen};
use whosekey_sdk::{AccessLevel, Attempt, Evidence, Fact, Kind, LinkKind, Outcome, OwnerRole, Timestamp};

/// 2026-11-24T00:00:00Z, in seconds since 1970.
const NOW_SECS: i64 = 1_795_478_400;

/// What there is of each kind: a million together.
const KINDS: [(Kind, &str, u32); 6] = [
    (Kind::Credential, "bench:key/", 450_000),
    (Kind::Identity, "bench:identity/", 300_000),
    (Kind::Workload, "bench:workload/", 150_000),
    (Kind::Agent, "bench:agent/", 50_000),
    (Kind::Resource, "bench:resource/", 40_000),
    (Kind::Owner, "person:", 10_000),
];

/// What leads where: three million together.
type Links = [(usize, LinkKind, usize, u32); 9];

struct Estate {
    name: &'static str,
    links: Links,
    /// Credentials and identities have one user each; else any number.
    one_user_each: bool,
    /// Credentials expire so soon; else never.
    expires_in_days: Option<u32>,
}

const WELL_KEPT: Estate = Estate {
    name: "well kept",
    links: [
        (0, LinkKind::AuthenticatesAs, 1, 450_000),
        (2, LinkKind::Holds, 0, 150_000),
        (3, LinkKind::Holds, 0, 50_000),
        (2, LinkKind::RunsAs, 1, 150_000),
        (1, LinkKind::OwnedBy, 5, 600_000),
        (2, LinkKind::OwnedBy, 5, 300_000),
        (1, LinkKind::CreatedBy, 1, 150_000),
        (1, LinkKind::PartOf, 4, 300_000),
        (1, LinkKind::CanAccess, 4, 850_000),
    ],
    one_user_each: true,
    expires_in_days: Some(60),
};

const NEGLECTED: Estate = Estate {
    name: "neglected",
    links: [
        (0, LinkKind::AuthenticatesAs, 1, 450_000),
        (2, LinkKind::Holds, 0, 500_000),
        (3, LinkKind::Holds, 0, 200_000),
        (2, LinkKind::RunsAs, 1, 250_000),
        (1, LinkKind::OwnedBy, 5, 500_000),
        (2, LinkKind::OwnedBy, 5, 200_000),
        (1, LinkKind::CreatedBy, 1, 150_000),
        (1, LinkKind::PartOf, 4, 300_000),
        (1, LinkKind::CanAccess, 4, 450_000),
    ],
    one_user_each: false,
    expires_in_days: None,
};

fn main() {
    for estate in [&WELL_KEPT, &NEGLECTED] {
        println!("{}", estate.name);
        reset_peak_memory();
        measure(estate);
    }
}

fn measure(estate: &Estate) {
    let clock = Clock::start();
    let mut bytes = 0;
    each_entity(estate, |row, alias| bytes += row.id.len() + row.name.len() + row.attributes.len() + alias.len());
    each_link(estate, |row| bytes += row.from.len() + row.to.len());
    clock.tell(&format!("reading the rows ({} MiB of text)", bytes >> 20));

    let clock = Clock::start();
    let mut builder = GraphBuilder::new();
    builder.reserve(1_000_000, 3_000_000);
    let scopes: Vec<BuilderScope> = (0..50).map(|at| scope(&mut builder, at)).collect();
    let mut random = Random(1);
    each_entity(estate, |row, alias| builder.entity_parts(scopes[random.below(50) as usize], row, [alias]));
    each_link(estate, |row| builder.link_parts(scopes[random.below(50) as usize], row));
    clock.tell("reading and taking the rows");

    let clock = Clock::start();
    let graph = builder.build();
    clock.tell(&format!("building {} nodes and {} links", graph.len(), graph.link_count()));

    let policy = Policy::default();
    let clock = Clock::start();
    let input = Input::new(&graph, &policy, now());
    clock.tell("verdicts");
    let rules = Clock::start();
    let analysis = analyze(&input);
    rules.tell("all rules over them");
    clock.tell("judging in all (target: under 2 s)");
    let mut by_rule = std::collections::BTreeMap::<&str, u32>::new();
    for found in &analysis.findings {
        *by_rule.entry(found.rule.meta.id).or_default() += 1;
    }
    println!("  {} findings: {by_rule:?}", analysis.findings.len());
    let clock = Clock::start();
    let bytes = analysis.findings.iter().map(|found| found.in_words(&input).because.len()).sum::<usize>();
    clock.tell(&format!("putting all of them into words, on one core ({} MiB of reasons alone)", bytes >> 20));
}

/// Time on the wall and on the processors, and memory.
struct Clock {
    begin: Instant,
    cpu: f64,
}

impl Clock {
    fn start() -> Self {
        Self { begin: Instant::now(), cpu: cpu_seconds() }
    }

    fn tell(&self, what: &str) {
        let (wall, cpu) = (self.begin.elapsed().as_secs_f64(), cpu_seconds() - self.cpu);
        println!("  {what}: {wall:.2} s, {cpu:.2} s of processor; peak memory {} MiB", peak_mib());
    }
}

/// What this process has used of all processors, where the system tells in hundredths of a second; else 0.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<u32> =
        after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    f64::from(fields.iter().sum::<u32>()) / 100.0
}

fn now() -> Timestamp {
    Timestamp::from_secs(NOW_SECS)
}

fn scope(builder: &mut GraphBuilder, at: u32) -> BuilderScope {
    let name = format!("{at:012}/iam");
    let attempt = Attempt {
        outcome: if at == 7 { Outcome::Partial } else { Outcome::Complete },
        records: 80_000,
        requests: 100,
        started_at: now(),
        finished_at: now(),
        issues: Vec::new(),
    };
    builder.coverage(ScopeCoverage {
        source: "bench".into(),
        connector: "bench".into(),
        scope: name.clone(),
        covers: Vec::new(),
        forgets: false,
        attempt,
        last_complete_at: Some(now()),
        suspect: false,
        gone_at: None,
        left_out_at: None,
    });
    builder.scope("bench", &name)
}

/// A healthy estate with faults in it: of a hundred things a few are unused, gone, or tell nothing.
fn each_entity(estate: &Estate, mut take: impl FnMut(&EntityParts<'_>, &str)) {
    let mut random = Random(2);
    let (mut id, mut name, mut alias, mut attributes) = (String::new(), String::new(), String::new(), String::new());
    for (kind, prefix, count) in KINDS {
        for at in 0..count {
            for text in [&mut id, &mut name, &mut alias, &mut attributes] {
                text.clear();
            }
            let _ = write!(id, "{prefix}{at:016x}");
            let _ = write!(name, "{}-{at}", kind.as_str());
            let _ = write!(alias, "arn:bench:iam::{:012}:{}/{at}", at % 50, kind.as_str());
            let _ = write!(attributes, r#"{{"environment":"prod","path":"/service/{at}/"}}"#);
            let ago = |days: u32| now().minus(days_of(days));
            let dice = random.below(100);
            let gone = (dice == 99).then(|| ago(20));
            let used = if dice < 3 { ago(120 + dice) } else { ago(dice % 60) };
            take(
                &EntityParts {
                    id: &id,
                    kind,
                    type_name: "bench.thing",
                    name: &name,
                    created_at: Fact::Known(ago(500)),
                    last_used_at: if dice == 3 { Fact::NotExposed } else { Fact::Known(Some(used)) },
                    use_tracked_since: Fact::Known(ago(450)),
                    expires_at: Fact::Known(estate.expires_in_days.map(|days| now().plus(days_of(days)))),
                    enabled: Fact::Known(dice != 4),
                    attributes: &attributes,
                    seen: Seen { first_seen: ago(90), last_seen: now(), missing_since: gone, gone_at: gone },
                    disabled_since: (dice == 4).then(|| ago(30)),
                },
                &alias,
            );
        }
    }
}

fn each_link(estate: &Estate, mut take: impl FnMut(&LinkParts<'_>)) {
    let mut random = Random(3);
    let (mut from, mut to) = (String::new(), String::new());
    for (start, kind, end, count) in estate.links {
        for at in 0..count {
            from.clear();
            to.clear();
            let (_, prefix, all) = KINDS[start];
            let _ = write!(from, "{prefix}{:016x}", if at < all { at } else { random.below(all) });
            let (of, prefix, all) = KINDS[end];
            let is_use = matches!(kind, LinkKind::Holds | LinkKind::RunsAs);
            // Agents hold what comes after what workloads hold.
            let own = at + if start == 3 { KINDS[2].2 } else { 0 };
            let target = if estate.one_user_each && is_use { own % all } else { random.below(all) };
            // Half of the ends are ids, half aliases.
            let _ = match target % 2 {
                0 => write!(to, "{prefix}{target:016x}"),
                _ => write!(to, "arn:bench:iam::{:012}:{}/{target}", target % 50, of.as_str()),
            };
            take(&LinkParts {
                from: &from,
                kind,
                to: &to,
                evidence: Evidence::Proven,
                because: "iam:ListAccessKeys",
                role: (kind == LinkKind::OwnedBy).then_some(OwnerRole::Owner),
                level: (kind == LinkKind::CanAccess).then_some(AccessLevel::Read),
                location: None,
                attributes: "",
                first_seen: Timestamp::from_secs(0),
                missing_since: None,
                gone_at: None,
            });
        }
    }
}

fn days_of(days: u32) -> std::time::Duration {
    std::time::Duration::from_secs(u64::from(days) * 86_400)
}

fn reset_peak_memory() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that this process has held; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kib| kib >> 10)
}

/// SplitMix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(bound)).expect("less than the bound")
    }
}
