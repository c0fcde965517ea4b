//! When what a thing served is gone, and when nobody can tell.

use crate::analysis::Severity;
use crate::analysis::testrules::{because, findings, verdict};

fn orphaned(text: &str, id: &str) -> String {
    verdict("orphaned", text, id)
}

/// A key held by one agent, in a scope of its own.
fn held(scope: &str, agent: &str, link: &str) -> String {
    format!(
        "scope laptops {scope}
         agent a:1 in=laptops name=planner {agent}
         credential c:1
         a:1 holds c:1 in=laptops {link}"
    )
}

#[test]
fn a_key_whose_agent_is_gone_or_switched_off_for_the_grace_is_orphaned() {
    assert_eq!(orphaned(&held("complete", "gone=9d", "gone=9d"), "c:1"), "yes consumer_gone");
    assert_eq!(orphaned(&held("complete", "gone=9d", ""), "c:1"), "yes consumer_gone");
    assert_eq!(orphaned(&held("complete", "off=7d", ""), "c:1"), "yes consumer_gone");
    assert_eq!(orphaned(&held("complete", "off=6d", ""), "c:1"), "no in_grace");
    assert_eq!(orphaned(&held("complete", "missing=3d gone=1d", ""), "c:1"), "no in_grace", "from the first miss");
    assert_eq!(orphaned(&held("complete", "", ""), "c:1"), "no in_use");
}

#[test]
fn where_the_platform_does_not_show_what_uses_a_thing_nobody_seen_is_not_nobody() {
    let account = |more: &str| {
        format!(
            "identity k8s:1 attr.consumers=not_exposed
             credential k8s:t
             k8s:t authenticates_as k8s:1
             {more}"
        )
    };
    for id in ["k8s:1", "k8s:t"] {
        assert_eq!(orphaned(&account(""), id), "cannot_tell consumers_not_exposed", "{id}");
        let gone = "workload k8s:w gone=9d\nk8s:w runs_as k8s:1 gone=9d";
        assert_eq!(orphaned(&account(gone), id), "yes consumer_gone", "{id}: its last workload has gone");
        assert_eq!(orphaned(&account("workload k8s:w\nk8s:w runs_as k8s:1"), id), "no in_use", "{id}");
    }
    let said = because("orphaned", &account(""), "k8s:1");
    assert!(said.contains("does not show what uses it from outside"), "{said}");
    let dormant = "identity k8s:1 attr.consumers=not_exposed";
    assert_eq!(orphaned(dormant, "k8s:1"), "no no_way_in");
}

#[test]
fn missing_once_is_not_gone() {
    assert_eq!(orphaned(&held("complete", "missing=30d", "missing=30d"), "c:1"), "no consumer_missing");
}

#[test]
fn a_consumer_whose_scope_was_not_seen_whole_may_have_ended() {
    for scope in ["partial", "failed", "suspect"] {
        assert_eq!(orphaned(&held(scope, "", ""), "c:1"), "cannot_tell consumer_unseen", "{scope}");
        assert_eq!(orphaned(&held(scope, "missing=9d", ""), "c:1"), "cannot_tell consumer_unseen", "{scope}");
    }
}

#[test]
fn an_end_that_was_confirmed_stays_when_later_scans_fail() {
    assert_eq!(orphaned(&held("failed", "gone=9d", "gone=9d"), "c:1"), "yes consumer_gone");
    assert_eq!(orphaned(&held("failed", "off=9d", ""), "c:1"), "yes consumer_gone");
}

#[test]
fn enabled_not_exposed_or_denied_is_not_switched_off() {
    assert_eq!(orphaned(&held("complete", "enabled=denied", ""), "c:1"), "no in_use");
}

#[test]
fn one_consumer_that_is_there_is_enough_and_the_last_end_counts() {
    let more =
        |second: &str| format!("{}\nworkload w:1 {second}\nw:1 holds c:1", held("complete", "gone=30d", "gone=30d"));
    assert_eq!(orphaned(&more(""), "c:1"), "no in_use");
    assert_eq!(orphaned(&more("gone=3d"), "c:1"), "no in_grace");
    assert_eq!(orphaned(&more("gone=8d"), "c:1"), "yes consumer_gone");
}

#[test]
fn a_consumer_that_dropped_the_key_has_moved_on_and_not_ended() {
    assert_eq!(orphaned(&held("complete", "", "gone=30d"), "c:1"), "no moved_on");
    let with_ended = format!("{}\nworkload w:1 gone=9d\nw:1 holds c:1 gone=9d", held("complete", "", "gone=30d"));
    assert_eq!(orphaned(&with_ended, "c:1"), "yes consumer_gone");
}

#[test]
fn what_was_never_seen_in_use_is_not_orphaned() {
    assert_eq!(orphaned("credential c:1", "c:1"), "no no_consumer_seen");
}

#[test]
fn an_identity_has_the_consumers_of_its_credentials_and_credentials_follow_it() {
    let text = "agent a:1 gone=9d
        identity i:1
        credential c:1
        credential c:2
        c:1 authenticates_as i:1
        c:2 authenticates_as i:1
        a:1 holds c:1 gone=9d";
    for id in ["i:1", "c:1", "c:2"] {
        assert_eq!(orphaned(text, id), "yes consumer_gone", "{id}");
    }
    let used = format!("{text}\nworkload w:1\nw:1 runs_as i:1");
    assert_eq!(orphaned(&used, "i:1"), "no in_use");
    assert_eq!(orphaned(&used, "c:1"), "yes consumer_gone", "its own consumers count before");
    assert_eq!(orphaned(&used, "c:2"), "no in_use");
}

#[test]
fn a_role_outlives_what_ran_as_it() {
    let text = "workload w:1 gone=9d\nidentity i:1\nw:1 runs_as i:1 gone=9d";
    assert_eq!(orphaned(text, "i:1"), "yes consumer_gone");
}

#[test]
fn a_thing_whose_parent_is_gone_is_orphaned() {
    let of = |scope: &str, parent: &str, link: &str| {
        let text = format!(
            "scope projects {scope}\nresource r:1 in=projects {parent}\nidentity i:1\ni:1 trusts x\ni:1 part_of r:1 {link}"
        );
        orphaned(&text, "i:1")
    };
    assert_eq!(of("complete", "gone=9d", ""), "yes parent_gone");
    assert_eq!(of("complete", "gone=9d", "gone=9d"), "yes parent_gone");
    assert_eq!(of("failed", "gone=9d", ""), "yes parent_gone");
    assert_eq!(of("complete", "missing=9d", ""), "no no_consumer_seen");
    assert_eq!(of("partial", "", ""), "cannot_tell parent_unseen");
    assert_eq!(of("complete", "", ""), "no no_consumer_seen");
}

#[test]
fn a_thing_that_moved_to_another_parent_is_not_orphaned_by_the_first() {
    let text = "resource r:1 gone=9d
        resource r:2
        identity i:1
        i:1 trusts x
        i:1 part_of r:1 gone=20d
        i:1 part_of r:2";
    assert_eq!(orphaned(text, "i:1"), "no no_consumer_seen");
}

#[test]
fn a_key_of_a_deleted_identity_is_orphaned() {
    let text = "identity i:1 gone=9d\ncredential c:1\nc:1 authenticates_as i:1";
    assert_eq!(orphaned(text, "c:1"), "yes parent_gone");
    assert_eq!(orphaned(text, "i:1"), "no gone");
}

#[test]
fn a_role_is_orphaned_when_all_that_it_trusts_is_gone_in_complete_listings() {
    let of = |users: &str, more: &str| {
        let text = format!("scope users {users} covers=arn:user/\nidentity i:1\ni:1 trusts arn:user/x\n{more}");
        orphaned(&text, "i:1")
    };
    assert_eq!(of("complete", ""), "yes parent_gone");
    assert_eq!(of("partial", ""), "cannot_tell parent_unseen");
    assert_eq!(of("complete", "i:1 trusts lambda.amazonaws.com"), "no no_consumer_seen");
    assert_eq!(of("complete", "identity i:2 gone=9d\ni:1 trusts i:2"), "yes parent_gone");
    assert_eq!(of("complete", "identity i:2\ni:1 trusts i:2"), "no no_consumer_seen");
}

#[test]
fn a_role_that_trusts_a_pattern_is_orphaned_when_nothing_can_match_it() {
    let text = "scope repos complete covers=repo:acme/
        resource github:repo/1 in=repos alias=repo:acme/shop:main
        identity i:1
        identity i:2
        i:1 trusts repo:acme/shop:*
        i:2 trusts repo:acme/gone:*";
    assert_eq!(orphaned(text, "i:1"), "no no_consumer_seen");
    assert_eq!(orphaned(text, "i:2"), "yes parent_gone");
}

#[test]
fn a_role_that_a_live_workflow_names_is_not_orphaned_by_a_trust_that_lets_nobody_in() {
    let of = |flows: &str, workload: &str| {
        let text = format!(
            "scope repos complete covers=repo:acme/\nscope flows {flows}\nidentity i:1\ni:1 trusts repo:acme/old:*
             workload w:1 in=flows name=deploy {workload}\nw:1 runs_as i:1 in=flows"
        );
        orphaned(&text, "i:1")
    };
    assert_eq!(of("complete", ""), "no in_use");
    assert_eq!(of("partial", ""), "cannot_tell consumer_unseen");
    assert_eq!(of("complete", "missing=1d"), "no consumer_missing");
    assert_eq!(of("complete", "gone=3d"), "no in_grace");
    assert_eq!(of("complete", "gone=9d"), "yes consumer_gone");
    let left = "scope repos complete covers=repo:acme/\nidentity i:1\ni:1 trusts repo:acme/old:*
        workload w:1\nw:1 runs_as i:1 gone=9d";
    assert_eq!(orphaned(left, "i:1"), "yes parent_gone");
}

#[test]
fn a_thing_whose_owners_have_all_departed_is_orphaned() {
    let of = |people: &str, more: &str| {
        let text = format!(
            "scope people {people}\nowner person:a@x.org in=people enabled=false\nowner person:b@x.org in=people gone=20d
             credential c:1\nc:1 owned_by person:a@x.org\nc:1 owned_by person:b@x.org\n{more}"
        );
        orphaned(&text, "c:1")
    };
    assert_eq!(of("complete", ""), "yes owner_gone");
    assert_eq!(of("failed", ""), "yes owner_gone", "what was shown stays shown");
    assert_eq!(of("complete", "c:1 owned_by email:c@x.org"), "no no_consumer_seen");
    assert_eq!(of("complete", "owner person:c@x.org\nc:1 created_by person:c@x.org"), "no no_consumer_seen");
    assert_eq!(
        of("partial", "owner person:c@x.org in=people\nc:1 owned_by person:c@x.org"),
        "cannot_tell owner_unseen"
    );
    assert_eq!(of("partial", "c:1 owned_by owner:ghosts"), "cannot_tell owner_unresolved");
}

#[test]
fn what_cannot_authenticate_is_harmless() {
    let text = held("complete", "gone=9d", "gone=9d").replace("credential c:1", "credential c:1 enabled=false");
    assert_eq!(orphaned(&text, "c:1"), "no disabled");
    assert!(findings("orphaned", &text).is_empty());
}

#[test]
fn an_orphan_used_after_its_end_is_critical() {
    let used = |at: &str| {
        let text = held("complete", "seen=60d gone=30d", "gone=30d")
            .replace("credential c:1", &format!("credential c:1 used={at}"));
        findings("orphaned", &text).remove(0)
    };
    assert_eq!(used("31d").severity, Severity::High);
    assert_eq!(used("29d").severity, Severity::Critical);
    insta::assert_snapshot!(
        used("2d").because,
        @"planner, which used it, was first found gone on 2026-10-25, more than the grace of 7 days ago, and nothing else uses it; yet it was still used on 2026-11-22"
    );
    assert_eq!(used("never").severity, Severity::High);
    assert_eq!(used("denied").severity, Severity::High);
}

#[test]
fn of_an_end_that_was_there_at_first_sight_any_late_use_counts() {
    let used = |at: &str| {
        let text =
            held("complete", "off=30d seen=30d", "").replace("credential c:1", &format!("credential c:1 used={at}"));
        findings("orphaned", &text).remove(0).severity
    };
    assert_eq!(used("6d"), Severity::Critical);
    assert_eq!(used("8d"), Severity::High);
}

#[test]
fn use_by_its_identity_counts_when_a_credential_tells_none_of_its_own() {
    let text = format!("{}\nidentity i:1 used=2d\nc:1 authenticates_as i:1", held("complete", "gone=30d", ""));
    let found = findings("orphaned", &text);
    assert!(found.iter().all(|finding| finding.severity == Severity::Critical), "{found:?}");
}

#[test]
fn a_finding_shows_its_facts_with_their_scopes_and_trusts_no_guess() {
    let found =
        findings("orphaned", &held("complete", "gone=9d", "gone=9d evidence=inferred file=/srv/a/.env")).remove(0);
    assert_eq!(found.confidence, crate::analysis::Confidence::Low);
    assert_eq!(found.locations[0].path, "/srv/a/.env");
    insta::assert_snapshot!(found.evidence[0].value, @"planner (a:1), gone since 2026-11-15");
    assert_eq!(found.evidence[0].scope, "test/laptops");
    assert_eq!(found.rests_on.len(), 2);
    assert!(found.remediation[0].starts_with("# confirm"));
    insta::assert_snapshot!(
        because("orphaned", &held("complete", "gone=9d", ""), "c:1"),
        @"planner, which used it, was first found gone on 2026-11-15, more than the grace of 7 days ago, and nothing else uses it"
    );
}

/// A key of whose consumers the listing `flows` shows all.
fn listed(scope: &str, key: &str, more: &str) -> String {
    format!("scope flows {scope}\ncredential c:1 attr.consumers_listed_in=flows {key}\n{more}")
}

#[test]
fn what_nothing_in_the_listing_of_all_consumers_uses_is_orphaned() {
    let of = |scope: &str, key: &str| orphaned(&listed(scope, key, ""), "c:1");
    assert_eq!(of("complete", "created=8d"), "yes consumer_gone");
    assert_eq!(of("complete", "created=7d"), "yes consumer_gone");
    assert_eq!(of("complete", "created=6d"), "no in_grace", "what uses it may be yet to come");
    assert_eq!(of("complete", "seen=8d"), "yes consumer_gone", "seen for so long, whenever it was made");
    assert_eq!(of("complete", "seen=2d created=denied"), "no in_grace");
    let user = "workload w:1 in=flows\nw:1 holds c:1 in=flows";
    assert_eq!(orphaned(&listed("complete", "created=99d", user), "c:1"), "no in_use");
}

#[test]
fn a_listing_of_consumers_that_was_not_seen_whole_says_nothing() {
    for scope in ["partial", "failed", "suspect", "unsupported", "complete gone=1d"] {
        assert_eq!(orphaned(&listed(scope, "created=99d", ""), "c:1"), "cannot_tell consumer_unseen", "{scope}");
    }
    let without = "credential c:1 created=99d attr.consumers_listed_in=flows";
    assert_eq!(orphaned(without, "c:1"), "cannot_tell consumers_not_exposed", "there is no such scope");
    let said = because("orphaned", &listed("partial", "created=99d", ""), "c:1");
    insta::assert_snapshot!(said, @"nothing is known to use it, but the scope test/flows, which lists all that may, was not complete (partial: permission: denied by test)");
}

#[test]
fn that_the_last_user_ended_is_not_that_there_is_no_other_when_the_listing_was_not_seen_since() {
    let ended = |scope: &str, key: &str| {
        let user = "workload w:1 in=flows name=deploy gone=20d\nw:1 holds c:1 in=flows gone=20d";
        orphaned(&listed(scope, key, user), "c:1")
    };
    assert_eq!(ended("complete", "created=99d"), "yes consumer_gone");
    assert_eq!(ended("partial", "created=99d"), "cannot_tell consumer_unseen");
    assert_eq!(ended("complete", "created=2d"), "no in_grace", "it was set anew for somebody");
}

#[test]
fn what_the_last_user_dropped_is_orphaned_when_the_listing_shows_no_other() {
    let left = |since: &str| {
        let user = format!("workload w:1 in=flows name=deploy\nw:1 holds c:1 in=flows gone={since}");
        listed("complete", "created=99d", &user)
    };
    assert_eq!(orphaned(&left("8d"), "c:1"), "yes consumer_gone");
    assert_eq!(orphaned(&left("3d"), "c:1"), "no in_grace");
    insta::assert_snapshot!(
        because("orphaned", &left("8d"), "c:1"),
        @"nothing that test/flows lists uses it; deploy did so until 2026-11-16, more than the grace of 7 days before that was seen"
    );
    let set_anew = left("30d").replace("created=99d", "created=2d");
    assert_eq!(orphaned(&set_anew, "c:1"), "no in_grace", "somebody set it anew since");
}

#[test]
fn the_finding_of_a_thing_that_nothing_uses_rests_on_the_listing() {
    let found = findings("orphaned", &listed("complete", "created=99d", "")).remove(0);
    assert_eq!(found.reason, "consumer_gone");
    assert_eq!(found.confidence, crate::analysis::Confidence::Medium, "files declare what they use");
    assert!(found.rests_on.contains(&("test".to_owned(), "flows".to_owned())), "{:?}", found.rests_on);
    insta::assert_snapshot!(
        found.because,
        @"nothing that test/flows lists uses it; it was made or set on 2026-08-17, more than the grace of 7 days before that was seen"
    );
}

#[test]
fn who_may_use_all_that_a_pattern_names_uses_it() {
    let text = |workload: &str| {
        let all = format!("workload w:1 in=flows name=ci {workload}\nw:1 holds c:* in=flows because=inherit");
        listed("complete", "created=99d", &all)
    };
    assert_eq!(orphaned(&text(""), "c:1"), "no in_use");
    insta::assert_snapshot!(because("orphaned", &text(""), "c:1"), @"ci may use it (inherit) and is there");
    assert_eq!(orphaned(&text("off=9d"), "c:1"), "yes consumer_gone");
    let partial = text("").replace("flows complete", "flows partial");
    assert_eq!(orphaned(&partial, "c:1"), "cannot_tell consumer_unseen");
    let unknown = listed("complete", "created=99d", "w:1 holds c:* in=flows because=unread");
    assert_eq!(orphaned(&unknown, "c:1"), "cannot_tell consumers_not_exposed");
    insta::assert_snapshot!(because("orphaned", &unknown, "c:1"), @"what may use it is not known: unread");
    assert_eq!(orphaned(&format!("{unknown}\nagent a:1\na:1 holds c:1"), "c:1"), "no in_use");
    let other = text("").replace("credential c:1", "credential d:1");
    assert_eq!(orphaned(&other, "d:1"), "yes consumer_gone", "the pattern does not name it");
}

#[test]
fn what_only_its_parent_can_use_has_served_when_that_is_switched_off() {
    let of = |key: &str, parent: &str| {
        format!(
            "resource r:1 name=attic {parent}\ncredential c:1 {key}\nc:1 part_of r:1\nworkload w:1 off=2d\nw:1 holds c:1"
        )
    };
    let within = "attr.used_within=parent attr.consumers=not_exposed";
    assert_eq!(orphaned(&of(within, "off=8d"), "c:1"), "yes consumer_gone");
    assert_eq!(orphaned(&of(within, "off=3d"), "c:1"), "no in_grace");
    assert_eq!(orphaned(&of(within, "enabled=denied"), "c:1"), "no in_grace", "its consumer's");
    assert_eq!(orphaned(&of("", "off=8d"), "c:1"), "no in_grace", "others may use it");
    let in_use = of(within, "off=8d").replace("w:1 off=2d", "w:1");
    assert_eq!(orphaned(&in_use, "c:1"), "no in_use");
    let moved = format!("{}\nresource r:2\nc:1 part_of r:2", of(within, "off=8d"));
    assert_eq!(orphaned(&moved, "c:1"), "no in_grace", "the other one is there");
    let said = because("orphaned", &of(within, "off=8d attr.switched_off=archived"), "c:1");
    insta::assert_snapshot!(said, @"attic, within which alone it can be used, was found switched off (archived) on 2026-11-16, more than the grace of 7 days ago");
}
