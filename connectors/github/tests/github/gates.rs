//! What a plan, a kind of token or the organisation's settings hide is told from what is refused.

use whosekey_github::SignIn;
use whosekey_parts::github::{Deny, GitHub, Installation, World};
use whosekey_sdk::testkit::{Collected, Seen, observe, observe_scope};
use whosekey_sdk::{Connector as _, Issue, IssueKind, LinkKind, Outcome, Scope};

use crate::support::{
    APPS_TOKEN, OWNERS_TOKEN, app, config, connector, connector_with, ends, key, owned, scope, world,
};

/// The kinds whose listings GitHub has in no plan but that of an enterprise, or shows to Apps alone.
const GATED: &[&str] =
    &["personal-access-tokens", "personal-access-token-requests", "credential-authorizations", "audit-log"];

/// An organisation of this plan without single sign-on.
fn of_plan(plan: &'static str) -> World {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.plan = plan;
    acme.credential_authorizations = None;
    acme.external_identities = None;
    world
}

fn assert_unsupported(seen: &Seen, words: &[&str]) {
    assert_eq!((seen.outcome, seen.collected.records.len()), (Outcome::Failed, 0), "{}", seen.scope.name);
    assert!(seen.issues.iter().all(|issue| issue.kind == IssueKind::Unsupported), "{:?}", seen.issues);
    let skip = format!("skip = [\"{}\"]", seen.kind());
    for word in words.iter().chain([&&*skip]) {
        assert!(seen.has_issue(IssueKind::Unsupported, word), "{word}: {:?}", seen.issues);
    }
}

#[tokio::test]
async fn a_token_of_an_owner_on_a_plan_without_them_is_refused_nothing() {
    for plan in ["free", "team"] {
        let github = GitHub::start(of_plan(plan)).unwrap();
        let (seen, issues) = observe(&connector(&github.url(), &["acme"], OWNERS_TOKEN)).await.unwrap();
        assert!(issues.is_empty(), "{issues:?}");
        for seen in seen.iter().filter(|seen| !GATED.contains(&seen.kind())) {
            assert_eq!(seen.outcome, Outcome::Complete, "{} {:?}", seen.scope.name, seen.issues);
        }
        for kind in ["personal-access-tokens", "personal-access-token-requests"] {
            assert_unsupported(scope(&seen, kind), &["to Apps alone", "sign in as an App (`app`), or leave it out"]);
        }
        let plan = format!("organisation acme has the plan {plan}");
        assert_unsupported(scope(&seen, "credential-authorizations"), &[&plan, "no verdict about them"]);
        assert_unsupported(scope(&seen, "audit-log"), &[&plan, "no program may read an audit log"]);
        let skip = connector_with(
            whosekey_github::Config { skip: owned(GATED), ..config(&github.url(), &["acme"]) },
            &SignIn::Token(whosekey_sdk::Secret::new(OWNERS_TOKEN.to_owned())),
        );
        let (seen, _) = observe(&skip).await.unwrap();
        assert!(seen.iter().all(|seen| seen.outcome == Outcome::Complete), "what the messages say to leave out is all");
    }
}

#[tokio::test]
async fn uses_that_the_audit_log_shows_to_a_users_token_are_seen_whole() {
    let github = GitHub::start(world()).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], OWNERS_TOKEN)).await.unwrap();
    let log = scope(&seen, "audit-log");
    assert_eq!((log.outcome, log.collected.records.len()), (Outcome::Complete, 1), "{:?}", log.issues);
}

#[tokio::test]
async fn where_single_sign_on_is_known_to_be_off_nothing_of_it_is_refused() {
    let world = of_plan("enterprise");
    let github = GitHub::start(world.clone()).unwrap();
    for connector in [connector(&github.url(), &["acme"], OWNERS_TOKEN), app(&world, &github.url(), &[])] {
        let (seen, _) = observe(&connector).await.unwrap();
        let words =
            ["organisation acme has no single sign-on of its own", "lists classic tokens and SSH keys to nobody"];
        assert_unsupported(scope(&seen, "credential-authorizations"), &words);
        assert_eq!(scope(&seen, "external-identities").outcome, Outcome::Complete);
    }
    github.change(|world| world.classic_token("ghp_bob", "bob", &["repo", "read:org"]));
    let (seen, _) = observe(&connector(&github.url(), &["acme"], "ghp_bob")).await.unwrap();
    let denied = scope(&seen, "credential-authorizations");
    assert!(denied.has_issue(IssueKind::Permission, "only an owner of the organisation"), "{:?}", denied.issues);
    // It may be the enterprise's, which nobody is shown here.
    github.change(|world| {
        world.organisation("acme").installations[0].permissions.remove("organization_administration");
    });
    let (seen, _) = observe(&app(&world, &github.url(), &[])).await.unwrap();
    let denied = scope(&seen, "credential-authorizations");
    assert!(denied.has_issue(IssueKind::Permission, "the App lacks the permission"), "{:?}", denied.issues);
}

#[tokio::test]
async fn a_denial_stays_one_where_the_plan_has_the_listing_or_is_not_told() {
    let github = GitHub::start(world()).unwrap();
    for kind in ["credential-authorizations", "audit-log"] {
        github.change(|world| world.deny(&format!("/orgs/{{org}}/{kind}"), Deny::NotFound));
    }
    let (seen, _) = observe(&connector(&github.url(), &["acme"], OWNERS_TOKEN)).await.unwrap();
    for kind in ["credential-authorizations", "audit-log"] {
        let denied = scope(&seen, kind);
        assert!(denied.has_issue(IssueKind::Permission, "denied in organisation acme"), "{:?}", denied.issues);
        assert!(!denied.issues[0].message.contains("skip"), "{:?}", denied.issues);
    }

    let mut world = of_plan("free");
    world.organisation("acme").installations[0].permissions.remove("organization_plan");
    let github = GitHub::start(world.clone()).unwrap();
    let (seen, _) = observe(&app(&world, &github.url(), &[])).await.unwrap();
    let denied = scope(&seen, "audit-log");
    assert!(denied.has_issue(IssueKind::Permission, "skip = [\"audit-log\"]; an App is told"), "{:?}", denied.issues);
}

#[tokio::test]
async fn an_app_that_may_not_list_tokens_is_denied_them() {
    let mut world = world();
    let permissions = &mut world.organisation("acme").installations[0].permissions;
    permissions.retain(|name, _| !name.starts_with("organization_personal_access_token"));
    let github = GitHub::start(world.clone()).unwrap();
    for connector in [app(&world, &github.url(), &[]), connector(&github.url(), &["acme"], APPS_TOKEN)] {
        let (seen, _) = observe(&connector).await.unwrap();
        for kind in ["personal-access-tokens", "personal-access-token-requests", "audit-log"] {
            let denied = scope(&seen, kind);
            let words = "the App lacks the permission; organization_personal_access_token";
            assert!(denied.has_issue(IssueKind::Permission, words), "{:?}", denied.issues);
        }
    }
}

#[tokio::test]
async fn tokens_and_authorised_credentials_are_part_of_their_organisation() {
    let github = GitHub::start(world()).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    let acme = scope(&seen, "organization").collected.entities().next().unwrap().id.to_string();
    for kind in ["personal-access-tokens", "personal-access-token-requests", "credential-authorizations"] {
        let listed = scope(&seen, kind);
        assert!(listed.collected.entities().next().is_some());
        for entity in listed.collected.entities() {
            assert_eq!(ends(listed, entity.id.as_str(), LinkKind::PartOf), [&*acme], "{}", entity.id);
        }
    }
}

/// The issues of the list of scopes and of the scopes of acme, when GitHub refuses the organisation itself so.
async fn kept_out(deny: Deny) -> (Vec<Issue>, Vec<Seen>) {
    let mut world = world();
    world.deny("/orgs/{org}", deny);
    let github = GitHub::start(world).unwrap();
    let (seen, issues) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    assert_eq!(github.count(), 1, "no scope asks what is answered already");
    (issues, seen)
}

#[tokio::test]
async fn what_keeps_out_of_the_whole_organisation_is_told_once_and_holds_for_each_scope() {
    let cases = [
        (Deny::Saml, "the token is not authorised for the organisation's single sign-on: authorise it"),
        (Deny::IpAllowList, "not on the organisation's list of allowed ones: have it added"),
        (Deny::Suspended, "the App's installation is suspended: an owner of the organisation can lift that"),
        (
            Deny::Other(403, "Sorry. Your account was suspended."),
            "GitHub has suspended the account or the organisation",
        ),
        (
            Deny::Other(403, "`acme` forbids access via a personal access token (classic)."),
            "forbids tokens of this kind",
        ),
        (Deny::NotFound, "it was renamed or deleted, or this credential may not see it"),
    ];
    for (deny, words) in cases {
        let (issues, seen) = kept_out(deny.clone()).await;
        assert!(issues.len() == 1 && issues[0].kind == IssueKind::Permission, "{issues:?}");
        assert!(issues[0].message.starts_with("organisation acme is not visible: "), "{issues:?}");
        assert!(issues[0].message.contains(words), "{deny:?}: {issues:?}");
        assert!(!issues[0].message.contains("authorization_request"), "{issues:?}");
        assert!(!seen.is_empty());
        for seen in seen {
            assert_eq!((seen.outcome, &seen.issues), (Outcome::Failed, &issues), "{}", seen.scope.name);
        }
    }
}

#[tokio::test]
async fn an_organisation_that_is_not_answered_in_time_is_still_asked_by_each_scope() {
    let mut world = world();
    world.deny("/orgs/{org}", Deny::ServerError(502));
    let github = GitHub::start(world).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    let mut out = Collected::default();
    let (_scopes, _complete) = connector.scopes(&mut out).await.unwrap();
    assert_eq!(out.issues[0].kind, IssueKind::Network, "{:?}", out.issues);
    github.change(World::allow_everything);
    let members = observe_scope(&connector, Scope::new("acme/members")).await;
    assert_eq!(members.outcome, Outcome::Complete, "{:?}", members.issues);
}

#[tokio::test]
async fn a_credential_that_is_not_accepted_is_named_by_its_setting() {
    let github = GitHub::start(world()).unwrap();
    let (_, issues) = observe(&connector(&github.url(), &["acme"], "ghp_revoked")).await.unwrap();
    let words = "`token` (environment variable UNUSED) is not accepted: it was revoked";
    assert!(issues[0].message.contains(words), "{issues:?}");
    assert!(!issues[0].message.contains("ghp_"));
}

#[tokio::test]
async fn an_app_that_gets_no_token_is_told_why() {
    let sign_in = |id: u64, installation: u64| SignIn::App { id, installation: Some(installation), private_key: key() };
    let mut world = world();
    let Installation { id, app_id, .. } = world.organisation("acme").installations[0];
    let github = GitHub::start(world).unwrap();
    let said = async |sign_in: &SignIn| {
        let (_, issues) = observe(&connector_with(config(&github.url(), &["acme"]), sign_in)).await.unwrap();
        assert_eq!(issues[0].kind, IssueKind::Auth, "{issues:?}");
        issues[0].message.clone()
    };
    assert!(said(&sign_in(app_id, id + 1)).await.ends_with("it was removed, or is another App's"));
    assert!(said(&sign_in(1, id)).await.contains("the private key is not one of the App"));
    github.change(|world| {
        let suspended = Some(("2026-11-01T00:00:00Z".into(), "ada".into()));
        world.organisation("acme").installations[0].suspended_at = suspended;
    });
    assert!(said(&sign_in(app_id, id)).await.contains("the App's installation is suspended"));
}
