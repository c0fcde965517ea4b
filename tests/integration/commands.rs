//! The commands around a scan: each does something real and exits as the contract says.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::estate::{Estate, entity, known, link, live_user, scope};

fn stdout(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn rules_connectors_completions_and_the_manual_are_printed() {
    let estate = Estate::new();
    let rules: Value = serde_json::from_str(&stdout(&estate.run(&["rules", "--format", "json"]))).unwrap();
    assert!(rules.as_array().unwrap().iter().any(|rule| rule["id"] == "zombie"));
    let connectors = stdout(&estate.run(&["connectors"]));
    for name in ["owners", "process", "replay"] {
        assert!(connectors.contains(name), "{name}");
    }
    assert!(!stdout(&estate.run(&["connectors", "replay"])).is_empty());
    assert_eq!(estate.run(&["connectors", "nothing"]).status.code(), Some(2));
    assert!(stdout(&estate.run(&["completions", "bash"])).contains("whosekey"));
    assert!(stdout(&estate.run(&["man"])).contains("whosekey"));
}

#[test]
fn a_path_leads_over_links_and_not_through_what_is_switched_off() {
    let estate = Estate::new();
    let mut records = live_user("aws:AIDA1", "aws:AKIA1");
    records.extend([
        entity("agent:a1", "agent", serde_json::json!({})),
        link("agent:a1", "holds", "aws:AKIA1"),
        entity("aws:account/1", "resource", serde_json::json!({})),
        link("aws:AIDA1", "can_access", "aws:account/1"),
    ]);
    estate.record(&[scope("acme/users", &records)]);
    estate.scan();
    let way = |estate: &Estate| -> Value {
        serde_json::from_str(&stdout(&estate.run(&["path", "agent:a1", "aws:account/1", "--format", "json"]))).unwrap()
    };
    assert_eq!(way(&estate)["steps"].as_array().unwrap().len(), 3);
    records[1]["entity"]["enabled"] = known(false);
    estate.record(&[scope("acme/users", &records)]);
    estate.scan();
    assert!(way(&estate)["steps"].as_array().unwrap().is_empty());
}

#[test]
fn explain_names_holder_owner_facts_and_verdicts() {
    let estate = Estate::new();
    let mut records = live_user("aws:AIDA1", "aws:AKIA1");
    records.extend([entity("agent:a1", "agent", serde_json::json!({})), link("agent:a1", "holds", "aws:AKIA1")]);
    estate.record(&[scope("acme/users", &records)]);
    estate.scan();
    let screen = stdout(&estate.run(&["explain", "aws:AKIA1"]));
    for word in ["agent:a1", "ada@example.com", "orphaned", "zombie", "ownerless"] {
        assert!(screen.contains(word), "{word} in\n{screen}");
    }
    assert_eq!(estate.run(&["explain", "nothing"]).status.code(), Some(2));
}

#[test]
fn diff_shows_what_appeared_changed_and_went() {
    let estate = Estate::new();
    estate.configure("[policy]\nconfirm_absence = 1\n");
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    estate.scan_at("2026-11-01T00:00:00Z");
    estate.record(&[scope("acme/users", &live_user("aws:AIDA2", "aws:AKIA2"))]);
    estate.scan_at("2026-11-10T00:00:00Z");
    let arguments = ["diff", "2026-11-02", "2026-11-11", "--format", "json"];
    let diff: Value = serde_json::from_str(&stdout(&estate.run(&arguments))).unwrap();
    let of = |what: &str| -> Vec<&str> {
        let changes = diff["changes"].as_array().unwrap();
        changes.iter().filter(|c| c["what"] == what).map(|c| c["id"].as_str().unwrap()).collect()
    };
    assert!(of("appeared").contains(&"aws:AIDA2"), "{diff:#}");
    assert!(of("gone").contains(&"aws:AIDA1"), "{diff:#}");
}

#[test]
fn the_daemon_ends_within_ten_seconds_of_sigterm_with_what_was_seen_committed() {
    let estate = Estate::new();
    std::fs::write(estate.path("slow.sh"), "#!/bin/sh\nexec sleep 600\n").unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(estate.path("slow.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    estate.configure("[sources.slow]\nconnector = \"process\"\ncommand = [\"./slow.sh\"]\nenv = [\"PATH\"]\n");
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    let mut daemon = estate.command(&["daemon"]).spawn().unwrap();
    let seen = || {
        let output = estate.run(&["list", "identities", "--format", "json"]);
        String::from_utf8_lossy(&output.stdout).contains("aws:AIDA1")
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while !seen() {
        assert!(Instant::now() < deadline, "the daemon never scanned");
    }
    let told = Instant::now();
    std::process::Command::new("kill").arg(daemon.id().to_string()).status().unwrap();
    let status = daemon.wait().unwrap();
    assert!(told.elapsed() < Duration::from_secs(10));
    assert_eq!(status.code(), Some(0));
    assert!(seen());
}

#[test]
fn a_report_of_an_older_state_has_no_finding_that_nobody_had_found() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    estate.scan_at("2026-11-20T00:00:00Z");
    let mut records = live_user("aws:AIDA1", "aws:AKIA1");
    records.extend(live_user("aws:AIDA2", "aws:AKIA2"));
    estate.record(&[scope("acme/users", &records)]);
    let now = estate.scan_at("2026-11-22T00:00:00Z");
    assert!(now.finding("long-lived", "aws:AKIA2").is_some());
    let then = stdout(&estate.run(&["report", "--as-of", "2026-11-21", "--format", "json", "--now", "2026-11-22"]));
    let then: Value = serde_json::from_str(&then).unwrap();
    let subjects: Vec<&Value> = then["findings"].as_array().unwrap().iter().map(|found| &found["subject"]).collect();
    assert_eq!(subjects, ["aws:AKIA1"], "{:#}", then["findings"]);
}

#[test]
fn an_id_that_names_nothing_is_told_with_what_it_may_mean() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    estate.scan();
    let output = estate.run(&["explain", "AIDA1"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said, "whosekey: nothing here is called \"AIDA1\"; similar: aws:AIDA1 (test.identity)\n");
}

#[test]
fn an_owner_whom_no_directory_lists_is_found_by_email() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    estate.scan();
    assert!(stdout(&estate.run(&["explain", "email:Ada@example.com"])).contains("person:ada@example.com"));
}

#[test]
fn what_has_no_name_is_not_what_an_empty_id_means() {
    let estate = Estate::new();
    let nameless = serde_json::json!({ "name": "" });
    estate.record(&[scope("acme/users", &[entity("aws:AIDA1", "identity", nameless)])]);
    estate.scan();
    assert_eq!(estate.run(&["explain", ""]).status.code(), Some(2));
}

#[test]
fn nothing_is_to_be_done_about_a_finding_that_is_closed() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    let id = estate.scan().finding("long-lived", "aws:AKIA1").unwrap()["id"].as_str().unwrap().to_owned();
    assert!(stdout(&estate.run(&["explain", &id])).contains("WHAT TO DO"));
    estate.record(&[scope("acme/users", &[])]);
    estate.scan_at("2026-11-25T00:00:00Z");
    estate.scan_at("2026-11-26T00:00:00Z");
    let screen = stdout(&estate.run(&["explain", &id]));
    assert!(screen.contains("closed") && !screen.contains("WHAT TO DO"), "{screen}");
}

#[test]
fn a_list_by_a_rule_or_a_source_that_does_not_exist_is_refused() {
    let estate = Estate::new();
    estate.scan();
    assert_eq!(estate.run(&["list", "findings", "--rule", "zombi"]).status.code(), Some(2));
    assert_eq!(estate.run(&["list", "scopes", "--source", "recordd"]).status.code(), Some(2));
    assert_eq!(estate.run(&["list", "scopes", "--source", "recorded", "--rule", "zombie"]).status.code(), Some(0));
}

#[test]
fn a_policy_comes_as_text_or_json_and_in_no_other_format() {
    let estate = Estate::new();
    assert_eq!(estate.run(&["connectors", "replay", "--format", "csv"]).status.code(), Some(2));
    serde_json::from_str::<Value>(&stdout(&estate.run(&["connectors", "replay", "--format", "json"]))).unwrap();
}
