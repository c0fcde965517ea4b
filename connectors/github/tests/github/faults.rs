//! A GitHub that refuses, throttles, cuts and misleads: nothing of it is taken for an absence.

use std::time::Duration;

use whosekey_github::SignIn;
use whosekey_parts::github::{Deny, GitHub, World};
use whosekey_parts::proxy::{Proxy, Then, When};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::{Collected, Seen, assert_honest, observe, observe_scope};
use whosekey_sdk::{Connector as _, IssueKind, Outcome, Scope};

use crate::support::{APPS_TOKEN, OWNERS_TOKEN, app, config, connector, connector_within, limits, scope, world};

/// Every listing that the connector reads, and the scopes that it leaves incomplete.
pub(crate) const LISTINGS: &[(&str, &[&str])] = &[
    ("/orgs/{org}/actions/permissions/workflow", &["organization"]),
    ("/orgs/{org}/members", &["members"]),
    ("/orgs/{org}/outside_collaborators", &["members"]),
    ("/orgs/{org}/teams", &["teams"]),
    ("/orgs/{org}/teams/{team_slug}/members", &["teams"]),
    ("/orgs/{org}/teams/{team_slug}/repos", &["teams"]),
    ("/orgs/{org}/personal-access-tokens", &["personal-access-tokens", "audit-log"]),
    ("/orgs/{org}/personal-access-token-requests", &["personal-access-token-requests"]),
    ("/orgs/{org}/credential-authorizations", &["credential-authorizations"]),
    ("/orgs/{org}/installations", &["installations"]),
    ("/orgs/{org}/actions/oidc/customization/sub", &["oidc-subjects"]),
    ("/repos/{owner}/{repo}/actions/oidc/customization/sub", &["oidc-subjects"]),
    ("/repos/{owner}/{repo}/keys", &["deploy-keys"]),
    ("/orgs/{org}/actions/secrets", &["secrets"]),
    ("/repos/{owner}/{repo}/actions/secrets", &["secrets"]),
    ("/orgs/{org}/dependabot/secrets", &["dependabot-secrets"]),
    ("/repos/{owner}/{repo}/dependabot/secrets", &["dependabot-secrets"]),
    ("/orgs/{org}/codespaces/secrets", &["codespaces-secrets"]),
    ("/orgs/{org}/actions/variables", &["variables"]),
    ("/repos/{owner}/{repo}/actions/variables", &["variables"]),
    ("/repos/{owner}/{repo}/environments", &["environments"]),
    ("/repos/{owner}/{repo}/environments/{environment_name}/secrets", &["environments"]),
    ("/repos/{owner}/{repo}/environments/{environment_name}/variables", &["environments"]),
    ("/orgs/{org}/actions/runners", &["runners"]),
    ("/repos/{owner}/{repo}/actions/runners", &["repository-runners"]),
    ("/orgs/{org}/hooks", &["webhooks"]),
    ("/repos/{owner}/{repo}/hooks", &["repository-webhooks"]),
    ("/repos/{owner}/{repo}/actions/permissions/workflow", &["repository-workflow-tokens"]),
    ("/orgs/{org}/audit-log", &["audit-log"]),
    ("/repos/{owner}/{repo}/git/trees/{tree_sha}", &["definitions"]),
    (
        "/orgs/{org}/repos",
        &[
            "repositories",
            "oidc-subjects",
            "deploy-keys",
            "secrets",
            "dependabot-secrets",
            "variables",
            "environments",
            "repository-runners",
            "repository-webhooks",
            "repository-workflow-tokens",
            "definitions",
        ],
    ),
    ("/graphql", &["member-emails", "external-identities", "definitions"]),
];

async fn assert_denied(deny: &Deny) {
    let github = GitHub::start(world()).unwrap();
    let (whole, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    for (route, kinds) in LISTINGS {
        github.change(|world| {
            world.allow_everything();
            world.deny(route, deny.clone());
        });
        let (faulty, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
        assert_honest(&faulty, &whole);
        for seen in &faulty {
            let is_hit = kinds.contains(&seen.kind());
            assert_eq!(seen.outcome != Outcome::Complete, is_hit, "{route}: {} {:?}", seen.scope.name, seen.issues);
            if is_hit {
                let kind = seen.issues[0].kind;
                assert_eq!(kind, IssueKind::Permission, "{route}: {} {:?}", seen.scope.name, seen.issues);
            }
        }
    }
}

#[tokio::test]
async fn every_listing_that_is_refused_is_an_issue_of_its_scope() {
    assert_denied(&Deny::NotAccessible).await;
}

#[tokio::test]
async fn every_listing_that_answers_404_is_refused_and_not_empty() {
    assert_denied(&Deny::NotFound).await;
}

#[tokio::test]
async fn a_second_page_that_is_refused_leaves_the_scope_partial() {
    for route in ["/orgs/{org}/members", "/orgs/{org}/repos", "/orgs/{org}/actions/variables"] {
        let mut world = world();
        world.deny_nth(route, 2, Deny::NotFound);
        let github = GitHub::start(world).unwrap();
        let (faulty, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
        let kind = route.rsplit('/').next().unwrap().replace("repos", "repositories");
        assert_eq!(scope(&faulty, &kind).outcome, Outcome::Partial, "{route}");
    }
}

/// What `external-identities` of acme comes to for this token, after this change of the world.
async fn identities(token: &str, change: impl FnOnce(&mut World)) -> Seen {
    let mut world = world();
    change(&mut world);
    let github = GitHub::start(world).unwrap();
    of_identities(connector(&github.url(), &["acme"], token)).await
}

async fn of_identities(connector: whosekey_github::GitHub) -> Seen {
    let (seen, _) = observe(&connector).await.unwrap();
    seen.into_iter().find(|seen| seen.kind() == "external-identities").unwrap()
}

#[tokio::test]
async fn single_sign_on_is_absent_only_for_whoever_would_see_it() {
    let none = |world: &mut World| world.organisation("acme").external_identities = None;
    let owner = identities(OWNERS_TOKEN, none).await;
    assert_eq!((owner.outcome, owner.collected.records.len()), (Outcome::Complete, 0), "{:?}", owner.issues);
    let unknown = identities(APPS_TOKEN, none).await;
    assert_eq!(unknown.outcome, Outcome::Failed, "a token that does not tell what it may see");
    assert!(unknown.has_issue(IssueKind::Permission, "skip = [\"external-identities\"]"), "{:?}", unknown.issues);

    let mut world = world();
    none(&mut world);
    let github = GitHub::start(world.clone()).unwrap();
    let by_app = of_identities(app(&world, &github.url(), &[])).await;
    assert_eq!((by_app.outcome, by_app.collected.records.len()), (Outcome::Complete, 0), "{:?}", by_app.issues);
    github.change(|world| world.organisation("acme").installations[0].permissions.retain(|name, _| name != "members"));
    let by_app = of_identities(app(&world, &github.url(), &[])).await;
    assert_eq!(by_app.outcome, Outcome::Failed, "the App may not see members");
    assert!(by_app.has_issue(IssueKind::Permission, "members: read"), "{:?}", by_app.issues);
    for scopes in [&["repo", "read:org"][..], &["repo"]] {
        let member = identities("ghp_bob", |world| world.classic_token("ghp_bob", "bob", scopes)).await;
        assert_eq!(member.outcome, Outcome::Failed);
        assert!(member.has_issue(IssueKind::Permission, "members: read"), "{:?}", member.issues);
    }
}

#[tokio::test]
async fn single_sign_on_of_which_the_second_page_is_refused_is_seen_in_part() {
    for deny in [Deny::NotFound, Deny::NotAccessible] {
        let mut world = world();
        world.deny_nth("/graphql", 2, deny);
        let github = GitHub::start(world).unwrap();
        let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
        let cut = observe_scope(&connector, Scope::new("acme/external-identities")).await;
        assert_eq!(cut.outcome, Outcome::Partial);
        assert_eq!(cut.issues[0].kind, IssueKind::Permission);
        assert_eq!(cut.collected.entities().count(), 100);
    }
}

#[tokio::test]
async fn one_repository_that_refuses_does_not_hide_the_others() {
    let mut world = world();
    world.deny("/repos/acme/shop/keys", Deny::NotFound);
    let github = GitHub::start(world).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    let keys = scope(&seen, "deploy-keys");
    assert_eq!(keys.outcome, Outcome::Partial);
    assert!(keys.has_issue(IssueKind::Permission, "(1 of 123 repositories)"), "{:?}", keys.issues);
    assert_eq!(keys.collected.entities().count(), 1, "that of attic");
}

#[tokio::test]
async fn teams_are_all_of_them_to_an_owner_and_to_an_app_alone() {
    for (login, outcome) in [("ada", Outcome::Complete), ("bob", Outcome::Partial)] {
        let mut world = world();
        world.classic_token("ghp_somebody", login, &["repo", "read:org"]);
        let github = GitHub::start(world).unwrap();
        let connector = connector(&github.url(), &["acme"], "ghp_somebody");
        let _scopes = connector.scopes(&mut Collected::default()).await.unwrap();
        let teams = observe_scope(&connector, Scope::new("acme/teams")).await;
        assert_eq!(teams.outcome, outcome, "{login}: {:?}", teams.issues);
        assert_eq!(teams.has_issue(IssueKind::Permission, "secret teams"), login == "bob");
        assert!(teams.collected.entities().count() > 0, "what is shown is told");
    }
}

#[tokio::test]
async fn a_refusal_waits_for_no_place_that_others_hold() {
    let mut world = world();
    world.deny("/repos/acme/service-3/keys", Deny::NotFound);
    let github = GitHub::start(world).unwrap();
    let sign_in = SignIn::Token(whosekey_sdk::Secret::new(APPS_TOKEN.to_owned()));
    let few = Limits { max_in_flight: 2, ..limits() };
    let connector = connector_within(few, config(&github.url(), &["acme"]), &sign_in);
    let _scopes = connector.scopes(&mut Collected::default()).await.unwrap();
    let keys = observe_scope(&connector, Scope::new("acme/deploy-keys"));
    let keys = tokio::time::timeout(Duration::from_secs(60), keys).await.expect("it comes to an end");
    assert!(keys.has_issue(IssueKind::Permission, "(1 of 123 repositories)"), "{:?}", keys.issues);
}

#[tokio::test]
async fn throttling_in_each_of_its_disguises_is_waited_for_and_nothing_is_lost() {
    let github = GitHub::start(world()).unwrap();
    let (whole, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    let disguises = [
        Deny::SecondaryLimit { status: 403, retry_after_s: Some(1) },
        Deny::SecondaryLimit { status: 429, retry_after_s: Some(1) },
        Deny::SecondaryLimit { status: 403, retry_after_s: None },
        Deny::SecondaryLimit { status: 429, retry_after_s: None },
        Deny::PrimaryLimit { status: 403, reset_in_s: 1 },
        Deny::PrimaryLimit { status: 429, reset_in_s: 1 },
        Deny::AlreadyExceeded,
    ];
    for deny in disguises {
        github.change(|world| {
            world.allow_everything();
            for route in ["/orgs/{org}/members", "/graphql", "/repos/{owner}/{repo}/keys"] {
                world.deny_nth(route, 2, deny.clone());
            }
        });
        let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
        for (seen, whole) in seen.iter().zip(&whole) {
            assert_eq!(seen.outcome, Outcome::Complete, "{deny:?}: {} {:?}", seen.scope.name, seen.issues);
            assert_eq!(seen.collected.records.len(), whole.collected.records.len(), "{}", seen.scope.name);
        }
    }
}

#[tokio::test]
async fn throttling_for_longer_than_we_wait_is_rate_limited_and_keeps_what_came() {
    let mut world = world();
    world.deny_nth("/orgs/{org}/members", 2, Deny::PrimaryLimit { status: 403, reset_in_s: 3000 });
    let github = GitHub::start(world).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    let members = scope(&seen, "members");
    assert_eq!(members.outcome, Outcome::Partial);
    assert!(members.has_issue(IssueKind::RateLimit, "the platform asks to wait 300"), "{:?}", members.issues);
    assert_eq!(members.collected.entities().count(), 100);
}

#[tokio::test]
async fn a_credential_that_is_not_accepted_is_an_issue_of_every_scope() {
    let github = GitHub::start(world()).unwrap();
    let (seen, issues) = observe(&connector(&github.url(), &["acme"], "ghp_revoked")).await.unwrap();
    assert_eq!(issues[0].kind, IssueKind::Auth);
    for seen in &seen {
        assert_eq!(seen.outcome, Outcome::Failed, "{}", seen.scope.name);
        assert!(seen.has_issue(IssueKind::Auth, "not accepted"), "{:?}", seen.issues);
    }
}

#[tokio::test]
async fn what_keeps_a_token_out_is_told_in_words() {
    let words = [
        (Deny::Saml, "not authorised for the organisation's single sign-on"),
        (Deny::IpAllowList, "list of allowed ones"),
        (Deny::Suspended, "installation is suspended"),
        (Deny::MustBeOwner, "only an owner"),
    ];
    for (deny, word) in words {
        let mut world = world();
        world.deny("/orgs/{org}/installations", deny);
        let github = GitHub::start(world).unwrap();
        let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
        let installations = scope(&seen, "installations");
        assert!(installations.has_issue(IssueKind::Permission, word), "{:?}", installations.issues);
    }
}

/// Members as they are seen through a proxy that does this to the requests for them.
async fn members_behind(when: When, then: Then) -> Seen {
    let github = GitHub::start(world()).unwrap();
    let proxy = Proxy::before(&github.url()).rule(when, then).start().unwrap();
    let connector = connector(&proxy.url(), &["acme"], APPS_TOKEN);
    observe_scope(&connector, Scope::new("acme/members")).await
}

#[tokio::test]
async fn a_listing_that_is_cut_or_answers_with_nothing_is_not_the_end() {
    for then in [Then::cut(200), Then::answer(200, &[], ""), Then::answer(200, &[], "{}"), Then::reset()] {
        let cut = members_behind(When::path("/orgs/acme/members"), then).await;
        assert_eq!(cut.outcome, Outcome::Failed, "{:?}", cut.issues);
        assert_eq!(cut.collected.entities().count(), 0);
    }
}

#[tokio::test]
async fn a_listing_that_goes_in_circles_is_not_complete() {
    let link = "</orgs/acme/members?page=2>; rel=\"next\"";
    let page = Then::answer(200, &[("link", link)], r#"[{"id":1,"login":"ada"}]"#);
    let circles = members_behind(When::path("/orgs/acme/members"), page).await;
    assert_eq!(circles.outcome, Outcome::Partial);
    assert!(circles.has_issue(IssueKind::Parse, "goes in circles"), "{:?}", circles.issues);
}

#[tokio::test]
async fn a_next_page_on_another_host_is_not_asked_for() {
    let link = "<http://127.0.0.1:1/orgs/acme/members?page=2>; rel=\"next\"";
    let page = Then::answer(200, &[("link", link)], r#"[{"id":1,"login":"ada"}]"#);
    let elsewhere = members_behind(When::path("/orgs/acme/members"), page).await;
    assert_ne!(elsewhere.outcome, Outcome::Complete);
    assert!(elsewhere.has_issue(IssueKind::Network, "points to another host"), "{:?}", elsewhere.issues);
}
