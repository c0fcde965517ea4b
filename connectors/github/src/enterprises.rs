//! The organisations of an enterprise. Of the enterprise itself nothing is read.
//!
//! Invariant: an enterprise that is refused or not seen to its end is an issue of the list of scopes, which then is not
//! whole: an organisation that is not found so is not gone.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use serde_json::json;
use whosekey_sdk::listing::Recorded;
use whosekey_sdk::{CollectError, Issue, IssueKind, Next};

use crate::api::graphql::Connection;
use crate::api::{Call, Calls};
use crate::descriptor::ENTERPRISE;

const ORGANIZATIONS: Call = Call::new("GraphQL enterprise.organizations", ENTERPRISE);

/// Sent as it stands; checked against GitHub's schema in the tests.
const QUERY: &str = include_str!("enterprises/query.graphql");

#[derive(Debug, Deserialize)]
struct Data {
    enterprise: Option<Enterprise>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Enterprise {
    viewer_is_admin: bool,
    organizations: Connection<Organization>,
}

#[derive(Debug, Deserialize)]
struct Organization {
    login: String,
}

/// The logins of an enterprise's organisations, and what keeps them from being all.
pub(crate) async fn organizations(calls: &Calls, slug: &str) -> (Vec<String>, Option<Issue>) {
    let is_owner = &AtomicBool::new(true);
    let recorded = Recorded::listen(|after| async move {
        let enterprise = page(calls, slug, after).await.map_err(|issue| about(calls, slug, issue))?;
        is_owner.fetch_and(enterprise.viewer_is_admin, Ordering::Relaxed);
        let next: Next = enterprise.organizations.next();
        Ok((enterprise.organizations.nodes, next))
    })
    .await;
    let logins = recorded.seen().flatten().map(|organization| organization.login.clone()).collect();
    let issue = match recorded.complete() {
        Err(CollectError::Issue(issue) | CollectError::Broken(issue)) => Some(issue),
        Err(CollectError::Stopped) => Some(Issue::new(IssueKind::Parse, format!("{}: cut", ORGANIZATIONS.what))),
        Ok(_complete) if is_owner.load(Ordering::Relaxed) => {
            let is_hidden = recorded.seen().any(Option::is_none);
            is_hidden.then(|| denied(slug, "GitHub keeps some of them back"))
        }
        Ok(_complete) => Some(denied(slug, "who is not an owner of the enterprise may be shown some of them alone")),
    };
    (logins, issue)
}

async fn page(calls: &Calls, slug: &str, after: Option<String>) -> Result<Enterprise, Issue> {
    let variables = json!({"slug": slug, "after": after});
    let answered = calls.graphql::<Data, _>(ORGANIZATIONS, QUERY, variables).await?;
    if let Some(issue) = calls.fault(ORGANIZATIONS, &answered.errors) {
        return Err(issue);
    }
    answered.data.and_then(|data| data.enterprise).ok_or_else(|| calls.unanswered(ORGANIZATIONS))
}

/// Refusals speak of an organisation, which this is not.
fn about(calls: &Calls, slug: &str, issue: Issue) -> Issue {
    match issue.kind {
        IssueKind::Permission => {
            denied(slug, "it is not visible: it has another name, or this credential may not see it")
        }
        IssueKind::Auth => {
            let message = format!("{}: {} (enterprise {slug})", ORGANIZATIONS.what, calls.place.not_accepted);
            Issue::new(IssueKind::Auth, message)
        }
        _ => issue,
    }
}

fn denied(slug: &str, why: &str) -> Issue {
    let denied = crate::DESCRIPTOR.denied(ENTERPRISE, &format!("enterprise {slug}"));
    Issue::new(denied.kind, format!("{}: {why}; {}", ORGANIZATIONS.what, denied.message))
}
