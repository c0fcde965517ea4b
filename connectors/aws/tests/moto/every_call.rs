//! Each single call refused, broken, cut or led in circles: the scope is not complete, and says what it lacks.

use serde_json::Value;
use whosekey_aws::DESCRIPTOR;
use whosekey_parts::moto::Moto;
use whosekey_parts::proxy::{Proxy, Then, When};
use whosekey_sdk::testkit::Seen;
use whosekey_sdk::{IssueKind, Outcome};

use crate::account::{ACCOUNT_WITH_ONE_OF_EACH, complete};
use crate::calls::{OF_THE_LIST, only, when};
use crate::support::{aws, impatient, scan};

/// Asked for by name where the credential report does not tell.
const WITHOUT_A_REPORT: &[&str] = &["iam:GetAccessKeyLastUsed", "iam:ListSigningCertificates"];

fn service_of(permission: &str) -> &str {
    match permission.split(':').next().unwrap() {
        "bedrock-agentcore" => "agentcore",
        "tag" => "tagging",
        service => service,
    }
}

/// One call's fault, and the scopes of the service as they were seen.
async fn faulty(moto: &Moto, ids: &Value, permission: &str, then: Then) -> Vec<Seen> {
    let mut plan = Proxy::before(&moto.url()).rule(when(permission, ids), then);
    if WITHOUT_A_REPORT.contains(&permission) {
        plan = plan.rule(When::action("GenerateCredentialReport"), Then::deny());
    }
    let proxy = complete(plan, ids).start().unwrap();
    scan(&aws(only(service_of(permission), &proxy.url()), impatient())).await
}

/// `organizations:ListTagsForResource` needs an organization, and has a test of its own.
fn calls() -> impl Iterator<Item = &'static whosekey_sdk::Permission> {
    let apart = |name: &str| OF_THE_LIST.contains(&name) || name == "organizations:ListTagsForResource";
    DESCRIPTOR.permissions.iter().filter(move |permission| !apart(permission.name))
}

async fn account() -> (Moto, Value) {
    let moto = Moto::start().unwrap();
    let ids = serde_json::from_str(&moto.script(ACCOUNT_WITH_ONE_OF_EACH, &[]).unwrap()).unwrap();
    (moto, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_permission_that_is_denied_is_named_with_what_it_costs() {
    let (moto, ids) = account().await;
    let mut silent = Vec::new();
    for permission in calls() {
        let all = faulty(&moto, &ids, permission.name, Then::deny()).await;
        let named = format!("{} denied in account ", permission.name);
        let told = |seen: &&Seen| {
            seen.outcome != Outcome::Complete
                && seen.has_issue(IssueKind::Permission, &named)
                && seen.has_issue(IssueKind::Permission, &format!("; needed: {}", permission.purpose))
        };
        if !all.iter().any(|seen| told(&seen)) {
            silent.push((permission.name, all.iter().flat_map(|seen| seen.issues.clone()).collect::<Vec<_>>()));
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_that_breaks_leaves_a_scope_that_is_not_complete() {
    let (moto, ids) = account().await;
    let mut complete = Vec::new();
    for permission in calls() {
        for (what, then) in [("500", Then::server_error()), ("cut", Then::cut(9)), ("429", Then::throttle(Some(1)))] {
            let all = faulty(&moto, &ids, permission.name, then).await;
            if all.iter().all(|seen| seen.outcome == Outcome::Complete) {
                complete.push((permission.name, what));
            }
        }
    }
    assert!(complete.is_empty(), "nobody noticed {complete:#?}");
}

/// The same token at the end of each page.
fn again(body: String) -> String {
    const TOKENS: &str = r#""nextToken":"again","NextToken":"again","NextMarker":"again","PaginationToken":"again"}"#;
    if let Some(end) = body.rfind("</DescribeInstancesResponse>") {
        let (head, tail) = body.split_at(end);
        return format!("{head}<nextToken>again</nextToken>{tail}");
    }
    match body.trim_end().strip_suffix('}') {
        Some("{") => format!("{{{TOKENS}"),
        Some(head) => format!("{head},{TOKENS}"),
        None => body,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_listing_that_goes_in_circles_is_not_complete() {
    let (moto, ids) = account().await;
    let (mut complete, mut circles) = (Vec::new(), 0);
    // IAM's own lists are in `faults.rs`: their end is a flag and a marker.
    let pages = |name: &str| {
        let action = name.split(':').nth(1).unwrap();
        let listing =
            action.starts_with("List") || matches!(action, "DescribeInstances" | "LookupEvents" | "GetResources");
        !name.starts_with("iam:") && (listing || action == "DescribeParameters")
    };
    for permission in calls().filter(|permission| pages(permission.name)) {
        let all = faulty(&moto, &ids, permission.name, Then::edit(again)).await;
        // The stand-in refuses a token that it did not give, which ends those of its own lists that have tokens.
        if !all.iter().any(|seen| seen.outcome != Outcome::Complete && !seen.issues.is_empty()) {
            complete.push(permission.name);
        }
        circles += usize::from(all.iter().any(|seen| seen.has_issue(IssueKind::Parse, "the listing")));
    }
    assert!(circles >= 10, "only {circles} listings were led in circles");
    assert!(complete.is_empty(), "nobody noticed {complete:#?}");
}
