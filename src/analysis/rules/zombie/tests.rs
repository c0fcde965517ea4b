//! When nothing uses a thing, and when nobody can tell.

use crate::analysis::testrules::{because, findings, verdict};
use crate::analysis::{Confidence, Severity};

fn zombie(text: &str, id: &str) -> String {
    verdict("zombie", text, id)
}

fn key(facts: &str) -> String {
    zombie(&format!("credential c:1 {facts}"), "c:1")
}

#[test]
fn a_key_last_used_before_the_threshold_is_unused() {
    assert_eq!(key("created=400d used=100d tracked=400d"), "yes unused");
    assert_eq!(key("created=400d used=90d tracked=400d"), "yes unused", "the threshold itself counts");
    assert_eq!(key("created=400d used=89d tracked=400d"), "no used_recently");
}

#[test]
fn a_last_use_proves_tracking_and_age_by_itself() {
    assert_eq!(key("used=100d"), "yes unused");
    assert_eq!(key("used=100d tracked=denied created=denied"), "yes unused");
}

#[test]
fn never_used_needs_to_be_known_tracked_for_the_whole_life() {
    assert_eq!(key("created=400d used=never tracked=500d"), "yes never_used");
    assert_eq!(key("created=400d used=never tracked=400d"), "yes never_used");
    assert_eq!(key("created=400d used=never"), "cannot_tell tracking_unknown");
    assert_eq!(key("created=400d used=never tracked=denied"), "cannot_tell tracking_unknown");
}

#[test]
fn a_role_unused_in_the_400_days_that_aws_tracks_is_unused_and_not_never_used() {
    assert_eq!(key("created=900d used=never tracked=400d"), "yes unused");
}

#[test]
fn a_key_made_yesterday_is_not_never_used() {
    assert_eq!(key("created=1d used=never tracked=400d"), "no too_young");
    assert_eq!(key("created=1d"), "no too_young", "whatever else is not told");
    assert_eq!(key("created=1d used=denied"), "no too_young");
}

#[test]
fn tracking_that_began_within_the_threshold_tells_nothing() {
    assert_eq!(key("created=400d used=never tracked=30d"), "cannot_tell tracked_too_short");
    assert_eq!(key("created=400d used=200d tracked=30d"), "cannot_tell tracked_too_short");
    assert_eq!(key("created=400d used=20d tracked=30d"), "no used_recently");
}

#[test]
fn an_age_that_nobody_told_is_known_when_we_have_seen_the_thing_for_that_long() {
    assert_eq!(key("used=never tracked=400d"), "cannot_tell age_unknown");
    assert_eq!(key("used=never tracked=400d seen=91d"), "yes unused");
}

#[test]
fn last_use_not_exposed_or_denied_cannot_be_told() {
    assert_eq!(key("created=400d tracked=400d"), "cannot_tell last_use_not_exposed");
    assert_eq!(key("created=400d used=denied tracked=400d"), "cannot_tell last_use_denied");
}

#[test]
fn facts_hold_for_a_week_while_their_scope_shows_nothing() {
    let of = |scope: &str, last: &str| {
        zombie(&format!("scope iam {scope}\ncredential c:1 in=iam used=200d seen=200d last={last}"), "c:1")
    };
    assert_eq!(of("failed", "6d"), "yes unused");
    assert_eq!(of("failed", "8d"), "cannot_tell facts_stale");
    assert_eq!(of("complete", "8d"), "yes unused");
}

#[test]
fn what_cannot_authenticate_is_dormant() {
    for (facts, why) in [("enabled=false", "disabled"), ("expires=1d", "expired"), ("gone=9d", "gone")] {
        assert_eq!(key(&format!("created=400d used=100d {facts}")), format!("no {why}"));
    }
    assert_eq!(zombie("identity i:1 created=400d used=never tracked=400d", "i:1"), "no no_way_in");
}

#[test]
fn an_identity_is_as_alive_as_its_liveliest_credential() {
    let of = |first: &str, second: &str| {
        let text = format!(
            "identity i:1 created=400d
             credential c:1 created=400d {first}
             credential c:2 created=400d {second}
             c:1 authenticates_as i:1
             c:2 authenticates_as i:1"
        );
        zombie(&text, "i:1")
    };
    assert_eq!(of("used=100d", "used=200d"), "yes unused");
    assert_eq!(of("used=100d", "used=2d"), "no used_recently");
    assert_eq!(of("used=100d", ""), "cannot_tell last_use_not_exposed");
    assert_eq!(of("used=100d", "used=denied"), "cannot_tell last_use_denied");
    assert_eq!(of("used=100d", "enabled=false"), "yes unused", "a dead credential says nothing");
}

#[test]
fn a_young_credential_keeps_its_identity_alive() {
    let text = "identity i:1 created=400d used=100d
        credential c:1 created=2d used=never tracked=400d
        c:1 authenticates_as i:1";
    assert_eq!(zombie(text, "i:1"), "no too_young");
}

#[test]
fn credentials_do_not_speak_for_an_identity_that_has_another_way_in() {
    let text = "identity i:1
        credential c:1 created=400d used=100d
        c:1 authenticates_as i:1
        i:1 trusts oidc:x#y";
    assert_eq!(zombie(text, "i:1"), "cannot_tell last_use_not_exposed");
    let unseen = "scope keys partial
        identity i:1
        credential c:1 created=400d used=100d
        c:1 authenticates_as i:1 in=keys";
    assert_eq!(zombie(unseen, "i:1"), "cannot_tell ways_in_unseen");
}

#[test]
fn a_credential_without_facts_follows_its_identity_and_one_denied_does_not() {
    let of = |identity: &str, key: &str| {
        let text = format!("identity i:1 created=400d {identity}\ncredential c:1 {key}\nc:1 authenticates_as i:1");
        zombie(&text, "c:1")
    };
    assert_eq!(of("used=100d", ""), "yes unused");
    assert_eq!(of("used=1d", ""), "no used_recently");
    assert_eq!(of("", ""), "cannot_tell last_use_not_exposed");
    assert_eq!(of("used=100d", "used=denied"), "cannot_tell last_use_denied");
    assert_eq!(of("used=1d", "used=100d"), "yes unused", "its own facts count before");
}

#[test]
fn a_disabled_agents_identity_is_dormant_not_unused() {
    let text = "identity entra:1 enabled=false created=400d used=never tracked=400d\nentra:1 trusts x";
    assert_eq!(zombie(text, "entra:1"), "no disabled");
}

#[test]
fn the_finding_names_its_facts_and_is_worse_for_an_administrator() {
    let text = "identity aws:AIDA1 name=ci
        credential aws:AKIA1 type=aws.access-key name=AKIA1 created=400d used=100d tracked=400d enabled=true
        resource aws:account/1
        aws:AKIA1 authenticates_as aws:AIDA1
        aws:AIDA1 can_access aws:account/1 level=admin";
    let found = findings("zombie", text);
    assert_eq!(found.len(), 2);
    let key = &found[1];
    assert_eq!((key.subject.as_str(), key.severity, key.reason.as_str()), ("aws:AKIA1", Severity::High, "unused"));
    insta::assert_snapshot!(key.because, @"it was last used on 2026-08-16 (100 days ago), and the threshold is 90 days");
    let facts: Vec<_> = key.evidence.iter().map(|e| format!("{}={} {}", e.fact, e.value, e.scope)).collect();
    insta::assert_snapshot!(facts.join("\n"), @r"
    last_used_at=2026-08-16T00:00:00Z test/main
    use_tracked_since=2025-10-20T00:00:00Z test/main
    created_at=2025-10-20T00:00:00Z test/main
    enabled=true test/main
    ");
    assert_eq!(key.rests_on, [("test".to_owned(), "main".to_owned())]);
}

#[test]
fn sentences_name_what_was_lacking() {
    insta::assert_snapshot!(
        because("zombie", "credential c:1 created=400d used=never tracked=30d", "c:1"),
        @"use of it has been tracked only since 2026-10-25, less than 90 days"
    );
}

#[test]
fn an_identity_told_by_a_key_that_is_only_inferred_to_be_its_own_is_not_to_be_deleted() {
    let zombie_of = |evidence: &str| {
        let text = format!(
            "identity aws:AIDA1 type=aws.iam-user
             credential aws:AKIA1 created=400d used=200d tracked=500d
             aws:AKIA1 authenticates_as aws:AIDA1 evidence={evidence}"
        );
        findings("zombie", &text).into_iter().find(|found| found.subject.as_str() == "aws:AIDA1").unwrap()
    };
    let inferred = zombie_of("inferred");
    assert_eq!(inferred.confidence, Confidence::Low);
    assert!(inferred.remediation.iter().all(|step| !step.contains("delete")), "{:?}", inferred.remediation);
    let proven = zombie_of("proven");
    assert!(proven.remediation.iter().any(|step| step.contains("delete-user")), "{:?}", proven.remediation);
}

#[test]
fn days_that_no_scan_looked_at_are_not_days_without_use() {
    let of = |facts: &str| zombie(&format!("scope iam complete\ncredential c:1 in=iam seen=500d {facts}"), "c:1");
    assert_eq!(of("used=202d last=200d"), "cannot_tell facts_stale");
    assert_eq!(of("created=500d used=never tracked=600d last=450d"), "cannot_tell facts_stale");
    assert_eq!(of("used=300d last=200d"), "yes unused", "the threshold was reached while it was looked at");
    assert_eq!(of("used=95d last=6d"), "yes unused");
    insta::assert_snapshot!(
        because("zombie", "scope iam complete\ncredential c:1 in=iam used=202d seen=500d last=200d", "c:1"),
        @"it was last seen on 2026-05-08, and no scan has looked at its use since then"
    );
}

#[test]
fn an_unused_key_of_what_is_switched_off_says_so() {
    let text = "resource r:1 name=attic enabled=false attr.switched_off=archived
        credential c:1 created=400d used=200d tracked=400d
        c:1 part_of r:1";
    let found = findings("zombie", text).remove(0);
    insta::assert_snapshot!(
        found.because,
        @"it was last used on 2026-05-08 (200 days ago), and the threshold is 90 days; attic, which it is part of, is switched off (archived)"
    );
    assert!(found.evidence.iter().any(|fact| fact.value == "attic: false (archived)"), "{:?}", found.evidence);
    assert_eq!(zombie(&text.replace("used=200d", "used=2d"), "c:1"), "no used_recently", "it still lets in");
}
