//! `repository-workflow-tokens`: what the tokens of a single repository's workflows may do unless a workflow says
//! otherwise. No verdict rests on it and each repository costs a request, so it is collected only where the settings ask
//! for it.

use futures_util::StreamExt as _;
use whosekey_sdk::listing::answers;
use whosekey_sdk::{CollectError, Complete, Entity, Kind, Sink};

use crate::api::{Call, Calls};
use crate::descriptor::REPOSITORY_ADMINISTRATION;
use crate::gather::gather;
use crate::organization::WorkflowToken;
use crate::repositories::{Repository, Shared};

const GET: Call =
    Call::new("GET /repos/{owner}/{repo}/actions/permissions/workflow", REPOSITORY_ADMINISTRATION).harmless();

/// Collects `repository-workflow-tokens`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let repositories = shared.repositories(calls).await;
    let live = repositories.seen().filter(|one| one.runs_workflows());
    let asked = answers(calls.asked(live), |repository| async move {
        let path = calls.path(&repository.path("/actions/permissions/workflow"));
        (repository, calls.one::<WorkflowToken>(GET, path).await)
    });
    let records = asked.map(|(repository, token)| {
        let records = token.map(|token| vec![normalize(repository, &token).into()]).map_err(CollectError::from);
        (repository, records)
    });
    gather(calls, out, records).await?;
    repositories.complete()
}

/// The repository itself is told by `repositories`.
fn normalize(repository: &Repository, token: &WorkflowToken) -> Entity {
    token.describe(Entity::new(repository.entity_id(), Kind::Resource, "github.repository", &*repository.full_name))
}
