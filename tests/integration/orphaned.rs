//! `orphaned`: what it served is gone, seen from complete scopes, after the grace.

use serde_json::{Value, json};

use crate::estate::{Estate, Scope, entity, known, link, live_user, scope};

fn users() -> Scope {
    scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))
}

fn agents(present: bool) -> Scope {
    let records: Vec<Value> = if present {
        vec![entity("agent:a1", "agent", json!({})), link("agent:a1", "holds", "aws:AKIA1")]
    } else {
        vec![]
    };
    scope("acme/agents", &records)
}

#[test]
fn a_credential_whose_only_agent_is_gone_is_orphaned_after_two_complete_scans_and_the_grace() {
    let estate = Estate::new();
    estate.record(&[users(), agents(true)]);
    assert_eq!(estate.scan_at("2026-11-01T00:00:00Z").verdict("aws:AKIA1", "orphaned").0, "no");

    estate.record(&[users(), agents(false)]);
    let missing = estate.scan_at("2026-11-02T00:00:00Z");
    assert_eq!(missing.verdict("aws:AKIA1", "orphaned").0, "no", "missing once is not gone");
    let gone = estate.scan_at("2026-11-03T00:00:00Z");
    assert_eq!(gone.verdict("aws:AKIA1", "orphaned").0, "no", "within the grace of 7 days");

    let late = estate.scan_at("2026-11-09T00:00:01Z");
    let (verdict, because) = late.verdict("aws:AKIA1", "orphaned");
    assert_eq!(verdict, "yes", "{because}");
    assert_eq!(late.entity("aws:AKIA1")["verdicts"]["orphaned"]["reason"], "consumer_gone");
    // The key was used long after its agent ended: something unknown uses it.
    assert_eq!(late.finding("orphaned", "aws:AKIA1").unwrap()["severity"], "critical");
    assert_eq!(late.verdict("aws:AIDA1", "orphaned").0, "yes", "the identity follows its credential's consumer");
}

#[test]
fn an_agent_that_comes_back_ends_the_absence() {
    let estate = Estate::new();
    estate.record(&[users(), agents(true)]);
    estate.scan_at("2026-11-01T00:00:00Z");
    estate.record(&[users(), agents(false)]);
    estate.scan_at("2026-11-02T00:00:00Z");
    estate.record(&[users(), agents(true)]);
    estate.scan_at("2026-11-03T00:00:00Z");
    estate.record(&[users(), agents(false)]);
    let report = estate.scan_at("2026-11-20T00:00:00Z");
    assert_eq!(report.verdict("aws:AKIA1", "orphaned").0, "no");
    assert_eq!(report.entity("agent:a1")["gone_at"], Value::Null);
}

#[test]
fn a_listing_that_is_not_complete_never_makes_an_orphan() {
    for broken in [agents(false).with_issue("permission", "agents:List denied"), agents(false).cut()] {
        let estate = Estate::new();
        estate.record(&[users(), agents(true)]);
        estate.scan_at("2026-10-01T00:00:00Z");
        estate.record(&[users(), broken]);
        for day in 2..9 {
            let report = estate.scan_at(&format!("2026-10-{day:02}T00:00:00Z"));
            assert_eq!(report.entity("agent:a1")["gone_at"], Value::Null);
        }
        let report = estate.scan_at("2026-11-20T00:00:00Z");
        let (verdict, because) = report.verdict("aws:AKIA1", "orphaned");
        assert_eq!(verdict, "cannot_tell");
        assert!(because.contains("acme/agents"), "{because}");
        assert!(report.finding("orphaned", "aws:AKIA1").is_none());
    }
}

#[test]
fn an_agent_that_is_switched_off_has_ended() {
    let estate = Estate::new();
    let with_agent = |enabled: bool| {
        let records =
            [entity("agent:a1", "agent", json!({ "enabled": known(enabled) })), link("agent:a1", "holds", "aws:AKIA1")];
        [users(), scope("acme/agents", &records)]
    };
    estate.record(&with_agent(true));
    assert_eq!(estate.scan_at("2026-11-01T00:00:00Z").verdict("aws:AKIA1", "orphaned").0, "no");
    estate.record(&with_agent(false));
    assert_eq!(estate.scan_at("2026-11-02T00:00:00Z").verdict("aws:AKIA1", "orphaned").0, "no");
    assert_eq!(estate.scan_at("2026-11-08T00:00:00Z").verdict("aws:AKIA1", "orphaned").0, "no");
    assert_eq!(estate.scan_at("2026-11-10T00:00:00Z").verdict("aws:AKIA1", "orphaned").0, "yes");
}

#[test]
fn one_living_consumer_is_enough() {
    let estate = Estate::new();
    let both = [
        entity("agent:a1", "agent", json!({ "enabled": known(false) })),
        link("agent:a1", "holds", "aws:AKIA1"),
        entity("agent:a2", "agent", json!({ "enabled": known(true) })),
        link("agent:a2", "holds", "aws:AKIA1"),
    ];
    estate.record(&[users(), scope("acme/agents", &both)]);
    estate.scan_at("2026-10-01T00:00:00Z");
    assert_eq!(estate.scan_at("2026-11-20T00:00:00Z").verdict("aws:AKIA1", "orphaned").0, "no");
}

#[test]
fn a_disabled_key_is_dormant_and_no_finding() {
    let estate = Estate::new();
    let mut records = live_user("aws:AIDA1", "aws:AKIA1");
    records[1]["entity"]["enabled"] = known(false);
    estate.record(&[scope("acme/users", &records)]);
    let report = estate.scan();
    for rule in ["orphaned", "zombie", "ownerless"] {
        assert_eq!(report.verdict("aws:AKIA1", rule).0, "no");
        assert_eq!(report.verdict("aws:AIDA1", rule).0, "no");
        assert!(report.finding(rule, "aws:AKIA1").is_none());
    }
}

#[test]
fn owners_who_have_all_left_make_an_orphan_not_an_ownerless() {
    let estate = Estate::new();
    let people = [entity(
        "person:ada@example.com",
        "owner",
        json!({ "enabled": known(false), "aliases": ["email:ada@example.com"] }),
    )];
    estate.record(&[users(), scope("acme/people", &people)]);
    let report = estate.scan();
    assert_eq!(report.verdict("aws:AIDA1", "orphaned").0, "yes");
    assert_eq!(report.entity("aws:AIDA1")["verdicts"]["orphaned"]["reason"], "owner_gone");
    assert_eq!(report.verdict("aws:AIDA1", "ownerless").0, "no");
}

#[test]
fn a_mass_disappearance_is_suspect_and_closes_nothing_at_once() {
    let estate = Estate::new();
    estate.configure("[policy]\nconfirm_absence = 1\n");
    let many: Vec<Value> = (0..30).map(|n| entity(&format!("agent:m{n}"), "agent", json!({}))).collect();
    estate.record(&[scope("acme/agents", &many)]);
    estate.scan_at("2026-11-01T00:00:00Z");
    estate.record(&[scope("acme/agents", &many[..5])]);
    let suspect = estate.scan_at("2026-11-02T00:00:00Z");
    assert_eq!(suspect.entity("agent:m20")["gone_at"], Value::Null);
    let agreed = estate.scan_at("2026-11-03T00:00:00Z");
    assert_ne!(agreed.entity("agent:m20")["gone_at"], Value::Null);
}
