//! A GitHub App's way in: assertion, installation token, its renewal.

use whosekey_github::{GitHub as Connector, SignIn};
use whosekey_parts::github::GitHub;
use whosekey_sdk::testkit::observe;
use whosekey_sdk::{FingerprintKey, IssueKind, Outcome, Secret, Timestamp};

use crate::support::{APPS_TOKEN, app, config, scope, world};

#[tokio::test]
async fn an_app_signs_in_as_its_installation_once_for_many_requests() {
    let world = world();
    let github = GitHub::start(world.clone()).unwrap();
    let (seen, issues) = observe(&app(&world, &github.url(), &[])).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    for seen in &seen {
        assert_eq!(seen.outcome, Outcome::Complete, "{} {:?}", seen.scope.name, seen.issues);
    }
    assert_eq!(github.count_of("/app/installations/{installation_id}/access_tokens"), 1);
    assert_eq!(scope(&seen, "repositories").scope.covers.len(), 1, "it sees all repositories");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let mut world = world();
    // Less than the half minute before its end in which it is not used any more.
    world.token_life_s = 20;
    let github = GitHub::start(world.clone()).unwrap();
    // Without what asks each repository: every request signs an assertion here.
    let skip = ["deploy-keys", "secrets", "dependabot-secrets", "variables", "environments", "definitions"];
    let (seen, _) = observe(&app(&world, &github.url(), &skip)).await.unwrap();
    assert!(seen.iter().all(|seen| seen.outcome == Outcome::Complete));
    assert!(github.count_of("/app/installations/{installation_id}/access_tokens") > 1);
    assert!(github.seen().iter().all(|seen| seen.status != 401));
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let world = world();
    let github = GitHub::start(world.clone()).unwrap();
    let connector = app(&world, &github.url(), &[]);
    observe(&connector).await.unwrap();
    github.change(|world| world.sign_ins.retain(|token, _| token == APPS_TOKEN));
    github.forget();
    let (seen, _) = observe(&connector).await.unwrap();
    assert!(seen.iter().all(|seen| seen.outcome == Outcome::Complete));
    assert_eq!(github.count_of("/app/installations/{installation_id}/access_tokens"), 1);
    assert_eq!(github.seen().iter().filter(|seen| seen.status == 401).count(), 1);
}

#[tokio::test]
async fn an_app_on_an_enterprise_server_signs_in_below_its_prefix() {
    let world = world();
    let github = GitHub::start(world.clone()).unwrap();
    let (seen, issues) = observe(&app(&world, &github.enterprise_server_url(), &[])).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    for seen in &seen {
        assert_eq!(seen.outcome, Outcome::Complete, "{} {:?}", seen.scope.name, seen.issues);
    }
}

#[tokio::test]
async fn an_app_that_is_suspended_or_not_known_is_told() {
    let mut suspended = world();
    suspended.organisation("acme").installations[0].suspended_at = Some(("2026-11-01T00:00:00Z".into(), "ada".into()));
    let github = GitHub::start(suspended.clone()).unwrap();
    let (seen, issues) = observe(&app(&suspended, &github.url(), &[])).await.unwrap();
    assert_eq!(issues[0].kind, IssueKind::Auth, "{issues:?}");
    assert!(seen.iter().all(|seen| seen.outcome == Outcome::Failed));
    let mut unknown = world();
    unknown.organisation("acme").installations[0].app_id += 1;
    let github = GitHub::start(world()).unwrap();
    let (seen, _) = observe(&app(&unknown, &github.url(), &[])).await.unwrap();
    assert!(seen.iter().all(|seen| seen.issues[0].kind == IssueKind::Auth));
}

#[tokio::test]
async fn a_key_that_is_none_is_told_before_anything_is_contacted() {
    let sign_in = SignIn::App { id: 1, installation: Some(2), private_key: Secret::new("no key".into()) };
    let config = config("https://api.github.com", &["acme"]);
    let clock = std::sync::Arc::new(|| Timestamp::from_secs(0));
    let made = Connector::new("github", config, &sign_in, FingerprintKey::from_bytes([1; 32]), clock);
    assert!(made.unwrap_err().to_string().contains("not an RSA key"));
}
