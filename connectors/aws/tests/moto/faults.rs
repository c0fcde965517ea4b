//! What is said when the world misbehaves: never complete, never a crash, and what was seen stands.

use std::time::Duration;

use whosekey_parts::moto::{Moto, Seed};
use whosekey_parts::proxy::{Plan, Proxy, Then, Token, When};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::{Seen, assert_honest};
use whosekey_sdk::{IssueKind, Outcome};

use crate::support::{aws, config, impatient, of, scan};

const SMALL: Seed = Seed { users: 9, users_with_keys: 5, roles: 6, policies: 4 };
const IAM_LISTINGS: &[&str] = &["iam.users", "iam.roles", "iam.access", "iam.access-keys"];

fn account() -> Moto {
    let moto = Moto::start().unwrap();
    moto.seed(&SMALL).unwrap();
    moto
}

async fn scan_through(plan: Plan, limits: Limits) -> Vec<Seen> {
    let proxy = plan.start().unwrap();
    let regional = ["cloudtrail", "lambda", "ecs", "ec2", "eks", "bedrock", "agentcore", "secretsmanager", "ssm"];
    let config = whosekey_aws::Config { skip: regional.map(str::to_owned).to_vec(), ..config(&proxy.url()) };
    scan(&aws(config, limits)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_action_names_the_permission_and_what_it_costs() {
    let moto = account();
    for (action, scopes) in [
        ("GetAccountAuthorizationDetails", IAM_LISTINGS),
        ("ListAccessKeys", &["iam.access-keys"]),
        ("GenerateCredentialReport", &["iam.credential-report"]),
        ("ListOpenIDConnectProviders", &["iam.oidc-providers"]),
    ] {
        let plan = Proxy::before(&moto.url()).rule(When::action(action), Then::deny());
        let all = scan_through(plan, impatient()).await;
        for kind in scopes {
            let seen = of(&all, kind);
            assert_ne!(seen.outcome, Outcome::Complete, "{action}: {kind}");
            let permission = format!("iam:{action} denied in account ");
            assert!(seen.has_issue(IssueKind::Permission, &permission), "{action}: {kind}: {:?}", seen.issues);
            assert!(seen.has_issue(IssueKind::Permission, "; needed: "), "{action}: {kind}: {:?}", seen.issues);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_report_costs_facts_and_no_identities() {
    let moto = account();
    let plan = Proxy::before(&moto.url()).rule(When::action("GetCredentialReport"), Then::deny());
    let all = scan_through(plan, impatient()).await;
    let users = of(&all, "iam.users");
    assert_eq!((users.outcome, users.collected.entities().count()), (Outcome::Complete, 9));
    assert!(users.collected.entities().all(|user| user.last_used_at.is_denied()));
    let keys = of(&all, "iam.access-keys");
    assert_eq!((keys.outcome, keys.collected.entities().count()), (Outcome::Complete, 5));
    assert!(keys.collected.entities().all(|key| key.last_used_at.known().is_some()), "each key is asked for by name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_on_any_page_leaves_no_listing_complete_that_it_touched() {
    let moto = account();
    let pages = |page: Option<usize>| {
        let plan = Proxy::before(&moto.url()).page_iam(2);
        match page {
            Some(n) => plan.rule(When::action("GetAccountAuthorizationDetails").nth(n), Then::server_error()),
            None => plan,
        }
    };
    let whole = scan_through(pages(None), impatient()).await;
    let listings = whole.iter().filter(|seen| IAM_LISTINGS.contains(&seen.kind()));
    assert!(
        listings.clone().all(|seen| seen.outcome == Outcome::Complete),
        "{:?}",
        listings.map(|s| &s.issues).collect::<Vec<_>>()
    );
    // Nine users, six roles and four policies in pages of two.
    for page in 1..=10 {
        let all = scan_through(pages(Some(page)), impatient()).await;
        assert_honest(&all, &whole);
        let broken = IAM_LISTINGS.iter().filter(|kind| of(&all, kind).outcome != Outcome::Complete).count();
        assert!(broken > 0, "the fault on page {page} was not noticed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_cut_anywhere_is_not_a_page() {
    let moto = account();
    let whole = scan_through(Proxy::before(&moto.url()), impatient()).await;
    for after in [0, 1, 40, 200, 500, 1000, 2000, 3000] {
        let plan = Proxy::before(&moto.url()).rule(When::action("GetAccountAuthorizationDetails"), Then::cut(after));
        let all = scan_through(plan, impatient()).await;
        assert_honest(&all, &whole);
        let users = of(&all, "iam.users");
        assert_eq!(users.outcome, Outcome::Failed, "cut after {after}");
        assert!(users.has_issue(IssueKind::Network, "cut before its end"), "{:?}", users.issues);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_tokens_that_mislead_end_in_a_listing_that_is_not_complete() {
    let moto = account();
    for token in [Token::Repeated, Token::Absent, Token::Endless] {
        let all = scan_through(Proxy::before(&moto.url()).page_iam_with(2, token), impatient()).await;
        for kind in ["iam.users", "iam.roles"] {
            let seen = of(&all, kind);
            assert_eq!(seen.outcome, Outcome::Partial, "{kind}");
            assert!(seen.has_issue(IssueKind::Parse, "the listing"), "{kind}: {:?}", seen.issues);
            assert!(seen.collected.entities().count() >= 2, "what was seen stands");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_waited_out_and_the_listing_is_whole() {
    let moto = account();
    let plan = Proxy::before(&moto.url())
        .rule(When::action("GetAccountAuthorizationDetails").first(2), Then::throttle(Some(1)))
        .rule(When::action("ListAccessKeys").nth(3), Then::aws_error(400, "Throttling", "Rate exceeded"));
    let begun = std::time::Instant::now();
    let all = scan_through(plan, Limits::default()).await;
    assert!(begun.elapsed() >= Duration::from_secs(2));
    let keys = of(&all, "iam.access-keys");
    assert_eq!((keys.outcome, keys.collected.entities().count()), (Outcome::Complete, 5), "{:?}", keys.issues);
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_that_does_not_end_is_told_as_such() {
    let moto = account();
    let plan = Proxy::before(&moto.url())
        .rule(When::action("ListAccessKeys").from_nth(3), Then::aws_error(400, "Throttling", "Rate exceeded"));
    let all = scan_through(plan, impatient()).await;
    let keys = of(&all, "iam.access-keys");
    assert_ne!(keys.outcome, Outcome::Complete);
    assert!(keys.has_issue(IssueKind::RateLimit, "iam:ListAccessKeys"), "{:?}", keys.issues);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_a_timeout() {
    let moto = account();
    let plan = Proxy::before(&moto.url()).rule(When::action("GetAccountAuthorizationDetails"), Then::black_hole());
    let limits = Limits { request_timeout: Duration::from_secs(2), ..impatient() };
    let all = scan_through(plan, limits).await;
    for kind in IAM_LISTINGS {
        let seen = of(&all, kind);
        assert_ne!(seen.outcome, Outcome::Complete, "{kind}");
        assert!(seen.issues.iter().any(|issue| issue.kind == IssueKind::Timeout), "{kind}: {:?}", seen.issues);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_ours_is_told_as_a_failed_sign_in() {
    let moto = account();
    moto.enforce_iam().unwrap();
    let source = aws(config(&moto.url()), impatient());
    let mut listing = whosekey_sdk::testkit::Collected::default();
    let Err(error) = whosekey_sdk::Connector::scopes(&source, &mut listing).await else { panic!("signed in") };
    let whosekey_sdk::CollectError::Issue(issue) = error else { panic!("{error}") };
    assert_eq!(issue.kind, IssueKind::Auth, "{}", issue.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_an_issue_and_no_crash() {
    let moto = account();
    let all = scan(&aws(config(&moto.url()), impatient())).await;
    for kind in ["cloudtrail.sessions", "agentcore.workload-identities", "iam.service-credentials"] {
        let seen = of(&all, kind);
        assert_eq!(seen.outcome, Outcome::Failed, "{kind}");
        assert!(seen.has_issue(IssueKind::Network, "status 500"), "{kind}: {:?}", seen.issues);
    }
    assert_eq!(of(&all, "lambda.functions").outcome, Outcome::Complete);
}
