//! Every call of the connector against GitHub's own published description.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "github/support.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod support;

use std::collections::BTreeSet;

use whosekey_github::{Config, SignIn};
use whosekey_parts::github::{GitHub, Ruleset};
use whosekey_parts::prism::Prism;
use whosekey_sdk::testkit::observe;

use support::{APPS_TOKEN, OWNERS_TOKEN, connector, world};

/// Every path that is asked for, as GitHub's description has it.
const PATHS: &[&str] = &[
    "/enterprises/{enterprise}/actions/runners",
    "/orgs/{org}",
    "/orgs/{org}/actions/oidc/customization/sub",
    "/orgs/{org}/actions/permissions/workflow",
    "/orgs/{org}/actions/runners",
    "/orgs/{org}/actions/secrets",
    "/orgs/{org}/actions/variables",
    "/orgs/{org}/audit-log",
    "/orgs/{org}/codespaces/secrets",
    "/orgs/{org}/credential-authorizations",
    "/orgs/{org}/dependabot/secrets",
    "/orgs/{org}/hooks",
    "/orgs/{org}/installation",
    "/orgs/{org}/installations",
    "/orgs/{org}/members",
    "/orgs/{org}/memberships/{username}",
    "/orgs/{org}/outside_collaborators",
    "/orgs/{org}/personal-access-token-requests",
    "/orgs/{org}/personal-access-tokens",
    "/orgs/{org}/repos",
    "/orgs/{org}/teams",
    "/orgs/{org}/teams/{team_slug}/members",
    "/orgs/{org}/teams/{team_slug}/repos",
    "/repos/{owner}/{repo}",
    "/repos/{owner}/{repo}/actions/oidc/customization/sub",
    "/repos/{owner}/{repo}/actions/permissions/workflow",
    "/repos/{owner}/{repo}/actions/runners",
    "/repos/{owner}/{repo}/actions/secrets",
    "/repos/{owner}/{repo}/actions/variables",
    "/repos/{owner}/{repo}/dependabot/secrets",
    "/repos/{owner}/{repo}/environments",
    "/repos/{owner}/{repo}/environments/{environment_name}/secrets",
    "/repos/{owner}/{repo}/environments/{environment_name}/variables",
    "/repos/{owner}/{repo}/git/blobs/{file_sha}",
    "/repos/{owner}/{repo}/git/trees/{tree_sha}",
    "/repos/{owner}/{repo}/hooks",
    "/repos/{owner}/{repo}/keys",
    "/app/installations/{installation_id}/access_tokens",
    "/installation/repositories",
    "/user",
];

#[tokio::test]
async fn github_calls_no_request_of_the_connector_invalid() {
    let mut world = world();
    // One of each is enough for the description, and one file that a query gives the beginning of alone.
    world.organisation("acme").repositories.truncate(3);
    world.organisation("acme").repositories[0].files.insert("AGENTS.md".into(), vec![b'x'; 600_000]);
    world.organisation("acme").repositories[0].rulesets = vec![Ruleset::requiring(77, ".github/workflows/scan.yml")];
    world.deny("/repos/acme/attic/keys", whosekey_parts::github::Deny::NotFound);
    let the_world = world.clone();
    let github = GitHub::start(world).unwrap();
    let prism = Prism::before(&github.url(), PATHS).unwrap();
    for token in [OWNERS_TOKEN, APPS_TOKEN] {
        observe(&connector(&prism.url(), &["acme"], token)).await.unwrap();
    }
    let sign_in = SignIn::Token(whosekey_sdk::Secret::new(OWNERS_TOKEN.to_owned()));
    let of_enterprise = Config { enterprises: vec!["acme-inc".into()], ..support::config(&prism.url(), &[]) };
    let (seen, issues) = observe(&support::connector_with(of_enterprise, &sign_in)).await.unwrap();
    assert!(issues.is_empty() && !seen.is_empty(), "{issues:?}");
    let app = support::app(&the_world, &prism.url(), &[]);
    observe(&app).await.unwrap();
    let auditor = &the_world.organisations["acme"].installations[0];
    let itself = SignIn::App { id: auditor.app_id, installation: None, private_key: support::key() };
    observe(&support::connector_with(support::config(&prism.url(), &["acme"]), &itself)).await.unwrap();
    let mut violations = prism.violations().unwrap();
    // Links lead to addresses by id, which work and are not described.
    violations.retain(|violation| !violation.contains("/organizations/"));
    assert_eq!(violations, Vec::<String>::new());
    let asked: BTreeSet<&str> = github.seen().iter().filter_map(|seen| seen.route).collect();
    for path in PATHS {
        assert!(asked.contains(path), "{path} is not asked for: nothing was checked");
    }
    for path in asked.iter().filter(|path| **path != "/graphql") {
        assert!(PATHS.contains(path), "{path} is asked for and not checked");
    }
}
