//! `variables`: the names of Actions variables. GitHub sends their values with them; they are read past and kept nowhere.

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::answers;
use whosekey_sdk::{CollectError, Complete, Entity, Evidence, Fact, Kind, Link, LinkKind, Record, Sink, Timestamp};

use crate::api::{Call, Calls};
use crate::descriptor::{ORGANIZATION_VARIABLES, VARIABLES};
use crate::gather::gather;
use crate::home::Home;
use crate::repositories::{Repository, Shared};
use crate::secrets::may_go_on;

const OF_ORGANISATION: Call = Call::new("GET /orgs/{org}/actions/variables", ORGANIZATION_VARIABLES);
const OF_REPOSITORY: Call = Call::new("GET /repos/{owner}/{repo}/actions/variables", VARIABLES);
/// Variables come in smaller pages than anything else.
pub(crate) const PER_PAGE: &str = "per_page=30";

/// A variable without its value.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Variable {
    name: String,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

/// Collects `variables`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let own = of_organisation(calls, out).await;
    if !may_go_on(&own) {
        return own;
    }
    let repositories = shared.repositories(calls).await;
    let path = &path();
    let asked = answers(calls.asked(repositories.seen()), |repository| async move {
        (repository, calls.listing::<Variable>(OF_REPOSITORY, calls.path(&repository.path(path))).await)
    });
    let records = asked.map(|(repository, all)| (repository, all.map(|(all, _)| of_repository(repository, &all))));
    gather(calls, out, records).await?;
    Ok(own?.and(repositories.complete()?))
}

fn path() -> String {
    format!("/actions/variables?{PER_PAGE}")
}

async fn of_organisation(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (variables, complete) = calls.listing::<Variable>(OF_ORGANISATION, calls.of_organisation(&path())).await?;
    let Some(home) = Home::organisation(&calls.place) else { return Err(calls.unanswered(OF_ORGANISATION).into()) };
    let records = variables.iter().flat_map(|one| normalize(&home, one, OF_ORGANISATION));
    out.page(records.collect()).await?;
    Ok(complete)
}

fn of_repository(repository: &Repository, variables: &[Variable]) -> Vec<Record> {
    let home = Home::repository(repository);
    variables.iter().flat_map(|one| normalize(&home, one, OF_REPOSITORY)).collect()
}

/// A variable's records.
pub(crate) fn normalize(home: &Home, variable: &Variable, call: Call) -> [Record; 2] {
    let id = format!("github:variable/{}/{}", home.id, variable.name);
    let mut entity = Entity::new(id, Kind::Resource, "github.variable", home.name_of(&variable.name));
    entity.created_at = Fact::from(variable.created_at);
    if let Some(updated_at) = variable.updated_at {
        entity = entity.attribute("updated_at", updated_at.to_string());
    }
    let part_of = Link::new(&entity.id, LinkKind::PartOf, home.end(), Evidence::Proven, call.what);
    [entity.into(), part_of.into()]
}
