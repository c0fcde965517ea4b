//! A log that forgets: who made a thing is known for as long as the thing is there.

use serde_json::Value;

use crate::estate::{Estate, Scope, link, listing, live_user, scope};

/// A user whose maker only the log knows.
fn user() -> Vec<Value> {
    live_user("aws:AIDA1", "aws:AKIA1").into_iter().take(3).collect()
}

fn scopes(users: &[Value], log: &[Value]) -> [Scope; 3] {
    [listing(&["acme/users"], "acme/log"), scope("acme/users", users), scope("acme/log", log)]
}

fn made() -> Value {
    link("aws:AIDA1", "created_by", "email:ada@example.com")
}

#[test]
fn a_user_keeps_its_owner_when_the_log_has_forgotten_who_made_it() {
    let estate = Estate::new();
    estate.record(&scopes(&user(), &[made()]));
    assert_eq!(estate.scan_at("2026-11-01T00:00:00Z").verdict("aws:AIDA1", "ownerless").0, "no");
    estate.record(&scopes(&user(), &[]));
    for day in 2..=5 {
        let report = estate.scan_at(&format!("2026-11-{day:02}T00:00:00Z"));
        let (verdict, because) = report.verdict("aws:AIDA1", "ownerless");
        assert_eq!(verdict, "no", "{because}");
        assert_eq!(report.entity("aws:AIDA1")["owners"][0]["id"], "person:ada@example.com");
    }
}

#[test]
fn a_listing_that_no_longer_shows_the_owner_makes_the_same_user_ownerless() {
    let estate = Estate::new();
    let plain = |log: &[Value]| [scope("acme/users", &user()), scope("acme/log", log)];
    estate.record(&plain(&[made()]));
    assert_eq!(estate.scan_at("2026-11-01T00:00:00Z").verdict("aws:AIDA1", "ownerless").0, "no");
    estate.record(&plain(&[]));
    estate.scan_at("2026-11-02T00:00:00Z");
    assert_eq!(estate.scan_at("2026-11-03T00:00:00Z").verdict("aws:AIDA1", "ownerless").0, "yes");
}

#[test]
fn a_recording_says_which_scope_forgets_and_holds_what_it_remembers() {
    let estate = Estate::new();
    estate.record(&scopes(&user(), &[made()]));
    estate.scan_at("2026-11-01T00:00:00Z");
    estate.record(&scopes(&user(), &[]));
    let output = estate.run(&["scan", "--now", "2026-11-02T00:00:00Z", "--format", "ndjson"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let log = text.lines().find(|line| line.contains("\"scope\"") && line.contains("acme/log")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(log).unwrap()["forgets"], true);
    let users = text.lines().find(|line| line.contains("\"scope\"") && line.contains("acme/users")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(users).unwrap().get("forgets"), None);
    assert!(text.contains("created_by"), "{text}");
}

#[test]
fn what_the_log_said_of_a_user_ends_with_the_user() {
    let estate = Estate::new();
    estate.record(&scopes(&user(), &[made()]));
    estate.scan_at("2026-11-01T00:00:00Z");
    estate.record(&scopes(&[], &[]));
    for day in 2..=5 {
        estate.scan_at(&format!("2026-11-{day:02}T00:00:00Z"));
    }
    let report = estate.scan_at("2026-11-06T00:00:00Z");
    assert_ne!(report.entity("aws:AIDA1")["gone_at"], Value::Null);
    let output = estate.run(&["scan", "--now", "2026-11-07T00:00:00Z", "--format", "ndjson"]);
    assert!(!String::from_utf8(output.stdout).unwrap().contains("created_by"));
}
