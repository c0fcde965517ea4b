//! A credential that comes to see less than before, and a name that comes to mean another organisation: what is not shown is
//! not gone.

use serde_json::Value;
use whosekey_parts::github::{DeployKey, GitHub, Installation, Member, Repository, Selection, World};

use crate::estate::{Estate, Report, scope};
use crate::github::{OWNERS, day, estate, world};
use crate::settings::{DEPLOY, role};

const SOME: &str = "ghs_some";

/// A repository whose workflow becomes a role, and one that anybody sees.
fn with_a_pipeline() -> World {
    let mut world = world();
    let acme = world.organisation("acme");
    let mut api = Repository::new("api").file(".github/workflows/deploy.yml", DEPLOY);
    api.deploy_keys = vec![DeployKey { id: 9, ..DeployKey::new("deploy") }];
    acme.repositories.extend([api, Repository { private: false, ..Repository::new("site") }]);
    let selection = Selection::of(&["shop", "api"]);
    let some = Installation { selection, ..Installation::that_reads_everything("some") };
    let id = some.id;
    acme.installations.push(some);
    world.installation_token(SOME, id);
    world
}

/// A scan, a change, and scans until two weeks later.
fn before_and_after(estate: &Estate, github: &GitHub, change: impl FnOnce(&mut World)) -> (Report, Report) {
    estate.record(&[scope("000000000000/iam.roles", &role("repo:acme/api:*"))]);
    let before = estate.scan_at(&day(1));
    github.change(change);
    for n in 2..5 {
        estate.scan_at(&day(n));
    }
    (before, estate.scan_at(&day(14)))
}

fn assert_nothing_is_orphaned(before: &Report, after: &Report) {
    for id in ["aws:AROA1", "github:deploy-key/9"] {
        assert_eq!(before.verdict(id, "orphaned").0, "no");
        let (verdict, because) = after.verdict(id, "orphaned");
        assert_ne!(verdict, "yes", "{id}: {because}");
        assert_eq!(after.entity(id)["gone_at"], Value::Null, "{id}");
    }
}

fn says(report: &Report, scope: &str, text: &str) -> bool {
    report.coverage(scope)["issues"]
        .as_array()
        .unwrap()
        .iter()
        .any(|issue| issue["message"].as_str().unwrap().contains(text))
}

#[test]
fn a_selection_that_is_reduced_makes_nothing_orphaned_before_a_month_has_passed() {
    let github = GitHub::start(with_a_pipeline()).unwrap();
    let estate = estate(&github, SOME, "");
    let (before, after) = before_and_after(&estate, &github, |world| {
        world.organisation("acme").installations[1].selection = Selection::of(&["shop"]);
    });
    assert_nothing_is_orphaned(&before, &after);
    for kind in ["repositories", "definitions", "deploy-keys", "secrets", "environments", "oidc-subjects"] {
        assert!(says(&after, &format!("acme/{kind}"), "api of organisation acme was listed before"), "{kind}");
    }
    // Nobody gave it back.
    for now in ["2026-12-03T00:00:00Z", "2026-12-04T00:00:00Z", "2026-12-05T00:00:00Z"] {
        estate.scan_at(now);
    }
    let later = estate.scan_at("2026-12-20T00:00:00Z");
    assert_eq!(later.verdict("aws:AROA1", "orphaned").0, "yes");
}

#[test]
fn a_token_that_loses_a_scope_makes_nothing_orphaned() {
    let github = GitHub::start(with_a_pipeline()).unwrap();
    let estate = estate(&github, OWNERS, "");
    let (before, after) = before_and_after(&estate, &github, |world| {
        world.classic_token(OWNERS, "ada", &["public_repo", "admin:org", "admin:org_hook"]);
    });
    assert_nothing_is_orphaned(&before, &after);
}

#[test]
fn a_repository_that_is_not_among_all_is_gone() {
    let github = GitHub::start(with_a_pipeline()).unwrap();
    let estate = estate(&github, OWNERS, "");
    let (_, after) = before_and_after(&estate, &github, |world| {
        world.organisation("acme").repositories.retain(|repository| repository.name != "api");
    });
    assert_ne!(after.entity("github:deploy-key/9")["gone_at"], Value::Null);
    assert_eq!(after.verdict("aws:AROA1", "orphaned").0, "yes");
}

#[test]
fn an_organisation_that_took_the_name_of_another_is_not_that_one() {
    let github = GitHub::start(with_a_pipeline()).unwrap();
    let estate = estate(&github, OWNERS, "");
    let (before, after) = before_and_after(&estate, &github, |world| {
        let acme = world.organisation("acme");
        acme.id += 1;
        acme.members = vec![Member::owner("eve")];
        acme.repositories = vec![Repository { private: false, ..Repository::new("trap") }];
    });
    assert_nothing_is_orphaned(&before, &after);
    assert!(says(&after, "acme/deploy-keys", "organisation acme is another one now"));
}
