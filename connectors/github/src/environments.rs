//! `environments`: deployment environments, which clouds trust by name, and the names of their secrets and variables.

use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::answers;
use whosekey_sdk::{
    CollectError, Complete, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, Record, Sink, Timestamp,
};

use crate::api::{Call, Calls, segment};
use crate::descriptor::{ACTIONS, ENVIRONMENTS};
use crate::gather::gather;
use crate::home::Home;
use crate::oidc_subjects::template::{Subject, aliases};
use crate::place::Place;
use crate::repositories::{Repository, Shared};
use crate::secrets::{self, Secret};
use crate::variables::{self, Variable};

const LIST: Call = Call::new("GET /repos/{owner}/{repo}/environments", ACTIONS).harmless();
const SECRETS: Call =
    Call::new("GET /repos/{owner}/{repo}/environments/{environment_name}/secrets", ENVIRONMENTS).harmless();
const VARIABLES: Call = Call::new("GET /repos/{owner}/{repo}/environments/{environment_name}/variables", ENVIRONMENTS);

/// Repositories of which one in a probe probably has an environment, whose secrets may be refused.
const PROBED: usize = 10;

#[derive(Debug, Serialize, Deserialize)]
struct Environment {
    id: u64,
    name: String,
    created_at: Option<Timestamp>,
    protection_rules: Option<Vec<ProtectionRule>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ProtectionRule {
    #[serde(rename = "type")]
    kind: String,
}

/// Collects `environments`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let repositories = shared.repositories(calls).await;
    // Those of an archived repository too: nothing acts as its environments, but their secrets are still what they are.
    let all = calls.asked_of(PROBED, repositories.seen());
    let asked = answers(all, |repository| async move { (repository, of_repository(calls, shared, repository).await) });
    gather(calls, out, asked).await?;
    repositories.complete()
}

async fn of_repository(calls: &Calls, shared: &Shared, repository: &Repository) -> Result<Vec<Record>, CollectError> {
    let path = calls.path(&repository.path("/environments?per_page=100"));
    let (environments, _) = calls.listing::<Environment>(LIST, path).await?;
    if environments.is_empty() {
        return Ok(Vec::new());
    }
    let subject = shared.known_subjects(calls).await.and_then(|subjects| subjects.of(&calls.place, repository));
    let mut records = Vec::new();
    for environment in calls.asked(&environments) {
        records.extend(normalize(&calls.place, repository, subject.as_ref(), environment));
        let inside = |rest: String| {
            calls.path(&repository.path(&format!("/environments/{}/{rest}", segment(&environment.name))))
        };
        let (all, _) = calls.listing::<Secret>(SECRETS, inside("secrets?per_page=100".to_owned())).await?;
        let home = Home::environment(repository, &environment.name, environment.id, id_of(environment.id).into());
        for secret in &all {
            let (entity, part_of) = secrets::normalize(&secrets::ACTIONS, &home, secret, SECRETS.what);
            // Copilot gets those of the environment of its name without a workflow that names them,
            // <https://docs.github.com/en/copilot/how-tos/use-copilot-agents/coding-agent/extend-coding-agent-with-mcp>,
            // seen 2026-11-27.
            let is_by_workflows = secret.is_for_workflows() && !environment.name.eq_ignore_ascii_case("copilot");
            let entity = secrets::used(entity, &calls.place, Some(repository), is_by_workflows);
            let alias = repository.environment_secret(&environment.name, &secret.name);
            records.extend([entity.alias(alias).into(), part_of.into()]);
        }
        let path = inside(format!("variables?{}", variables::PER_PAGE));
        let (all, _) = calls.listing::<Variable>(VARIABLES, path).await?;
        records.extend(all.iter().flat_map(|one| variables::normalize(&home, one, VARIABLES)));
    }
    Ok(records)
}

fn id_of(id: u64) -> EntityId {
    EntityId::new(format!("github:environment/{id}"))
}

fn normalize(
    place: &Place,
    repository: &Repository,
    subject: Option<&Subject>,
    environment: &Environment,
) -> [Record; 2] {
    let name = format!("{} {}", repository.full_name, environment.name);
    let entity = Entity::new(id_of(environment.id), Kind::Identity, "github.environment", name)
        .alias(repository.environment_name(&environment.name));
    // How a workflow's token names it, exactly.
    let mut entity =
        aliases(place, repository, subject, Some(&environment.name)).into_iter().fold(entity, Entity::alias);
    entity.created_at = Fact::from(environment.created_at);
    entity.enabled = Fact::Known(repository.runs_workflows());
    if let Some(why) = repository.switched_off() {
        entity = entity.attribute("switched_off", why);
    }
    if let Some(rules) = &environment.protection_rules {
        let rules: Vec<&str> = rules.iter().map(|rule| &*rule.kind).collect();
        entity = entity.attribute("protection_rules", rules);
    }
    let part_of = Link::new(&entity.id, LinkKind::PartOf, repository.end(), Evidence::Proven, LIST.what);
    [entity.into(), part_of.into()]
}
