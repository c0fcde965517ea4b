//! `repository-runners`: the self-hosted runners of single repositories.
//!
//! Every repository that may run something is asked. The organisation's policy for such runners is no shortcut: it says
//! which repositories may make one, and not that those which were made before are gone.
//! <https://docs.github.com/en/actions/how-tos/managing-self-hosted-runners/adding-self-hosted-runners>, seen 2026-11-27.

use futures_util::StreamExt as _;
use whosekey_sdk::listing::answers;
use whosekey_sdk::{CollectError, Complete, Record, Sink};

use crate::api::{Call, Calls};
use crate::descriptor::REPOSITORY_ADMINISTRATION;
use crate::gather::gather;
use crate::home::Home;
use crate::repositories::{Repository, Shared};
use crate::runners::{Runner, normalize};

const LIST: Call = Call::new("GET /repos/{owner}/{repo}/actions/runners", REPOSITORY_ADMINISTRATION).harmless();

/// Collects `repository-runners`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let repositories = shared.repositories(calls).await;
    let live = repositories.seen().filter(|one| one.runs_workflows());
    let asked = answers(calls.asked(live), |repository| async move {
        let path = calls.path(&repository.path("/actions/runners?per_page=100"));
        (repository, calls.listing::<Runner>(LIST, path).await)
    });
    let records = asked.map(|(repository, runners)| {
        (repository, runners.map(|(runners, _)| of_repository(calls, repository, &runners)))
    });
    gather(calls, out, records).await?;
    repositories.complete()
}

fn of_repository(calls: &Calls, repository: &Repository, runners: &[Runner]) -> Vec<Record> {
    let home = Home::repository(repository);
    runners.iter().flat_map(|runner| normalize(&home, runner, calls.now, LIST)).collect()
}
