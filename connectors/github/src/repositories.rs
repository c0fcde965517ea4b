//! `repositories`, and the list of them that other scopes read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use whosekey_sdk::listing::Recorded;
use whosekey_sdk::{
    Alias, CollectError, Complete, EndRef, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, Record, Sink,
    Timestamp,
};

use crate::api::notes::Kept;
use crate::api::{Call, Calls, segment};
use crate::descriptor::METADATA;
use crate::place::Place;

const LIST: Call = Call { what: "GET /orgs/{org}/repos", permission: METADATA };

/// A repository, as far as it is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) full_name: String,
    #[serde(default)]
    pub(crate) archived: bool,
    #[serde(default)]
    pub(crate) disabled: bool,
    #[serde(default)]
    pub(crate) fork: bool,
    #[serde(default)]
    pub(crate) visibility: Option<String>,
    pub(crate) default_branch: Option<String>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) pushed_at: Option<Timestamp>,
}

impl Repository {
    pub(crate) fn entity_id(&self) -> EntityId {
        EntityId::new(format!("github:repo/{}", self.id))
    }

    /// Neither an archived repository nor one that GitHub disabled does.
    pub(crate) fn runs_workflows(&self) -> bool {
        !self.archived && !self.disabled
    }

    pub(crate) fn end(&self) -> EndRef {
        self.entity_id().into()
    }

    /// How an environment is called. GitHub takes its names in any case of letters:
    /// <https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments>, seen
    /// 2026-11-27.
    pub(crate) fn environment_name(&self, name: &str) -> Alias {
        Alias::new(format!("github:environment-name/{}/{}", self.id, name.to_lowercase()))
    }

    /// How an environment's secret is called.
    pub(crate) fn environment_secret(&self, environment: &str, name: &str) -> Alias {
        Alias::new(format!("github:environment-secret/{}/{}/{name}", self.id, environment.to_lowercase()))
    }

    /// All secrets of its environments, as an end of a link.
    pub(crate) fn environment_secrets(&self) -> Alias {
        Alias::new(format!("github:environment-secret/{}/*", self.id))
    }

    /// Why nothing runs in it, if so.
    pub(crate) fn switched_off(&self) -> Option<&'static str> {
        if self.archived { Some("archived") } else { self.disabled.then_some("disabled by GitHub") }
    }

    /// Whether its files can be read, if it has any: GitHub shows none of one that it disabled.
    pub(crate) fn shows_files(&self) -> bool {
        !self.disabled && (self.pushed_at.is_none() || self.default_branch.is_some())
    }

    /// A path below it.
    pub(crate) fn path(&self, rest: &str) -> String {
        let (owner, name) = self.full_name.split_once('/').unwrap_or((&self.full_name, ""));
        format!("/repos/{}/{}{rest}", segment(owner), segment(name))
    }
}

/// What the scopes of an organisation read together, once in a scan.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    repositories: OnceCell<Listed>,
}

#[derive(Debug)]
struct Listed {
    recorded: Recorded<Repository>,
    kept: BTreeMap<String, Kept>,
}

impl Shared {
    /// The repositories: whoever needs them first asks for them.
    pub(crate) async fn repositories(&self, calls: &Calls) -> &Recorded<Repository> {
        let listed = self.repositories.get_or_init(|| fetch(calls)).await;
        // Whoever comes first next time has the validators.
        for (path, kept) in &listed.kept {
            calls.notes.keep_as_it_is(path, kept.clone());
        }
        &listed.recorded
    }
}

async fn fetch(calls: &Calls) -> Listed {
    // In the order of their creation, so that a new one does not move the others to other pages.
    let first = &calls.of_organisation("/repos?type=all&sort=created&direction=asc&per_page=100");
    let recorded = Recorded::listen(|token| async move {
        let (items, next, _) = calls.page(LIST, token.unwrap_or_else(|| first.clone())).await?;
        Ok((items, next))
    })
    .await;
    Listed { recorded, kept: calls.notes.kept() }
}

/// Collects `repositories`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let repositories = shared.repositories(calls).await;
    repositories.replay(out, |repository| normalize(&calls.place, repository)).await
}

/// Who its workflows are, to GitHub and to the clouds that trust their tokens.
pub(crate) fn workflow_identity(repository: &Repository) -> EntityId {
    EntityId::new(format!("github:workflow-identity/{}", repository.id))
}

fn normalize(place: &Place, repository: &Repository) -> Vec<Record> {
    let mut entity = Entity::new(repository.entity_id(), Kind::Resource, "github.repository", &*repository.full_name)
        .alias(format!("https://{}/{}", place.host, repository.full_name));
    entity.created_at = Fact::from(repository.created_at);
    entity.enabled = Fact::Known(repository.runs_workflows());
    if let Some(why) = repository.switched_off() {
        entity = entity.attribute("switched_off", why);
    }
    entity = entity
        .attribute("archived", repository.archived)
        .attribute("disabled", repository.disabled)
        .attribute("fork", repository.fork);
    if let Some(visibility) = &repository.visibility {
        entity = entity.attribute("visibility", &**visibility);
    }
    if let Some(branch) = &repository.default_branch {
        entity = entity.attribute("default_branch", &**branch);
    }
    if let Some(pushed_at) = repository.pushed_at {
        entity = entity.attribute("pushed_at", pushed_at.to_string());
    }
    let part_of = Link::new(&entity.id, LinkKind::PartOf, place.organisation(), Evidence::Proven, LIST.what);
    let mut records = vec![entity.into(), part_of.into()];
    records.extend(identity(place, repository));
    records
}

/// The subjects of a repository's tokens are one for each branch, tag and environment: nobody can list them.
fn identity(place: &Place, repository: &Repository) -> [Record; 2] {
    let name = format!("workflows of {}", repository.full_name);
    let mut identity = Entity::new(workflow_identity(repository), Kind::Identity, "github.workflow-identity", name)
        .alias(Alias::family(&place.subjects_of(repository)));
    if let Some(subjects) = place.immutable_subjects_of(repository) {
        identity = identity.alias(Alias::family(&subjects));
    }
    identity.created_at = Fact::from(repository.created_at);
    identity.enabled = Fact::Known(repository.runs_workflows());
    let part_of = Link::new(&identity.id, LinkKind::PartOf, repository.end(), Evidence::Proven, LIST.what);
    [identity.into(), part_of.into()]
}
