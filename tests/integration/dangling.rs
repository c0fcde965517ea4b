//! A trust in something that is not there: it dangles only when what lists such things was read after it was seen.

use serde_json::{Value, json};

use crate::estate::{Estate, Report, entity, known, link};

const USERS: &str = "arn:aws:iam::000000000000:user/";

/// A source of users by schedule of its own beside the recording of roles.
fn estate() -> Estate {
    let estate = Estate::new();
    estate.configure("[sources.users]\nconnector = \"replay\"\nfiles = [\"users.ndjson\"]\n");
    estate
}

fn record(estate: &Estate, file: &str, scope: &Value, records: &[Value]) {
    let mut lines = vec![json!({ "collect": "*" }), scope.clone(), json!({ "done": true })];
    lines.push(json!({ "collect": scope["scope"] }));
    lines.extend(records.iter().map(|record| json!({ "record": record })));
    lines.push(json!({ "done": true }));
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(estate.path(file), lines.join("\n") + "\n").unwrap();
}

fn record_users(estate: &Estate, names: &[&str]) {
    let user =
        |name: &&str| entity(&format!("aws:AIDA{name}"), "identity", json!({ "aliases": [format!("{USERS}{name}")] }));
    let users: Vec<Value> = names.iter().map(user).collect();
    record(estate, "users.ndjson", &json!({ "scope": "acme/users", "covers": [USERS] }), &users);
}

fn record_role_that_trusts(estate: &Estate, name: &str) {
    let role = entity("aws:AROA1", "identity", json!({ "enabled": known(true) }));
    let records = [role, link("aws:AROA1", "trusts", &format!("{USERS}{name}"))];
    record(estate, "estate.ndjson", &json!({ "scope": "acme/roles" }), &records);
}

fn scan(estate: &Estate, source: &str, now: &str) -> Report {
    let output = estate.run(&["scan", "--source", source, "--now", now, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Report(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_listing_from_before_a_thing_was_named_does_not_prove_that_it_is_not_there() {
    let estate = estate();
    record_users(&estate, &["ada"]);
    scan(&estate, "users", "2026-11-01T00:00:00Z");
    // Made on the second, and trusted at once; its own listing is read again on the third.
    record_users(&estate, &["ada", "new"]);
    record_role_that_trusts(&estate, "new");
    let report = scan(&estate, "recorded", "2026-11-02T00:00:00Z");
    assert!(report.finding("dangling-trust", "aws:AROA1").is_none());
    assert_ne!(report.verdict("aws:AROA1", "orphaned").0, "yes");
    let report = scan(&estate, "users", "2026-11-03T00:00:00Z");
    assert!(report.finding("dangling-trust", "aws:AROA1").is_none());
}

#[test]
fn a_listing_read_since_proves_it() {
    let estate = estate();
    record_users(&estate, &["ada"]);
    scan(&estate, "users", "2026-11-01T00:00:00Z");
    record_role_that_trusts(&estate, "deleted");
    let report = scan(&estate, "recorded", "2026-11-02T00:00:00Z");
    assert!(report.finding("dangling-trust", "aws:AROA1").is_none());
    let report = scan(&estate, "users", "2026-11-03T00:00:00Z");
    assert!(report.finding("dangling-trust", "aws:AROA1").is_some());
    // Later scans of the role alone do not take it back.
    let report = scan(&estate, "recorded", "2026-11-04T00:00:00Z");
    assert!(report.finding("dangling-trust", "aws:AROA1").is_some());
}
