//! `ownerless` and who owns what.

use serde_json::{Value, json};

use crate::estate::{Estate, entity, known, link, live_user, scope};

fn ownerless_user() -> Vec<Value> {
    live_user("aws:AIDA1", "aws:AKIA1").into_iter().filter(|record| record["link"]["kind"] != "owned_by").collect()
}

#[test]
fn nobody_in_any_complete_scope_is_ownerless() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &ownerless_user())]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "yes");
    assert_eq!(report.entity("aws:AIDA1")["verdicts"]["ownerless"]["reason"], "no_evidence");
    assert_eq!(report.entity("aws:AIDA1")["owners"], json!([]));
}

#[test]
fn a_scope_that_was_not_complete_may_hold_the_owner() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &ownerless_user()).with_issue("permission", "iam:ListUserTags denied")]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "cannot_tell");
    assert!(report.finding("ownerless", "aws:AIDA1").is_none());
}

#[test]
fn an_email_that_no_directory_covers_is_an_owner() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "no");
    assert_eq!(report.verdict("aws:AKIA1", "ownerless").0, "no", "a credential follows its identity");
    assert_eq!(report.entity("aws:AIDA1")["owners"][0]["id"], "person:ada@example.com");
    assert_eq!(report.entity("aws:AIDA1")["owners"][0]["evidence"], "proven");
    assert_eq!(report.entity("person:ada@example.com")["enabled"], json!({ "state": "not_exposed" }));
}

#[test]
fn an_identity_is_owned_through_the_agent_that_holds_its_key() {
    let estate = Estate::new();
    let mut records = ownerless_user();
    records.extend([
        entity("agent:a1", "agent", json!({})),
        link("agent:a1", "holds", "aws:AKIA1"),
        link("agent:a1", "owned_by", "email:bob@example.com"),
    ]);
    estate.record(&[scope("acme/users", &records)]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AKIA1", "ownerless").0, "no");
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "no");
    assert_eq!(report.entity("aws:AIDA1")["agents"], json!(["agent:a1"]));
}

#[test]
fn a_chain_that_ends_at_a_machine_is_only_machines() {
    let estate = Estate::new();
    let mut records = ownerless_user();
    records.extend([
        entity("aws:AROA9", "identity", json!({ "enabled": known(true) })),
        link("aws:AIDA1", "created_by", "aws:AROA9"),
    ]);
    estate.record(&[scope("acme/users", &records)]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "yes");
    assert_eq!(report.entity("aws:AIDA1")["verdicts"]["ownerless"]["reason"], "only_machines");
}

#[test]
fn the_owners_file_owns_by_pattern_and_the_first_match_wins() {
    let estate = Estate::new();
    std::fs::write(
        estate.path("owners.toml"),
        r#"
[[person]]
email = "Ada@Example.com"
name = "Ada"
[[person]]
email = "bob@example.com"
left = 2026-01-31
[[team]]
name = "platform"
members = ["ada@example.com"]
[[owns]]
match = "aws:AIDA*"
owner = "team:platform"
[[owns]]
match = "*"
owner = "bob@example.com"
"#,
    )
    .unwrap();
    estate.configure("[sources.people]\nconnector = \"owners\"\nfiles = [\"owners.toml\"]\n");
    estate.record(&[scope("acme/users", &ownerless_user())]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "no");
    let owners: Vec<&str> =
        report.entity("aws:AIDA1")["owners"].as_array().unwrap().iter().map(|o| o["id"].as_str().unwrap()).collect();
    assert!(owners.contains(&"team:people/platform"), "{owners:?}");
    assert!(!owners.contains(&"person:bob@example.com"), "{owners:?}");
    assert_eq!(report.entity("person:bob@example.com")["enabled"], known(false));
}

#[test]
fn a_directory_that_failed_leaves_ownerless_open() {
    let estate = Estate::new();
    let people = [entity("person:ada@example.com", "owner", json!({ "enabled": known(true) }))];
    estate.record(&[scope("acme/users", &ownerless_user()), scope("acme/people", &people)]);
    assert_eq!(estate.scan_at("2026-11-20T00:00:00Z").verdict("aws:AIDA1", "ownerless").0, "yes");
    estate.record(&[scope("acme/users", &ownerless_user()), scope("acme/people", &[]).cut()]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "cannot_tell");
    // The finding of yesterday stays: the scopes that it rests on were not complete.
    assert!(report.finding("ownerless", "aws:AIDA1").is_some());
}

#[test]
fn a_program_of_another_version_may_know_the_owner() {
    let estate = Estate::new();
    let program = "#!/bin/sh\necho '{\"v\":[2]}'\n";
    std::fs::write(estate.path("directory.sh"), program).unwrap();
    estate.configure("[sources.directory]\nconnector = \"process\"\ncommand = [\"/bin/sh\", \"directory.sh\"]\n");
    estate.record(&[scope("acme/users", &ownerless_user())]);
    let report = estate.scan();
    let (verdict, because) = report.verdict("aws:AIDA1", "ownerless");
    assert_eq!(verdict, "cannot_tell", "{because}");
}
