//! `whosekey check`: what is refused, what that costs, and what is nothing wrong.

use serde_json::Value;
use whosekey_parts::github::{Deny, GitHub};

use crate::estate::{Estate, live_user, scope};
use crate::github::{APPS, estate, world};

/// The exit code, and what is said of each source.
fn check(estate: &Estate) -> (Option<i32>, Value) {
    let output = estate.run(&["check", "--format", "json"]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn check_says_which_scope_is_refused() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &[]).with_issue("permission", "iam:ListUsers denied")]);
    let output = estate.run(&["check"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("iam:ListUsers denied"));
    assert!(!estate.path("whosekey.db").exists(), "a check stores nothing");
}

#[test]
fn what_the_platform_does_not_have_is_a_note_and_nothing_wrong() {
    let estate = Estate::new();
    let users = live_user("aws:AIDA1", "aws:AKIA1");
    let absent = scope("acme/audit-log", &[]).with_issue("unsupported", "this plan has no audit log");
    estate.record(&[scope("acme/users", &users), absent.clone()]);
    let output = estate.run(&["check"]);
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("recorded (replay): ok, 2 scopes\n  acme/audit-log: note: this plan has no audit log\n"),
        "{told}"
    );

    let in_part = scope("acme/users", &users).with_issue("unsupported", "a file is too large to be read");
    estate.record(&[in_part, absent]);
    let (code, checked) = check(&estate);
    assert_eq!(code, Some(3), "a scope that shows something and leaves something out is not whole");
    assert_eq!(checked[0]["problems"].as_array().unwrap().len(), 1);
    assert_eq!(checked[0]["notes"][0]["scope"], "acme/audit-log");
}

#[test]
fn a_refusal_is_told_with_the_cost_of_the_permission_that_it_names_and_once() {
    let mut world = world();
    for route in ["/orgs/{org}/installations", "/repos/{owner}/{repo}/keys", "/orgs/{org}/audit-log"] {
        world.deny(route, Deny::NotAccessible);
    }
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "skip = [\"credential-authorizations\", \"external-identities\"]\n");
    let (code, checked) = check(&estate);
    assert_eq!(code, Some(3));
    let checked = checked.as_array().unwrap().iter().find(|one| one["source"] == "gh").unwrap();
    let costs = |scope: &str| {
        let problem = checked["problems"].as_array().unwrap().iter().find(|one| one["scope"] == scope);
        problem.unwrap_or_else(|| panic!("{scope}: {checked:#}"))["costs"].as_str().unwrap().to_owned()
    };
    assert!(costs("acme/installations").starts_with("App installations"), "{}", costs("acme/installations"));
    assert!(costs("acme/deploy-keys").starts_with("deploy keys"), "{}", costs("acme/deploy-keys"));
    let told = String::from_utf8(estate.run(&["check"]).stdout).unwrap();
    assert_eq!(told.matches("App installations, authorised").count(), 2, "once for each scope:\n{told}");
}

#[test]
fn a_thousand_repositories_are_checked_with_less_than_a_hundred_requests() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.repositories = (0..1000).map(|n| whosekey_parts::github::Repository::new(&format!("service-{n}"))).collect();
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "");
    let (_, checked) = check(&estate);
    let problems = checked.as_array().unwrap().iter().flat_map(|one| one["problems"].as_array().unwrap());
    assert!(problems.filter(|problem| problem["kind"] != "permission").count() == 0, "{checked:#}");
    assert!(github.count() < 100, "{}", github.count());
}
