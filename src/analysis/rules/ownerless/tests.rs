//! When nobody answers for a thing, and when nobody can tell.

use crate::analysis::testrules::{because, findings, verdict};

fn ownerless(text: &str, id: &str) -> String {
    verdict("ownerless", text, id)
}

#[test]
fn a_thing_without_any_evidence_is_ownerless() {
    assert_eq!(ownerless("credential c:1", "c:1"), "yes no_evidence");
    assert_eq!(findings("ownerless", "credential c:1")[0].reason, "no_evidence");
}

#[test]
fn a_chain_that_ends_at_a_machine_is_ownerless_and_one_that_ends_at_a_person_is_not() {
    let text = "identity i:1
        identity i:ci
        i:1 trusts x
        i:1 created_by i:ci";
    assert_eq!(ownerless(text, "i:1"), "yes only_machines");
    assert_eq!(ownerless(&format!("{text}\ni:ci created_by email:a@x.org"), "i:1"), "no owned");
}

#[test]
fn any_way_to_a_person_or_a_team_is_an_owner() {
    for way in [
        "c:1 owned_by email:a@x.org",
        "c:1 created_by email:a@x.org",
        "owner team:t\nc:1 owned_by team:t",
        "agent a:1\na:1 holds c:1\na:1 owned_by email:a@x.org",
        "resource r:1\nc:1 part_of r:1\nr:1 owned_by email:a@x.org",
        "identity i:1\nc:1 authenticates_as i:1\ni:1 owned_by email:a@x.org",
        "workload w:1\nidentity i:1\nc:1 authenticates_as i:1\nw:1 runs_as i:1\nw:1 owned_by email:a@x.org",
    ] {
        assert_eq!(ownerless(&format!("credential c:1\n{way}"), "c:1"), "no owned", "{way}");
    }
}

#[test]
fn owners_who_have_all_left_make_it_orphaned_not_ownerless() {
    let text = "owner person:a@x.org enabled=false\ncredential c:1\nc:1 owned_by person:a@x.org";
    assert_eq!(ownerless(text, "c:1"), "no owners_departed");
    assert_eq!(verdict("orphaned", text, "c:1"), "yes owner_gone");
}

#[test]
fn an_owner_whose_state_is_not_exposed_or_denied_is_an_owner() {
    for state in ["", "enabled=denied"] {
        let text = format!("owner person:a@x.org {state}\ncredential c:1\nc:1 owned_by person:a@x.org");
        assert_eq!(ownerless(&text, "c:1"), "no owned");
        assert_eq!(verdict("orphaned", &text, "c:1"), "no no_consumer_seen");
    }
}

#[test]
fn its_own_scope_not_seen_whole_may_hide_a_tag() {
    let text = "scope iam partial\ncredential c:1 in=iam";
    assert_eq!(ownerless(text, "c:1"), "cannot_tell owner_evidence_unseen");
    insta::assert_snapshot!(
        because("ownerless", text, "c:1"),
        @"no owner was found, and the scope test/iam, which may hold evidence of one, was not complete (partial: permission: denied by test)"
    );
    assert!(findings("ownerless", text).is_empty());
}

#[test]
fn a_directory_not_seen_whole_makes_nothing_ownerless() {
    let text = "scope people failed\nowner person:a@x.org in=people\ncredential c:1";
    assert_eq!(ownerless(text, "c:1"), "cannot_tell directory_unseen");
}

#[test]
fn the_scope_of_a_consumer_or_parent_not_seen_whole_may_hide_its_owner() {
    let consumer = "scope laptops partial\nagent a:1 in=laptops\ncredential c:1\na:1 holds c:1 in=laptops";
    assert_eq!(ownerless(consumer, "c:1"), "cannot_tell owner_evidence_unseen");
    let parent = "scope projects partial\nresource r:1 in=projects\ncredential c:1\nc:1 part_of r:1";
    assert_eq!(ownerless(parent, "c:1"), "cannot_tell owner_evidence_unseen");
}

#[test]
fn a_scope_of_another_platform_hides_nothing() {
    let text = "scope github partial\nidentity github:1 in=github\ncredential aws:AKIA1";
    assert_eq!(ownerless(text, "aws:AKIA1"), "yes no_evidence");
}

#[test]
fn a_name_that_resolves_to_nothing_is_nobody_once_a_directory_was_seen_whole() {
    let text = "credential c:1\nc:1 owned_by owner:ghosts because=tag";
    assert_eq!(ownerless(text, "c:1"), "cannot_tell owner_unresolved");
    let known = format!("{text}\nowner person:a@x.org");
    assert_eq!(ownerless(&known, "c:1"), "yes no_evidence");
    insta::assert_snapshot!(
        because("ownerless", &known, "c:1"),
        @"nothing leads to a person or a team: tag names owner:ghosts, whom no directory knows"
    );
}

#[test]
fn what_cannot_authenticate_has_no_need_of_an_owner() {
    assert_eq!(ownerless("credential c:1 enabled=false", "c:1"), "no disabled");
}

#[test]
fn a_directory_that_the_settings_leave_out_hides_whom_it_knows() {
    let of = |scope: &str| {
        ownerless(&format!("scope people {scope}\nowner person:a@x.org in=people\ncredential c:1"), "c:1")
    };
    assert_eq!(of("complete"), "yes no_evidence");
    assert_eq!(of("failed left_out=9d"), "cannot_tell directory_unseen");
    assert_eq!(
        ownerless("scope people failed left_out=9d\ncredential c:1", "c:1"),
        "yes no_evidence",
        "it showed nothing"
    );
}
