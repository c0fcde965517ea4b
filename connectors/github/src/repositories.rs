//! `repositories`, and the list of them that other scopes read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use whosekey_sdk::listing::Recorded;
use whosekey_sdk::{
    Alias, CollectError, Complete, EndRef, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, Record, Sink,
    Timestamp,
};

use crate::api::notes::Kept;
use crate::api::{Call, Calls, nullable, segment};
use crate::descriptor::METADATA;
use crate::oidc_subjects::Subjects;
use crate::oidc_subjects::template::{Subject, aliases};
use crate::place::Place;
use crate::scopes;

/// How long a scope of another kind waits for what is known of subjects: one that waited for longer might itself not end
/// in time. It then goes on as if nothing were known.
const WAIT_FOR_SUBJECTS: Duration = Duration::from_secs(10 * 60);

const LIST: Call = Call::new("GET /orgs/{org}/repos", METADATA);

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
    /// Null: nobody ever pushed to it, so it has no files.
    #[serde(default, with = "nullable", skip_serializing_if = "Fact::is_not_exposed")]
    pub(crate) pushed_at: Fact<Option<Timestamp>>,
}

impl Repository {
    pub(crate) fn entity_id(&self) -> EntityId {
        EntityId::new(format!("github:repo/{}", self.id))
    }

    /// Without its owner's.
    pub(crate) fn name(&self) -> &str {
        self.full_name.split_once('/').map_or(&self.full_name, |(_, name)| name)
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

    /// Whether nobody ever pushed to it.
    pub(crate) fn has_no_commit(&self) -> bool {
        self.pushed_at == Fact::Known(None)
    }

    /// Whether its files can be read, if it has any: GitHub shows none of one that it disabled.
    pub(crate) fn shows_files(&self) -> bool {
        !self.disabled && (self.has_no_commit() || self.default_branch.is_some())
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
    subjects: OnceCell<Subjects>,
    /// Whether nobody may ask for them.
    skips_subjects: bool,
}

#[derive(Debug)]
struct Listed {
    recorded: Recorded<Repository>,
    kept: BTreeMap<String, Kept>,
}

impl Shared {
    /// Nothing yet; `kinds` are those that are not left out.
    pub(crate) fn new(mut kinds: impl Iterator<Item = scopes::Kind>) -> Self {
        Self { skips_subjects: kinds.all(|kind| kind != scopes::Kind::OidcSubjects), ..Self::default() }
    }

    /// What the repositories say of their workflows' subjects: whoever needs it first asks for it.
    pub(crate) async fn subjects(&self, calls: &Calls) -> &Subjects {
        let repositories = self.repositories(calls).await;
        self.subjects.get_or_init(|| Subjects::fetch(calls, repositories.seen())).await
    }

    /// The same for who only wants to be exact: nothing when it is left out, or takes too long.
    pub(crate) async fn known_subjects(&self, calls: &Calls) -> Option<&Subjects> {
        if self.skips_subjects {
            return None;
        }
        tokio::time::timeout(WAIT_FOR_SUBJECTS, self.subjects(calls)).await.ok()
    }

    /// The repositories: whoever needs them first asks for them.
    pub(crate) async fn repositories(&self, calls: &Calls) -> &Recorded<Repository> {
        let listed = self.repositories.get_or_init(|| fetch(calls)).await;
        // Whoever comes first next time has the validators.
        for (path, kept) in &listed.kept {
            calls.notes.keep_as_it_is(path, kept.clone());
        }
        let is_whole = listed.recorded.complete().is_ok() && !calls.is_probe;
        let before = calls.notes.repositories_before();
        calls.notes.keep_repositories(before.after(listed.recorded.seen(), is_whole, &calls.place, calls.now));
        &listed.recorded
    }
}

async fn fetch(calls: &Calls) -> Listed {
    let order = if calls.is_probe {
        // The few that are asked are to be some that are still worked in.
        "sort=pushed&direction=desc"
    } else {
        // In the order of their creation, so that a new one does not move the others to other pages.
        "sort=created&direction=asc"
    };
    let first = &calls.of_organisation(&format!("/repos?type=all&{order}&per_page=100"));
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
    let subjects = shared.known_subjects(calls).await;
    let subject_of = |repository: &Repository| subjects.and_then(|subjects| subjects.of(&calls.place, repository));
    repositories.replay(out, |repository| normalize(&calls.place, repository, subject_of(repository).as_ref())).await
}

/// Who its workflows are, to GitHub and to the clouds that trust their tokens.
pub(crate) fn workflow_identity(repository: &Repository) -> EntityId {
    EntityId::new(format!("github:workflow-identity/{}", repository.id))
}

fn normalize(place: &Place, repository: &Repository, subject: Option<&Subject>) -> Vec<Record> {
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
    if let Fact::Known(Some(pushed_at)) = repository.pushed_at {
        entity = entity.attribute("pushed_at", pushed_at.to_string());
    }
    let part_of = Link::new(&entity.id, LinkKind::PartOf, place.organisation(), Evidence::Proven, LIST.what);
    let mut records = vec![entity.into(), part_of.into()];
    records.extend(identity(place, repository, subject));
    records
}

/// The identity of a repository's workflows, of which nothing is told yet.
pub(crate) fn named_identity(repository: &Repository) -> Entity {
    let name = format!("workflows of {}", repository.full_name);
    Entity::new(workflow_identity(repository), Kind::Identity, "github.workflow-identity", name)
}

/// The subjects of a repository's tokens are one for each branch, tag and environment: nobody can list them.
fn identity(place: &Place, repository: &Repository, subject: Option<&Subject>) -> [Record; 2] {
    let aliases = aliases(place, repository, subject, None);
    let named = named_identity(repository).alias(place.name_of(repository));
    let mut identity = aliases.into_iter().fold(named, Entity::alias);
    identity.created_at = Fact::from(repository.created_at);
    identity.enabled = Fact::Known(repository.runs_workflows());
    let part_of = Link::new(&identity.id, LinkKind::PartOf, repository.end(), Evidence::Proven, LIST.what);
    [identity.into(), part_of.into()]
}
