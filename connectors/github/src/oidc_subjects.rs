//! `oidc-subjects`: what the subjects of workflows' tokens are made of, where a repository or its organisation says so,
//! and whether names in them carry ids.
//!
//! `repositories` and `environments` read it too, to claim what a token can have in it and nothing else. What is not known
//! of a repository (it is refused, or archived and not asked) leaves it every form of the usual subject: a trust in one
//! of them then is not called dangling.

pub(crate) mod template;

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Deserializer, Serialize};
use whosekey_sdk::listing::answers;
use whosekey_sdk::{Alias, CollectError, Complete, Entity, Issue, Kind, Record, Sink};

use crate::api::notes::Kept;
use crate::api::{Call, Calls};
use crate::descriptor::{ACTIONS, ORGANIZATION};
use crate::gather::{Tally, gather};
use crate::place::Place;
use crate::repositories::{Repository, Shared, named_identity};
use template::{Form, Subject};

const OF_ORGANISATION: Call = Call::new("GET /orgs/{org}/actions/oidc/customization/sub", ORGANIZATION);
const OF_REPOSITORY: Call = Call::new("GET /repos/{owner}/{repo}/actions/oidc/customization/sub", ACTIONS).harmless();

/// What a repository says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Customisation {
    /// When false, it has keys of its own, or else those of the organisation.
    use_default: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    include_claim_keys: Vec<String>,
    /// Whether somebody has opted in; repositories that are made, renamed or transferred since 2026-07-15 have ids
    /// without, so that false says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    use_immutable_subject: Option<bool>,
    /// Whether there are ids in what is in force.
    #[serde(
        default,
        alias = "sub_claim_prefix",
        deserialize_with = "has_ids",
        skip_serializing_if = "Option::is_none"
    )]
    has_ids: Option<bool>,
}

impl Customisation {
    fn follows_organisation(&self) -> bool {
        !self.use_default && self.include_claim_keys.is_empty()
    }
}

/// What the organisation says, for the repositories that follow it.
#[derive(Debug, Serialize, Deserialize)]
struct Template {
    include_claim_keys: Vec<String>,
}

/// What is known of an organisation's repositories.
#[derive(Debug)]
pub(crate) struct Subjects {
    /// By a repository's id.
    answers: BTreeMap<u64, Result<Customisation, Issue>>,
    /// Asked only when a repository follows it.
    template: Option<Result<Template, Issue>>,
    kept: BTreeMap<String, Kept>,
}

impl Subjects {
    /// Asks each repository that runs workflows; on throttling or when all refuse, no further ones.
    pub(crate) async fn fetch<'r>(calls: &Calls, repositories: impl Iterator<Item = &'r Repository>) -> Self {
        let live = repositories.filter(|repository| repository.runs_workflows());
        let mut asked = answers(calls.asked(live), |repository| async move {
            let path = calls.path(&repository.path("/actions/oidc/customization/sub"));
            (repository.id, calls.one::<Customisation>(OF_REPOSITORY, path).await)
        });
        let mut answers = BTreeMap::new();
        let mut tally = Tally::default();
        while let Some((id, answer)) = asked.next().await {
            let goes_on = tally.goes_on(answer.as_ref().map(|_| ()).map_err(|issue| issue.kind));
            answers.insert(id, answer);
            if !goes_on {
                break;
            }
        }
        drop(asked);
        let follows =
            |answer: &Result<Customisation, _>| answer.as_ref().is_ok_and(Customisation::follows_organisation);
        let template = if answers.values().any(follows) {
            Some(calls.one(OF_ORGANISATION, calls.of_organisation("/actions/oidc/customization/sub")).await)
        } else {
            None
        };
        Self { answers, template, kept: calls.notes.kept() }
    }

    /// Keeps the validators for the scope's next attempt.
    pub(crate) fn keep(&self, calls: &Calls) {
        for (path, kept) in &self.kept {
            calls.notes.keep_as_it_is(path, kept.clone());
        }
    }

    /// The subject of a repository; `None` when it is not known.
    pub(crate) fn of(&self, place: &Place, repository: &Repository) -> Option<Subject> {
        let said = self.answers.get(&repository.id)?.as_ref().ok()?;
        let form = form(place, said);
        let keys = match &self.template {
            _ if said.use_default => &[][..],
            Some(Ok(template)) if said.follows_organisation() => &template.include_claim_keys,
            _ if said.follows_organisation() => return None,
            _ => &said.include_claim_keys,
        };
        Some(Subject::new(keys, form))
    }
}

fn form(place: &Place, said: &Customisation) -> Form {
    match (said.has_ids, said.use_immutable_subject) {
        _ if place.immutable_subjects().is_none() => Form::Names,
        (Some(true), _) | (None, Some(true)) => Form::Ids,
        (Some(false), _) => Form::Names,
        (None, _) => Form::Either,
    }
}

/// Collects `oidc-subjects`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let place = &calls.place;
    let repositories = shared.repositories(calls).await;
    let subjects = shared.subjects(calls).await;
    subjects.keep(calls);
    if let Some(Err(issue)) = &subjects.template {
        out.issue(issue.clone());
    }
    let mut owners: Vec<Alias> = Vec::new();
    let asked = repositories.seen().filter_map(|repository| {
        let answer = subjects.answers.get(&repository.id)?;
        let subject = subjects.of(place, repository);
        owners.extend(subject.iter().flat_map(|subject| template::owners_aliases(place, repository, subject)));
        let records = subject.and_then(|subject| normalize(place, repository, &subject));
        Some((repository, answer.as_ref().map(|_| records.into_iter().collect()).map_err(|issue| issue.clone().into())))
    });
    let asked: Vec<(&Repository, Result<Vec<Record>, CollectError>)> = asked.collect();
    if let Some(organisation) = of_organisation(place, owners) {
        out.page(vec![organisation]).await?;
    }
    gather(calls, out, stream::iter(asked)).await?;
    repositories.complete()
}

/// What differs from what `repositories` claims while nothing is known.
fn normalize(place: &Place, repository: &Repository, subject: &Subject) -> Option<Record> {
    if subject.is_usual() {
        return None;
    }
    let aliases = template::aliases(place, repository, Some(subject), None);
    let mut entity = named_identity(repository).attribute("oidc_claims", subject.keys());
    for alias in aliases {
        entity = entity.alias(alias);
    }
    Some(entity.into())
}

/// A subject that names the organisation and no repository is all of its repositories'.
fn of_organisation(place: &Place, mut aliases: Vec<Alias>) -> Option<Record> {
    aliases.sort();
    aliases.dedup();
    let id = place.id.filter(|_| !aliases.is_empty())?;
    let entity = Entity::new(format!("github:organization/{id}"), Kind::Resource, "github.organization", &*place.login);
    Some(aliases.into_iter().fold(entity, Entity::alias).into())
}

/// `repo:acme/shop` or `repo:acme@9/shop@1`, of which only the form is kept; a note has it already.
fn has_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Told {
        Prefix(String),
        Kept(bool),
    }
    Ok(match Option::<Told>::deserialize(deserializer)? {
        Some(Told::Prefix(prefix)) => prefix.starts_with("repo:").then(|| prefix.contains('@')),
        Some(Told::Kept(has_ids)) => Some(has_ids),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::tests::acme;

    #[test]
    fn what_is_in_force_decides_and_not_who_opted_in() {
        let of = |place: &Place, text: &str| {
            let said: Customisation = serde_json::from_str(text).unwrap();
            let kept: Customisation = serde_json::from_str(&serde_json::to_string(&said).unwrap()).unwrap();
            assert_eq!(form(place, &said), form(place, &kept));
            form(place, &said)
        };
        // As GitHub answers for a repository that was made after ids became the rule.
        let made = r#"{"use_default": true, "use_immutable_subject": false, "sub_claim_prefix": "repo:acme@9/shop@1"}"#;
        assert_eq!(of(&acme(), made), Form::Ids);
        let old = r#"{"use_default": true, "use_immutable_subject": false, "sub_claim_prefix": "repo:acme/shop"}"#;
        assert_eq!(of(&acme(), old), Form::Names);
        assert_eq!(of(&acme(), r#"{"use_default": true, "use_immutable_subject": true}"#), Form::Ids);
        assert_eq!(of(&acme(), r#"{"use_default": true}"#), Form::Either);
        assert_eq!(of(&acme(), r#"{"use_default": false, "sub_claim_prefix": "actor:ada"}"#), Form::Either);
        let server = Place { issuer: "https://git.example.com/_services/token".into(), ..acme() };
        assert_eq!(of(&server, r#"{"use_default": true}"#), Form::Names);
    }
}
