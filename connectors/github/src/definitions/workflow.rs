//! A workflow: software that runs with the repository's identity, holds the secrets that it names, and becomes the roles
//! that its steps ask clouds for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use whosekey_sdk::{
    Alias, EndRef, Entity, EntityId, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Location, Record,
};

use crate::place::Place;
use crate::repositories::{Repository, workflow_identity};
use crate::secrets::id_of;

/// Inputs that name what a step becomes, and the prefix of its alias.
const IDENTITIES: &[(&str, &str)] =
    &[("role-to-assume", ""), ("service_account", "gcp:serviceaccount/"), ("client-id", "entra:app/")];

#[derive(Debug, Deserialize)]
struct Workflow {
    name: Option<String>,
    permissions: Option<Permissions>,
    #[serde(default)]
    jobs: BTreeMap<String, Job>,
}

#[derive(Debug, Deserialize)]
struct Job {
    permissions: Option<Permissions>,
    environment: Option<Environment>,
    #[serde(default)]
    steps: Vec<Step>,
    secrets: Option<Secrets>,
}

#[derive(Debug, Deserialize)]
struct Step {
    #[serde(default)]
    with: Option<BTreeMap<String, Scalar>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Permissions {
    All(String),
    Each(BTreeMap<String, String>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Environment {
    Name(String),
    Named { name: String },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Secrets {
    Word(String),
    Each(#[expect(dead_code, reason = "its values are found as references")] BTreeMap<String, Scalar>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Other(serde::de::IgnoredAny),
}

/// Whether the file at this path is a workflow.
pub(crate) fn is_one(path: &str) -> bool {
    let name = path.strip_prefix(".github/workflows/");
    name.is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

/// What it says.
pub(crate) fn read(place: &Place, repository: &Repository, path: &str, text: &str) -> Result<Vec<Record>, Issue> {
    let workflow: Workflow = serde_saphyr::from_str(text).map_err(|_| {
        Issue::new(IssueKind::Parse, format!("{}/{path} is not a workflow that can be read", repository.full_name))
    })?;
    let id = EntityId::new(format!("github:workflow/{}/{path}", repository.id));
    let name = workflow.name.as_deref().unwrap_or(path);
    let mut entity =
        Entity::new(id.clone(), Kind::Workload, "github.workflow", format!("{} {name}", repository.full_name))
            .attribute("path", path)
            .attribute("oidc", workflow.may_ask_for_identity());
    // An archived repository runs nothing.
    entity.enabled = Fact::Known(!repository.archived);
    if workflow.jobs.values().any(|job| matches!(&job.secrets, Some(Secrets::Word(word)) if word == "inherit")) {
        entity = entity.attribute("passes_on_all_secrets", true);
    }
    let at = Location { path: format!("{}/{path}", repository.full_name), line: None, pointer: None };
    let link = |kind, to: EndRef, evidence, because: String| -> Record {
        Link::new(&id, kind, to, evidence, because).location(at.clone()).into()
    };
    let mut records = vec![
        entity.into(),
        link(LinkKind::PartOf, repository.end(), Evidence::Proven, "it stands in the repository".to_owned()),
        link(LinkKind::RunsAs, workflow_identity(repository).into(), Evidence::Proven, "a workflow of it".to_owned()),
    ];
    let environments = workflow.environments();
    for environment in &environments {
        let alias = Alias::new(format!("github:environment-name/{}/{environment}", repository.id));
        let because = format!("environment {environment} of a job");
        records.push(link(LinkKind::RunsAs, alias.into(), Evidence::Declared, because));
    }
    for (identity, input) in workflow.identities() {
        records.push(link(LinkKind::RunsAs, EndRef::from(identity), Evidence::Declared, format!("{input} of a step")));
    }
    for name in secrets_in(text) {
        let because = format!("secrets.{name}");
        let repositorys = id_of(&format!("repo/{}", repository.id), &name).into();
        let organisations = place.id.map(|id| id_of(&format!("org/{id}"), &name).into());
        let of_environments = environments.iter().map(|environment| {
            Alias::new(format!("github:environment-secret/{}/{environment}/{name}", repository.id)).into()
        });
        // Whichever of them exists; the name does not tell.
        for end in std::iter::once(repositorys).chain(organisations).chain(of_environments) {
            records.push(link(LinkKind::Holds, end, Evidence::Declared, because.clone()));
        }
    }
    Ok(records)
}

impl Workflow {
    /// Whether a job may ask for a token by which clouds know it.
    fn may_ask_for_identity(&self) -> bool {
        let may = |permissions: &Permissions| match permissions {
            Permissions::All(word) => word == "write-all",
            Permissions::Each(each) => each.get("id-token").is_some_and(|level| level == "write"),
        };
        let of_all = self.permissions.as_ref().is_some_and(may);
        self.jobs.values().any(|job| job.permissions.as_ref().map_or(of_all, may))
    }

    /// The environments that jobs name; an expression names none that can be told.
    fn environments(&self) -> BTreeSet<&str> {
        let named = self.jobs.values().filter_map(|job| match job.environment.as_ref()? {
            Environment::Name(name) | Environment::Named { name } => Some(name.as_str()),
        });
        named.filter(|name| !name.contains("${{")).collect()
    }

    /// What steps become, with the input that says so.
    fn identities(&self) -> BTreeMap<String, &'static str> {
        let steps = self.jobs.values().flat_map(|job| &job.steps).filter_map(|step| step.with.as_ref());
        let named = steps.flat_map(|with| {
            IDENTITIES.iter().filter_map(|(input, prefix)| match with.get(*input)? {
                Scalar::Text(text) if !text.contains("${{") => Some((format!("{prefix}{}", text.trim()), *input)),
                Scalar::Text(_) | Scalar::Other(_) => None,
            })
        });
        named.collect()
    }
}

/// The secrets that a text refers to, as GitHub calls them: in capitals. The token that every job gets is none.
fn secrets_in(text: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    for (at, word) in text.match_indices("secrets") {
        if text[..at].ends_with(is_of_name) {
            continue;
        }
        let rest = text[at + word.len()..].trim_start_matches(['.', '[', '\'', '"', ' ']);
        if rest.len() == text.len() - at - word.len() {
            continue;
        }
        let is_reference = matches!(text.as_bytes().get(at + word.len()), Some(b'.' | b'['));
        let name: String = rest.chars().take_while(|c| is_of_name(*c)).collect::<String>().to_ascii_uppercase();
        if is_reference && !name.is_empty() && name != "GITHUB_TOKEN" {
            found.insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOY: &str = "
name: deploy
on: push
permissions:
  id-token: write
jobs:
  ship:
    runs-on: ubuntu-latest
    environment:
      name: prod
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::000000000000:role/deploy
          role-duration-seconds: 900
          mask-aws-account-id: true
      - run: ./ship
        env:
          NPM: ${{ secrets.npm_token }}
          OTHER: ${{ secrets['OTHER_KEY'] }}
          OWN: ${{ secrets.GITHUB_TOKEN }}
";

    fn ends(kind: LinkKind, records: &[Record]) -> Vec<String> {
        let links = records.iter().filter_map(|record| match record {
            Record::Link(link) if link.kind == kind => Some(link.to.to_string()),
            _ => None,
        });
        links.collect()
    }

    #[test]
    fn a_workflow_holds_its_secrets_and_becomes_its_roles() {
        let repository: Repository = serde_json::from_str(r#"{"id":1,"full_name":"acme/app"}"#).unwrap();
        let place = crate::place::tests::acme();
        let records = read(&place, &repository, ".github/workflows/deploy.yml", DEPLOY).unwrap();
        assert_eq!(
            ends(LinkKind::RunsAs, &records),
            ["github:workflow-identity/1", "github:environment-name/1/prod", "arn:aws:iam::000000000000:role/deploy"]
        );
        assert_eq!(
            ends(LinkKind::Holds, &records),
            [
                "github:secret/repo/1/NPM_TOKEN",
                "github:secret/org/9/NPM_TOKEN",
                "github:environment-secret/1/prod/NPM_TOKEN",
                "github:secret/repo/1/OTHER_KEY",
                "github:secret/org/9/OTHER_KEY",
                "github:environment-secret/1/prod/OTHER_KEY",
            ]
        );
        let Record::Entity(entity) = &records[0] else { panic!() };
        assert_eq!(entity.attributes["oidc"], true);
    }

    #[test]
    fn what_only_looks_like_a_secret_is_none() {
        assert!(secrets_in("mysecrets.X secrets inherit secrets: inherit \"secrets\"").is_empty());
        assert!(secrets_in("${{ toJSON(secrets) }}").is_empty());
    }

    #[test]
    fn a_file_that_is_no_workflow_is_an_issue() {
        let repository: Repository = serde_json::from_str(r#"{"id":1,"full_name":"acme/app"}"#).unwrap();
        assert!(read(&crate::place::tests::acme(), &repository, "x", "jobs: [").is_err());
    }
}
