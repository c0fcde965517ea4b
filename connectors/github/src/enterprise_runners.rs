//! `enterprise-runners`: self-hosted runners that an enterprise shares with its organisations, and the enterprise itself.

use serde::Deserialize;
use serde_json::json;
use whosekey_sdk::{CollectError, Complete, Entity, EntityId, Issue, IssueKind, Kind, Sink};

use crate::api::{Call, Calls, segment};
use crate::descriptor::{ENTERPRISE, ENTERPRISE_RUNNERS};
use crate::home::Home;
use crate::runners::{Runner, normalize};

const GET: Call = Call::new("GraphQL enterprise", ENTERPRISE);
const LIST: Call = Call::new("GET /enterprises/{enterprise}/actions/runners", ENTERPRISE_RUNNERS);

/// Sent as it stands; checked against GitHub's schema in the tests.
const QUERY: &str = include_str!("enterprise_runners/query.graphql");

#[derive(Debug, Deserialize)]
struct Data {
    enterprise: Option<Enterprise>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Enterprise {
    database_id: Option<u64>,
}

/// Collects `enterprise-runners`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let slug = &calls.place.name;
    let id = id(calls, slug).await?;
    let first = calls.path(&format!("/enterprises/{}/actions/runners?per_page=100", segment(slug)));
    let (runners, complete) = calls.listing::<Runner>(LIST, first).await?;
    let enterprise = EntityId::new(format!("github:enterprise/{id}"));
    let home = Home::enterprise(slug, id, &enterprise);
    let itself = Entity::new(enterprise, Kind::Resource, "github.enterprise", &**slug);
    let records = runners.iter().flat_map(|runner| normalize(&home, runner, calls.now, LIST));
    out.page(std::iter::once(itself.into()).chain(records).collect()).await?;
    Ok(complete)
}

/// The enterprise's own id: its slug may change.
async fn id(calls: &Calls, slug: &str) -> Result<u64, Issue> {
    let answered = calls.graphql::<Data, _>(GET, QUERY, json!({"slug": slug})).await?;
    if let Some(issue) = calls.fault(GET, &answered.errors) {
        return Err(issue);
    }
    let enterprise = answered.data.and_then(|data| data.enterprise).ok_or_else(|| calls.unanswered(GET))?;
    let unread = || Issue::new(IssueKind::Parse, format!("{}: enterprise {slug} has no id", GET.what));
    enterprise.database_id.ok_or_else(unread)
}
