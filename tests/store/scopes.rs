//! Scopes: their list, their coverage, and what goes with them.

use whosekey::store::Applied;
use whosekey_sdk::{Issue, IssueKind, Scope};

use crate::world::*;

#[test]
fn a_scope_that_two_complete_lists_do_not_have_is_gone_with_everything_in_it() {
    let mut lab = Lab::new();
    lab.list(0, Complete, &["one", "two"]);
    lab.scan_scope(0, "one", Complete, &users([1]));
    lab.scan_scope(0, "two", Complete, &[user(2).into(), owned(2, "email:ada@example.com")]);
    let applied = lab.list(1, Complete, &["one"]);
    assert_eq!((applied.entities.missing, applied.entities.closed), (1, 0));
    assert_eq!(lab.state().alive(), ids([1, 2]));
    let applied = lab.list(2, Complete, &["one"]);
    assert_eq!(applied.entities.closed, 1);
    let state = lab.state();
    assert_eq!((state.alive(), state.gone()), (ids([1]), ids([2])));
    assert_eq!(state.entity(2).gone_at, Some(day(2)));
    assert_eq!(state.entity(2).last_seen, day(0));
    assert_eq!(state.links[0].gone_at, Some(day(2)));
    assert_eq!(state.scope("two").gone_at, Some(day(2)));
    assert_eq!(lab.state_on(1).scope("two").gone_at, None);
    assert_eq!(lab.state_on(1).alive(), ids([1, 2]));
}

#[test]
fn an_incomplete_list_retires_no_scope() {
    let mut lab = Lab::new();
    lab.list(0, Complete, &["one", "two"]);
    lab.scan_scope(0, "two", Complete, &users([2]));
    for on in 1..=4 {
        lab.list(on, if on % 2 == 0 { Partial } else { Failed }, &["one"]);
    }
    assert_eq!(lab.state().alive(), ids([2]));
    assert_eq!(lab.state().scope("two").gone_at, None);
}

#[test]
fn a_scope_that_is_listed_again_begins_anew() {
    let mut lab = Lab::new();
    lab.list(0, Complete, &["one", "two"]);
    lab.scan_scope(0, "two", Complete, &users([2]));
    lab.list(1, Complete, &["one"]);
    lab.list(2, Complete, &["one", "two"]);
    lab.list(3, Complete, &["one"]);
    assert_eq!(lab.state().alive(), ids([2]), "one list in a row");
    lab.list(4, Complete, &["one"]);
    assert_eq!(lab.state().alive(), ids([]));
    lab.list(5, Complete, &["one", "two"]);
    assert_eq!(lab.state().scope("two").gone_at, None);
    lab.scan_scope(6, "two", Complete, &users([2]));
    assert_eq!(lab.state().alive(), ids([2]));
    assert_eq!(lab.state().entity(2).first_seen, day(0));
}

#[test]
fn a_list_that_lost_most_of_its_scopes_is_suspect() {
    let mut lab = Lab::new();
    lab.confirm_absence = 1;
    let names: Vec<String> = (0..30).map(|n| format!("account {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    lab.list(0, Complete, &names);
    let applied = lab.list(1, Complete, &[]);
    assert!(applied.suspect);
    assert_eq!(applied.entities.closed, 0);
    assert_eq!(lab.list(2, Complete, &[]).entities.closed, 30);
}

#[test]
fn coverage_tells_the_latest_attempt_and_the_last_complete_one() {
    let mut lab = Lab::new();
    let mut writer = lab.begin(0);
    let listed = [Scope::new("users").covering("aws:AIDA"), Scope::new("roles")];
    writer.source_listed("aws", &listed, &attempt(Complete, day(0))).unwrap();
    writer.finish_scope("aws", "users", &attempt(Complete, day(0))).unwrap();
    writer.finish().unwrap();
    let mut failed = attempt(Failed, day(1));
    failed.issues = vec![Issue::new(IssueKind::Permission, "iam:ListUsers denied")];
    (failed.records, failed.requests) = (7, 3);
    let mut writer = lab.begin(1);
    writer.finish_scope("aws", "users", &failed).unwrap();
    writer.finish().unwrap();
    let state = lab.state();
    let names: Vec<_> = state.coverage.iter().map(|row| row.scope.as_str()).collect();
    assert_eq!(names, ["*", "roles", "users"]);
    let users = state.scope("users");
    assert_eq!((&users.attempt, users.last_complete_at), (&failed, Some(day(0))));
    assert_eq!((users.covers.as_slice(), users.connector.as_str()), (["aws:AIDA".to_owned()].as_slice(), "aws"));
    let roles = state.scope("roles");
    assert_eq!((roles.attempt.outcome, roles.last_complete_at), (Failed, None), "listed, and never looked at");
    assert_eq!(lab.state_on(0).scope("users").attempt.outcome, Complete);
}

#[test]
fn a_source_that_leaves_the_configuration_loses_nothing() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users([1]));
    for on in 1..=3 {
        lab.store.begin_run(day(on), &[("github", "github")], 1).unwrap().finish().unwrap();
    }
    assert_eq!(lab.state().alive(), ids([1]));
    assert_eq!(lab.state().entity(1).last_seen, day(0));
}

#[test]
fn a_scope_is_told_what_its_latest_applied_attempt_asked_for() {
    let mut lab = Lab::new();
    let mut writer = lab.begin(1);
    writer.remember("aws", "users", b"one".to_vec()).unwrap();
    writer.finish_scope("aws", "users", &attempt(Complete, day(1))).unwrap();
    writer.remember("aws", "users", b"of a scope that was stopped".to_vec()).unwrap();
    writer.finish().unwrap();
    assert_eq!(lab.store.recall("aws", "users").unwrap().as_deref(), Some(b"one".as_slice()));
    assert_eq!(lab.store.recall("aws", "roles").unwrap(), None);

    let mut writer = lab.begin(2);
    writer.remember("aws", "users", b"two".to_vec()).unwrap();
    writer.finish_scope("aws", "users", &attempt(Failed, day(2))).unwrap();
    writer.finish().unwrap();
    assert_eq!(lab.store.recall("aws", "users").unwrap().as_deref(), Some(b"two".as_slice()));
}

#[test]
fn a_scope_that_is_gone_is_told_nothing() {
    let mut lab = Lab::new();
    let mut writer = lab.begin(1);
    writer.source_listed("aws", &[Scope::new("users")], &attempt(Complete, day(1))).unwrap();
    writer.remember("aws", "users", b"one".to_vec()).unwrap();
    writer.finish_scope("aws", "users", &attempt(Complete, day(1))).unwrap();
    writer.finish().unwrap();
    for on in 2..=3 {
        let mut writer = lab.begin(on);
        writer.source_listed("aws", &[], &attempt(Complete, day(on))).unwrap();
        writer.finish().unwrap();
    }
    assert_eq!(lab.store.recall("aws", "users").unwrap(), None);
}

/// A list of scopes under these settings.
fn list_under(lab: &mut Lab, on: i64, settings: u8, names: &[&str]) -> Applied {
    let scopes: Vec<Scope> = names.iter().map(|name| Scope::new(*name)).collect();
    let mut writer = lab.begin(on);
    writer.source_settings("aws", [settings; 32]).unwrap();
    let applied = writer.source_listed("aws", &scopes, &attempt(Complete, day(on))).unwrap();
    writer.finish().unwrap();
    applied
}

#[test]
fn a_scope_that_other_settings_leave_out_is_kept_and_no_witness() {
    let mut lab = Lab::new();
    list_under(&mut lab, 0, 1, &["users", "roles"]);
    lab.scan(0, Complete, &users([1]));
    for on in 1..=5 {
        assert_eq!(list_under(&mut lab, on, 2, &["roles"]).entities.closed, 0);
    }
    let state = lab.state();
    assert_eq!(state.alive(), ids([1]));
    let users = state.scope("users");
    assert_eq!((users.gone_at, users.left_out_at, users.last_complete_at), (None, Some(day(1)), Some(day(0))));
    assert_eq!((users.attempt.outcome, users.attempt.issues[0].kind), (Failed, IssueKind::Unsupported));
    assert_eq!(lab.state_on(0).scope("users").left_out_at, None);

    // The settings are back, and it is not: that counts.
    list_under(&mut lab, 6, 1, &["roles"]);
    list_under(&mut lab, 7, 1, &["roles"]);
    assert_eq!(lab.state().scope("users").gone_at, Some(day(7)));
    assert_eq!(lab.state().alive(), ids([]));
}

#[test]
fn a_scope_that_was_left_out_is_one_again_when_it_is_listed() {
    let mut lab = Lab::new();
    list_under(&mut lab, 0, 1, &["users"]);
    lab.scan(0, Complete, &users([1, 2]));
    list_under(&mut lab, 1, 2, &[]);
    list_under(&mut lab, 2, 3, &["users"]);
    for on in 3..=4 {
        lab.scan(on, Complete, &users([1]));
    }
    assert_eq!(lab.state().scope("users").left_out_at, None);
    assert_eq!(lab.state().alive(), ids([1]));
}

#[test]
fn what_another_scope_shows_of_one_that_is_left_out_is_that_scopes_to_tell() {
    let mut lab = Lab::new();
    list_under(&mut lab, 0, 1, &["acme/users"]);
    lab.scan_scope(0, "acme/users", Complete, &users([1, 2]));
    list_under(&mut lab, 1, 2, &["ACME/users"]);
    lab.scan_scope(1, "ACME/users", Complete, &users([1]));
    for on in 2..=4 {
        list_under(&mut lab, on, 2, &["ACME/users"]);
        lab.scan_scope(on, "ACME/users", Complete, &users([]));
    }
    assert_eq!(lab.state().alive(), ids([2]), "of the other one nobody knows");
}
