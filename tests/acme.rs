//! The estate of examples/acme shows every verdict, every reason and what cannot be told, in one scan of a new database.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program fails")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The day for which the estate was made.
const THEN: &str = "2026-11-25T00:00:00Z";
/// Years later: what was in order in 2026 has aged, and everything that the estate is for still shows.
const LATER: &str = "2031-03-01T00:00:00Z";

struct Acme {
    folder: tempfile::TempDir,
}

impl Acme {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The program in an environment that holds nothing of the machine's, with a database of its own.
    fn run(&self, arguments: &[&str]) -> Output {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme/whosekey.toml");
        Command::new(env!("CARGO_BIN_EXE_whosekey"))
            .args(arguments)
            .arg("--config")
            .arg(config)
            .arg("--database")
            .arg(self.folder.path().join("state/whosekey.db"))
            .current_dir(self.folder.path())
            .env_clear()
            .output()
            .unwrap()
    }

    /// The report of a scan at this moment. Some scopes are not complete, which is exit code 3.
    fn scan(&self, now: &str) -> Value {
        let done = self.run(&["scan", "--now", now, "--format", "json"]);
        assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// `<verdict> <answer> <reason>` of every identity and credential.
fn verdicts(report: &Value) -> BTreeSet<String> {
    let all = list(&report["entities"]).iter().filter_map(|entity| entity["verdicts"].as_object());
    all.flatten()
        .map(|(name, verdict)| format!("{name} {} {}", text(&verdict["verdict"]), text(&verdict["reason"])))
        .collect()
}

fn entity<'a>(report: &'a Value, name: &str) -> &'a Value {
    list(&report["entities"]).iter().find(|entity| entity["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn every_verdict_occurs_with_every_answer_and_for_every_reason() {
    let seen = verdicts(&Acme::new().scan(THEN));
    let missing: Vec<&str> = [
        "orphaned yes consumer_gone",
        "orphaned yes parent_gone",
        "orphaned yes owner_gone",
        "orphaned cannot_tell consumer_unseen",
        "orphaned cannot_tell parent_unseen",
        "orphaned cannot_tell owner_unresolved",
        "orphaned cannot_tell owner_unseen",
        "zombie yes unused",
        "zombie yes never_used",
        "zombie cannot_tell last_use_not_exposed",
        "zombie cannot_tell last_use_denied",
        "zombie cannot_tell tracking_unknown",
        "zombie cannot_tell tracked_too_short",
        "zombie cannot_tell age_unknown",
        "zombie cannot_tell ways_in_unseen",
        "zombie no used_recently",
        "zombie no too_young",
        "ownerless yes no_evidence",
        "ownerless yes only_machines",
        "ownerless cannot_tell owner_evidence_unseen",
        "ownerless cannot_tell owner_unresolved",
        "ownerless no owned",
    ]
    .into_iter()
    .filter(|wanted| !seen.contains(*wanted))
    .collect();
    assert!(missing.is_empty(), "missing {missing:#?}\nseen {seen:#?}");
}

#[test]
fn every_rule_finds_something_for_each_of_its_reasons() {
    let acme = Acme::new();
    let report = acme.scan(THEN);
    let found: BTreeSet<(&str, &str)> =
        list(&report["findings"]).iter().map(|finding| (text(&finding["rule"]), text(&finding["reason"]))).collect();
    let rules: Value = serde_json::from_slice(&acme.run(&["rules", "--format", "json"]).stdout).unwrap();
    let mut missing = Vec::new();
    for rule in list(&rules) {
        for reason in list(&rule["reasons"]) {
            let wanted = (text(&rule["id"]), text(&reason["code"]));
            if !found.contains(&wanted) {
                missing.push(format!("{} {}", wanted.0, wanted.1));
            }
        }
    }
    assert!(!list(&rules).is_empty() && missing.is_empty(), "missing {missing:#?}\nfound {found:#?}");
}

#[test]
fn what_the_estate_shows_does_not_wear_off() {
    let answers = |seen: BTreeSet<String>| -> BTreeSet<String> {
        seen.iter().filter_map(|one| one.rsplit_once(' ')).map(|(answer, _)| answer.to_owned()).collect()
    };
    let (then, later) = (Acme::new().scan(THEN), Acme::new().scan(LATER));
    assert_eq!(answers(verdicts(&then)).len(), 9, "three verdicts with three answers each");
    assert_eq!(answers(verdicts(&then)), answers(verdicts(&later)));
    let reasons = |report: &Value| -> BTreeSet<String> {
        let of = |finding: &Value| format!("{} {}", text(&finding["rule"]), text(&finding["reason"]));
        list(&report["findings"]).iter().map(of).collect()
    };
    // What is only due for rotation becomes too old.
    let lost: Vec<String> = reasons(&then).difference(&reasons(&later)).cloned().collect();
    assert!(lost.is_empty() || lost == ["long-lived rotation_due"], "{lost:?}");
}

#[test]
fn a_key_in_an_agents_configuration_leads_to_its_user_and_that_users_owner() {
    let report = Acme::new().scan(THEN);
    let user = entity(&report, "ticket-search");
    assert_eq!(user["owners"][0]["id"], "person:grace@example.com");
    let proves = list(&report["links"])
        .iter()
        .find(|link| link["kind"] == "authenticates_as" && link["to"] == user["id"])
        .map(|link| &link["from"])
        .unwrap();
    let holders: Vec<&Value> =
        list(&report["links"]).iter().filter(|link| link["kind"] == "holds" && &link["to"] == proves).collect();
    assert_eq!(holders.len(), 1, "{holders:?}");
    assert!(text(&holders[0]["from"]).starts_with("agent:"));
    let hard_coded = list(&report["findings"])
        .iter()
        .find(|finding| finding["rule"] == "hard-coded" && &finding["subject"] == proves);
    assert!(text(&hard_coded.unwrap()["locations"][0]["path"]).ends_with("agents/support-desk/.mcp.json"));
}

/// Where the report's sample stands in README.md.
const SAMPLE: (&str, &str) = ("<!-- sample: written by `cargo xtask schema` -->\n```text\n", "```\n<!-- /sample -->");

/// The sample: lines of the report, each found by what stands in it.
fn sample(report: &str) -> String {
    let wanted = [
        "COVERAGE",
        "sandbox/000000000001/iam.users",
        "iam:ListUserTags is denied",
        "cluster/prod/secrets",
        "tokens there are not seen",
        "",
        "VERDICTS",
        "  orphaned    ",
        "  zombie    ",
        "  ownerless    ",
        "",
        "FINDINGS",
        "hard-coded         AKIAQAAAAAAAAAAE242X",
        "orphaned           forecast-import",
        "orphaned           refund-agent",
        "dangling-trust     retired-shop-deploy",
        "shared             AKIAQAAAAAAAAA7VNM3M",
        "zombie             offsite-backup",
        "ownerless          price-crawler",
    ];
    let line = |part: &str| match part {
        "" => "  …",
        _ => report.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part:?} in\n{report}")),
    };
    // Where the checkout stands differs from machine to machine.
    let without_path = |line: &str| line.split_once(" (/").map_or(line.to_owned(), |(before, _)| format!("{before} …"));
    let lines: Vec<String> = wanted.into_iter().map(|part| without_path(line(part).trim_end())).collect();
    lines.join("\n") + "\n"
}

#[test]
fn the_readme_shows_a_sample_of_the_report() {
    let done = Acme::new().run(&["scan", "--now", THEN, "--format", "table"]);
    let sample = sample(&String::from_utf8(done.stdout).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(SAMPLE.0).unwrap();
    let (shown, after) = rest.split_once(SAMPLE.1).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the switch of `cargo xtask schema`, which no user ever sets")]
    if std::env::var_os("WHOSEKEY_UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, format!("{before}{}{sample}{}{after}", SAMPLE.0, SAMPLE.1)).unwrap();
        return;
    }
    assert!(shown == sample, "README.md's sample is not what the program prints: run `cargo xtask schema`\n{sample}");
}

#[test]
fn a_second_scan_finds_the_same() {
    let acme = Acme::new();
    assert_eq!(verdicts(&acme.scan(THEN)), verdicts(&acme.scan("2026-11-25T06:00:00Z")));
}

#[test]
fn every_step_is_a_command_or_a_comment_of_a_shell() {
    const COMMANDS: &[&str] = &["aws", "gh", "kubectl", "gcloud", "az", "cp"];
    let report = Acme::new().scan(THEN);
    let steps = list(&report["findings"]).iter().flat_map(|finding| list(&finding["remediation"])).map(text);
    let others: Vec<&str> = steps
        .filter(|step| !step.starts_with("# ") && !step.split(' ').next().is_some_and(|word| COMMANDS.contains(&word)))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
