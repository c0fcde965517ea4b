//! `secrets`, `dependabot-secrets` and `codespaces-secrets`: the names of what is stored for workflows. GitHub never tells a
//! value, and none is asked for.
//!
//! Workflows alone use Actions secrets, but for two that GitHub reads itself, and `definitions` shows all workflows. Dependabot's are used by its own jobs too, and
//! Codespaces' by whatever somebody runs in theirs: of those it is not known who uses them.

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::answers;
use whosekey_sdk::{
    CollectError, Complete, Entity, EntityId, Evidence, Fact, IssueKind, Kind, Link, LinkKind, Record, Sink, Timestamp,
};

use crate::api::{Call, Calls};
use crate::descriptor::{
    DEPENDABOT_SECRETS, ORGANIZATION_CODESPACES_SECRETS, ORGANIZATION_DEPENDABOT_SECRETS, ORGANIZATION_SECRETS, SECRETS,
};
use crate::gather::gather;
use crate::home::Home;
use crate::place::Place;
use crate::repositories::{Repository, Shared};

/// One of the stores that GitHub has for secrets.
pub(crate) struct Store {
    path: &'static str,
    /// The prefix of its secrets' ids.
    id: &'static str,
    type_name: &'static str,
    of_organisation: Call,
    /// None where GitHub shows repositories' to nobody who may not write them.
    of_repository: Option<Call>,
    /// Whether workflows alone use its secrets.
    is_of_workflows: bool,
}

/// For workflows.
pub(crate) const ACTIONS: Store = Store {
    path: "/actions/secrets",
    id: "github:secret",
    type_name: "github.secret",
    of_organisation: Call::new("GET /orgs/{org}/actions/secrets", ORGANIZATION_SECRETS),
    of_repository: Some(Call::new("GET /repos/{owner}/{repo}/actions/secrets", SECRETS).harmless()),
    is_of_workflows: true,
};

/// For Dependabot.
pub(crate) const DEPENDABOT: Store = Store {
    path: "/dependabot/secrets",
    id: "github:dependabot-secret",
    type_name: "github.dependabot-secret",
    of_organisation: Call::new("GET /orgs/{org}/dependabot/secrets", ORGANIZATION_DEPENDABOT_SECRETS),
    of_repository: Some(Call::new("GET /repos/{owner}/{repo}/dependabot/secrets", DEPENDABOT_SECRETS).harmless()),
    is_of_workflows: false,
};

/// For Codespaces.
pub(crate) const CODESPACES: Store = Store {
    path: "/codespaces/secrets",
    id: "github:codespaces-secret",
    type_name: "github.codespaces-secret",
    of_organisation: Call::new("GET /orgs/{org}/codespaces/secrets", ORGANIZATION_CODESPACES_SECRETS),
    of_repository: None,
    is_of_workflows: false,
};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    /// Which repositories get one of the organisation's.
    visibility: Option<String>,
}

/// Those that GitHub itself reads to log more of a run:
/// <https://docs.github.com/en/actions/monitoring-and-troubleshooting-workflows/enabling-debug-logging>, seen 2026-11-27.
const READ_BY_GITHUB: &[&str] = &["ACTIONS_RUNNER_DEBUG", "ACTIONS_STEP_DEBUG"];

impl Secret {
    /// Whether nothing but workflows uses one of that name.
    pub(crate) fn is_for_workflows(&self) -> bool {
        !READ_BY_GITHUB.contains(&self.name.to_ascii_uppercase().as_str())
    }
}

/// Collects a store.
pub(crate) async fn collect(
    calls: &Calls,
    shared: &Shared,
    out: &mut dyn Sink,
    store: &Store,
) -> Result<Complete, CollectError> {
    let path = format!("{}?per_page=100", store.path);
    // The organisation's own may be refused to whom the repositories' are shown.
    let own = of_organisation(calls, out, store, calls.of_organisation(&path)).await;
    let (Some(call), true) = (store.of_repository, may_go_on(&own)) else { return own };
    let repositories = shared.repositories(calls).await;
    let path = &path;
    let asked = answers(calls.asked(repositories.seen()), |repository| async move {
        (repository, calls.listing::<Secret>(call, calls.path(&repository.path(path))).await)
    });
    let records = asked.map(|(repository, secrets)| {
        (repository, secrets.map(|(secrets, _)| of_repository(store, call, &calls.place, repository, &secrets)))
    });
    gather(calls, out, records).await?;
    Ok(own?.and(repositories.complete()?))
}

/// A refusal of one listing says nothing about another; what else ends one ends both.
pub(crate) fn may_go_on(own: &Result<Complete, CollectError>) -> bool {
    match own {
        Ok(_) => true,
        Err(CollectError::Issue(issue)) => issue.kind == IssueKind::Permission,
        Err(_) => false,
    }
}

async fn of_organisation(
    calls: &Calls,
    out: &mut dyn Sink,
    store: &Store,
    path: String,
) -> Result<Complete, CollectError> {
    let call = store.of_organisation;
    let (secrets, complete) = calls.listing::<Secret>(call, path).await?;
    let Some(home) = Home::organisation(&calls.place) else { return Err(calls.unanswered(call).into()) };
    let records = secrets.iter().map(|secret| {
        let (entity, part_of) = normalize(store, &home, secret, call.what);
        let is_by_workflows = store.is_of_workflows && secret.is_for_workflows();
        [used(entity, &calls.place, None, is_by_workflows).into(), part_of.into()]
    });
    out.page(records.flatten().collect()).await?;
    Ok(complete)
}

fn of_repository(store: &Store, call: Call, place: &Place, repository: &Repository, secrets: &[Secret]) -> Vec<Record> {
    let home = Home::repository(repository);
    let records = secrets.iter().map(|secret| {
        let (entity, part_of) = normalize(store, &home, secret, call.what);
        let is_by_workflows = store.is_of_workflows && secret.is_for_workflows();
        [used(entity, place, Some(repository), is_by_workflows).into(), part_of.into()]
    });
    records.flatten().collect()
}

/// Says of a secret where all that may use it is shown, if it is. One of the organisation may be used in any repository,
/// also in one that the credential does not see; of one that GitHub disabled no workflow is shown.
pub(crate) fn used(
    mut entity: Entity,
    place: &Place,
    repository: Option<&Repository>,
    is_by_workflows: bool,
) -> Entity {
    let sees_all = repository.map_or(place.sees_all_repositories, Repository::shows_files);
    entity = match place.definitions().filter(|_| is_by_workflows && sees_all) {
        Some(scope) => entity.attribute("consumers_listed_in", scope),
        None => entity.attribute("consumers", "not_exposed"),
    };
    if repository.is_some() { entity.attribute("used_within", "parent") } else { entity }
}

/// The id of a secret for workflows; `owner` is `org/<id>`, `repo/<id>` or `environment/<id>`.
pub(crate) fn id_of(owner: &str, name: &str) -> EntityId {
    EntityId::new(format!("{}/{owner}/{name}", ACTIONS.id))
}

pub(crate) fn normalize(store: &Store, home: &Home, secret: &Secret, because: &str) -> (Entity, Link) {
    let id = format!("{}/{}/{}", store.id, home.id, secret.name);
    let mut entity = Entity::new(id, Kind::Credential, store.type_name, home.name_of(&secret.name));
    // Setting it anew is how it is rotated: the value in it is as old as that.
    entity.created_at = Fact::from(secret.updated_at.or(secret.created_at));
    if let Some(created_at) = secret.created_at {
        entity = entity.attribute("named_since", created_at.to_string());
    }
    if let Some(visibility) = &secret.visibility {
        entity = entity.attribute("visibility", &**visibility);
    }
    let part_of = Link::new(&entity.id, LinkKind::PartOf, home.end(), Evidence::Proven, because);
    (entity, part_of)
}
