//! `zombie`: no use for the threshold, where use would have been seen.

use serde_json::{Value, json};

use crate::estate::{Estate, Report, entity, known, link, live_user, scope};

fn key(facts: Value) -> Report {
    let estate = Estate::new();
    let records = [
        entity("aws:AIDA1", "identity", json!({ "created_at": known("2020-01-01T00:00:00Z"), "enabled": known(true) })),
        entity("aws:AKIA1", "credential", facts),
        link("aws:AKIA1", "authenticates_as", "aws:AIDA1"),
        link("aws:AIDA1", "owned_by", "email:ada@example.com"),
    ];
    estate.record(&[scope("acme/users", &records)]);
    estate.scan()
}

#[test]
fn a_key_known_never_used_for_longer_than_the_threshold_is_a_zombie() {
    let report = key(json!({
        "created_at": known("2026-01-01T00:00:00Z"), "last_used_at": known(Value::Null),
        "use_tracked_since": known("2015-04-22T00:00:00Z"), "enabled": known(true), "expires_at": known(Value::Null),
    }));
    assert_eq!(report.verdict("aws:AKIA1", "zombie").0, "yes");
    assert_eq!(report.entity("aws:AKIA1")["verdicts"]["zombie"]["reason"], "never_used");
    let finding = report.finding("zombie", "aws:AKIA1").unwrap();
    assert_eq!(finding["reason"], "never_used");
    assert!(!finding["evidence"].as_array().unwrap().is_empty());
}

#[test]
fn a_key_made_yesterday_is_not_never_used() {
    let report = key(json!({
        "created_at": known("2026-11-23T00:00:00Z"), "last_used_at": known(Value::Null),
        "use_tracked_since": known("2015-04-22T00:00:00Z"), "enabled": known(true),
    }));
    assert_eq!(report.verdict("aws:AKIA1", "zombie").0, "no");
}

#[test]
fn a_last_use_that_is_not_told_is_cannot_tell() {
    for fact in [json!({ "state": "not_exposed" }), json!({ "state": "denied" })] {
        let report = key(json!({
            "created_at": known("2026-01-01T00:00:00Z"), "last_used_at": fact,
            "use_tracked_since": known("2015-04-22T00:00:00Z"), "enabled": known(true),
        }));
        assert_eq!(report.verdict("aws:AKIA1", "zombie").0, "cannot_tell");
        assert!(report.finding("zombie", "aws:AKIA1").is_none());
    }
}

#[test]
fn tracking_that_began_too_late_is_cannot_tell() {
    let report = key(json!({
        "created_at": known("2026-01-01T00:00:00Z"), "last_used_at": known(Value::Null),
        "use_tracked_since": known("2026-11-01T00:00:00Z"), "enabled": known(true),
    }));
    assert_eq!(report.verdict("aws:AKIA1", "zombie").0, "cannot_tell");
}

#[test]
fn tracking_that_is_not_told_is_cannot_tell_for_a_key_never_used() {
    let report = key(json!({
        "created_at": known("2026-01-01T00:00:00Z"), "last_used_at": known(Value::Null), "enabled": known(true),
    }));
    assert_eq!(report.verdict("aws:AKIA1", "zombie").0, "cannot_tell");
}

#[test]
fn the_threshold_is_exact() {
    for (last_used, expected) in
        [("2026-08-26T00:00:00Z", "yes"), ("2026-08-26T00:00:01Z", "no"), ("2026-11-20T00:00:00Z", "no")]
    {
        let report = key(json!({
            "created_at": known("2025-01-01T00:00:00Z"), "last_used_at": known(last_used),
            "use_tracked_since": known("2015-04-22T00:00:00Z"), "enabled": known(true),
        }));
        assert_eq!(report.verdict("aws:AKIA1", "zombie").0, expected, "{last_used}");
    }
}

#[test]
fn an_expired_or_disabled_key_is_no_zombie() {
    for (field, value) in [("expires_at", known("2026-11-01T00:00:00Z")), ("enabled", known(false))] {
        let mut facts = json!({
            "created_at": known("2025-01-01T00:00:00Z"), "last_used_at": known(Value::Null),
            "use_tracked_since": known("2015-04-22T00:00:00Z"),
        });
        facts[field] = value;
        assert_eq!(key(facts).verdict("aws:AKIA1", "zombie").0, "no", "{field}");
    }
}

#[test]
fn an_identity_is_as_alive_as_its_liveliest_credential() {
    let estate = Estate::new();
    let facts = |last_used: &str| {
        json!({
            "created_at": known("2025-01-01T00:00:00Z"), "last_used_at": known(last_used),
            "use_tracked_since": known("2015-04-22T00:00:00Z"), "enabled": known(true),
        })
    };
    let records = [
        entity("aws:AIDA1", "identity", json!({ "created_at": known("2020-01-01T00:00:00Z"), "enabled": known(true) })),
        entity("aws:AKIA1", "credential", facts("2026-01-01T00:00:00Z")),
        entity("aws:AKIA2", "credential", facts("2026-11-20T00:00:00Z")),
        link("aws:AKIA1", "authenticates_as", "aws:AIDA1"),
        link("aws:AKIA2", "authenticates_as", "aws:AIDA1"),
    ];
    estate.record(&[scope("acme/users", &records)]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AKIA1", "zombie").0, "yes");
    assert_eq!(report.verdict("aws:AKIA2", "zombie").0, "no");
    assert_eq!(report.verdict("aws:AIDA1", "zombie").0, "no");
}

#[test]
fn a_source_whose_listing_fails_for_months_makes_no_zombies() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    assert_eq!(estate.scan().verdict("aws:AKIA1", "zombie").0, "no");
    std::fs::write(estate.path("estate.ndjson"), "{\"collect\":\"*\"}\n").unwrap();
    let report = estate.scan_at("2027-05-24T00:00:00Z");
    assert_eq!(report.coverage("*")["outcome"], "failed");
    let (verdict, because) = report.verdict("aws:AKIA1", "zombie");
    assert_eq!(verdict, "cannot_tell", "{because}");
}
