//! Lists of several pages, and what can go wrong between them.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::json;
use whosekey_kubernetes::{Config, Kubernetes};
use whosekey_parts::kubernetes::{Cluster, Seed, User};
use whosekey_parts::proxy::{Plan, Then, When};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::{Collected, Seen, assert_honest, observe};
use whosekey_sdk::{CollectError, Connector as _, IssueKind, Outcome};

use crate::support::{config, connector, ids, impatient, of, scanner};

const PATH: &str = "/api/v1/serviceaccounts";

/// A cluster of its own with three pages of accounts, which nobody else changes.
fn cluster() -> &'static (Cluster, User) {
    static CLUSTER: OnceLock<(Cluster, User)> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = Cluster::start().unwrap();
        cluster.seed(&Seed { namespaces: 2, accounts: 1_100, pods: 3, bindings: 3 }).unwrap();
        let user = scanner(&cluster, false);
        (cluster, user)
    })
}

/// The pages of the accounts.
fn pages() -> When {
    When::path(PATH).query("limit", "500")
}

async fn through(plan: Plan, limits: Limits) -> Vec<Seen> {
    let (cluster, user) = cluster();
    let proxy = plan.start().unwrap();
    let source: Config = config(cluster, &proxy.url(), &user.token);
    let (all, _) = observe(&Kubernetes::with_limits(source, limits)).await.unwrap();
    all
}

async fn whole() -> Vec<Seen> {
    let (cluster, user) = cluster();
    let (all, _) = observe(&connector(config(cluster, &cluster.url(), &user.token))).await.unwrap();
    assert!(ids(of(&all, "serviceaccounts")).len() > 1_100);
    all
}

fn expired() -> Then {
    let status = json!({"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410});
    Then::answer(410, &[], status.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_expires_on_any_page_begins_anew_and_mixes_nothing() {
    let whole = whole().await;
    for page in 1..=3 {
        let plan = cluster().0.proxy().rule(pages().nth(page), expired());
        let all = through(plan, impatient()).await;
        let seen = of(&all, "serviceaccounts");
        assert_eq!(seen.outcome, Outcome::Complete, "page {page}: {:?}", seen.issues);
        assert_eq!(ids(seen), ids(of(&whole, "serviceaccounts")), "page {page}");
    }
    let plan = cluster().0.proxy().rule(pages().from_nth(2), expired());
    let all = through(plan, impatient()).await;
    let seen = of(&all, "serviceaccounts");
    assert_eq!(seen.outcome, Outcome::Failed, "what was seen of lists that expired is of no one moment");
    assert!(seen.has_issue(IssueKind::Timeout, "expired 4 times"), "{:?}", seen.issues);
    assert_eq!(seen.collected.records, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_on_any_page_leaves_the_list_in_part() {
    let whole = whole().await;
    for page in 1..=3 {
        for (then, kind) in [
            (Then::answer(500, &[], "{}"), IssueKind::Network),
            (Then::deny(), IssueKind::Permission),
            (Then::reset(), IssueKind::Network),
            (Then::answer(200, &[], "{\"kind\":\"ServiceAccountList\""), IssueKind::Parse),
            (Then::answer(200, &[], "<html>"), IssueKind::Parse),
        ] {
            let said = format!("page {page}: {then:?}");
            let all = through(cluster().0.proxy().rule(pages().nth(page), then), impatient()).await;
            assert_honest(&all, &whole);
            let seen = of(&all, "serviceaccounts");
            let expected = if page == 1 { Outcome::Failed } else { Outcome::Partial };
            assert_eq!(seen.outcome, expected, "{said}: {:?}", seen.issues);
            assert!(seen.issues.iter().any(|issue| issue.kind == kind), "{said}: {:?}", seen.issues);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_cut_anywhere_is_never_a_whole_page() {
    let whole = whole().await;
    for page in 1..=3 {
        // The last page is a short one.
        let last = if page == 3 { 20_000 } else { 90_000 };
        for after in [0, 1, 40, 200, 5_000, last] {
            let all = through(cluster().0.proxy().rule(pages().nth(page), Then::cut(after)), impatient()).await;
            assert_honest(&all, &whole);
            let seen = of(&all, "serviceaccounts");
            assert_ne!(seen.outcome, Outcome::Complete, "page {page}, after {after}: {:?}", seen.issues);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_goes_in_circles_or_never_ends_is_not_complete() {
    let circle = Then::edit(|body| {
        let mut page: serde_json::Value = serde_json::from_str(&body).unwrap();
        page["metadata"]["continue"] = json!("again");
        page.to_string()
    });
    let first = pages().nth(1);
    let account = |n: usize| json!({"metadata": {"name": format!("a{n}"), "namespace": "x", "uid": format!("u{n}")}});
    let endless = |n: usize, item: usize| {
        let page =
            json!({"kind": "ServiceAccountList", "metadata": {"continue": format!("t{n}")}, "items": [account(item)]});
        Then::answer(200, &[], page.to_string())
    };
    let same =
        json!({"kind": "ServiceAccountList", "metadata": {"continue": "again"}, "items": [account(1)]}).to_string();
    let circling = cluster().0.proxy().rule(first, circle).rule(pages(), Then::answer(200, &[], same));
    let never_ending = (1..=20).fold(cluster().0.proxy(), |plan, n| plan.rule(pages().nth(n), endless(n, 1)));
    for (plan, said) in [(circling, "goes in circles"), (never_ending, "does not end")] {
        let all = through(plan, impatient()).await;
        let seen = of(&all, "serviceaccounts");
        assert_eq!(seen.outcome, Outcome::Partial, "{:?}", seen.issues);
        assert!(seen.has_issue(IssueKind::Parse, said), "{:?}", seen.issues);
    }
    let short = json!({"kind": "ServiceAccountList", "metadata": {"remainingItemCount": 600}, "items": [account(1)]});
    let plan = cluster().0.proxy().rule(pages(), Then::answer(200, &[], short.to_string()));
    let all = through(plan, impatient()).await;
    assert!(of(&all, "serviceaccounts").has_issue(IssueKind::Parse, "there is more"), "a list that says it is not all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_throttles_is_waited_for_and_one_that_is_silent_is_not() {
    let limits = Limits { max_attempts: 3, ..impatient() };
    let begun = std::time::Instant::now();
    let plan = cluster().0.proxy().rule(pages().nth(2), Then::throttle(Some(2)));
    let all = through(plan, limits).await;
    assert_eq!(of(&all, "serviceaccounts").outcome, Outcome::Complete);
    assert!(begun.elapsed() >= Duration::from_secs(2), "it came back before it was asked to");

    let limits = Limits { request_timeout: Duration::from_secs(2), max_attempts: 1, ..Limits::default() };
    let begun = std::time::Instant::now();
    let all = through(cluster().0.proxy().rule(pages().nth(2), Then::black_hole()), limits).await;
    let seen = of(&all, "serviceaccounts");
    assert_eq!(seen.outcome, Outcome::Partial, "{:?}", seen.issues);
    assert!(seen.issues.iter().any(|issue| issue.kind == IssueKind::Timeout), "{:?}", seen.issues);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_takes_the_first_page_of_a_list_and_calls_nothing_complete() {
    let (cluster, user) = cluster();
    let proxy = cluster.proxy().start().unwrap();
    let source = connector(config(cluster, &proxy.url(), &user.token));
    let (scopes, _complete) = source.scopes(&mut Collected::probing()).await.unwrap();
    for scope in scopes {
        let mut out = Collected::probing();
        let ended = source.collect(&scope, &mut out).await;
        assert!(ended.is_err(), "{} is called complete", scope.name);
        if scope.name.ends_with("/serviceaccounts") {
            assert!(matches!(ended, Err(CollectError::Stopped)) && out.issues.is_empty(), "{ended:?} {:?}", out.issues);
            assert_eq!(out.requests, 5, "a page of the accounts, and of each kind of role and binding");
        }
    }
}
