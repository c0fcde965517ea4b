//! `repository-webhooks`: where single repositories send their events. No verdict rests on them and each repository costs a
//! request, so they are collected only where the settings ask for them.

use futures_util::StreamExt as _;
use whosekey_sdk::listing::answers;
use whosekey_sdk::{CollectError, Complete, Sink};

use crate::api::{Call, Calls};
use crate::descriptor::REPOSITORY_HOOKS;
use crate::gather::gather;
use crate::repositories::Shared;
use crate::webhooks::{Hook, normalize};

const LIST: Call = Call::new("GET /repos/{owner}/{repo}/hooks", REPOSITORY_HOOKS);

/// Collects `repository-webhooks`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let repositories = shared.repositories(calls).await;
    let asked = answers(calls.asked(repositories.seen()), |repository| async move {
        (repository, calls.listing::<Hook>(LIST, calls.path(&repository.path("/hooks?per_page=100"))).await)
    });
    let records = asked.map(|(repository, hooks)| {
        let records =
            hooks.map(|(hooks, _)| hooks.iter().flat_map(|hook| normalize(repository.end(), hook, LIST)).collect());
        (repository, records)
    });
    gather(calls, out, records).await?;
    repositories.complete()
}
