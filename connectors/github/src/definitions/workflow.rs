//! A workflow: software that runs with the repository's identity, holds the secrets that it names, and becomes the roles
//! that its steps ask clouds for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use whosekey_definitions::{has_secret, identity_of_input, is_identity_input, shown};
use whosekey_sdk::{EndRef, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, Location, Record};

use super::expressions::{Referred, secrets_in};
use crate::place::Place;
use crate::repositories::{Repository, workflow_identity};
use crate::secrets::id_of;

#[derive(Debug, Default, Deserialize)]
struct Workflow {
    name: Option<String>,
    permissions: Option<Permissions>,
    #[serde(default)]
    jobs: BTreeMap<String, Job>,
    /// Nothing of it is known but its text.
    #[serde(skip)]
    is_unreadable: bool,
}

#[derive(Debug, Deserialize)]
struct Job {
    permissions: Option<Permissions>,
    environment: Option<Environment>,
    #[serde(default)]
    steps: Vec<Step>,
    /// The workflow that it calls.
    uses: Option<String>,
    secrets: Option<Secrets>,
}

#[derive(Debug, Deserialize)]
struct Step {
    /// The action that it runs.
    uses: Option<String>,
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

/// What a program says that takes an identity by the workflow's token itself.
const PROGRAMS: &[&str] = &["assume-role-with-web-identity", "ACTIONS_ID_TOKEN_REQUEST"];

/// Where workflows stand.
pub(crate) const FOLDER: &str = ".github/workflows";

/// Whether the file at this path is a workflow.
pub(crate) fn is_one(path: &str) -> bool {
    let name = path.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

/// All secrets that any workflow of a repository may get, as ends of links.
pub(crate) fn all_secrets(place: &Place, repository: &Repository) -> Vec<EndRef> {
    let mut all = repositorys_secrets(repository);
    all.extend(place.id.map(|id| id_of(&format!("org/{id}"), "*").into()));
    all
}

/// Those of the repository itself.
pub(crate) fn repositorys_secrets(repository: &Repository) -> Vec<EndRef> {
    vec![id_of(&format!("repo/{}", repository.id), "*").into(), repository.environment_secrets().into()]
}

/// What it says; with the name of its branch, when that is not the default one.
///
/// One that is none is a workload all the same, with the secrets that its text names: GitHub does not run it as it is, but
/// may read more than we do.
pub(crate) fn read(
    place: &Place,
    repository: &Repository,
    path: &str,
    text: &str,
    branch: Option<&str>,
) -> Vec<Record> {
    let workflow: Workflow =
        serde_saphyr::from_str(text).unwrap_or_else(|_| Workflow { is_unreadable: true, ..Workflow::default() });
    let id = EntityId::new(format!("github:workflow/{}/{path}", repository.id));
    let name = workflow.name.as_deref().map_or(path, shown);
    let branch = branch.map(shown);
    let mut entity =
        Entity::new(id.clone(), Kind::Workload, "github.workflow", format!("{} {name}", repository.full_name))
            .attribute("path", path)
            .attribute("oidc", workflow.may_ask_for_identity());
    // Where workflows run, this one may be switched off all the same, by somebody or for want of activity: nobody asked.
    entity.enabled = if repository.runs_workflows() { Fact::NotExposed } else { Fact::Known(false) };
    if workflow.passes_on_all_secrets(text) {
        entity = entity.attribute("passes_on_all_secrets", true);
    }
    if workflow.may_take_what_it_does_not_name(&place.login, text) {
        entity = entity.attribute("runs_as", "unnamed");
    }
    if workflow.is_unreadable {
        entity = entity.attribute("unreadable", true);
    }
    if let Some(branch) = branch {
        entity = entity.attribute("branch", branch);
    }
    let at = Location { path: format!("{}/{path}", repository.full_name), line: None, pointer: None };
    let in_branch = branch.map_or_else(String::new, |branch| format!(" (branch {branch})"));
    let link = |kind, to: EndRef, evidence, because: String| -> Record {
        Link::new(&id, kind, to, evidence, because + &in_branch).location(at.clone()).into()
    };
    let mut records = vec![
        entity.into(),
        link(LinkKind::PartOf, repository.end(), Evidence::Proven, "it stands in the repository".to_owned()),
        link(LinkKind::RunsAs, workflow_identity(repository).into(), Evidence::Proven, "a workflow of it".to_owned()),
    ];
    let environments = workflow.environments();
    for environment in &environments {
        let alias = repository.environment_name(environment);
        let because = format!("environment {environment} of a job");
        records.push(link(LinkKind::RunsAs, alias.into(), Evidence::Declared, because));
    }
    for (identity, input) in workflow.identities() {
        records.push(link(LinkKind::RunsAs, EndRef::from(identity), Evidence::Declared, format!("{input} of a step")));
    }
    for (end, because) in workflow.secrets(place, repository, text) {
        records.push(link(LinkKind::Holds, end, Evidence::Declared, because));
    }
    records
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

    fn passes_on_all_secrets(&self, text: &str) -> bool {
        let inherits = |job: &Job| matches!(&job.secrets, Some(Secrets::Word(word)) if word == "inherit");
        self.jobs.values().any(inherits) || (self.is_unreadable && text.contains("inherit"))
    }

    /// The secrets that it may get, and why. Whichever of them exist: a name does not tell whose it is.
    fn secrets(&self, place: &Place, repository: &Repository, text: &str) -> Vec<(EndRef, String)> {
        let Referred { names, any } = secrets_in(text);
        let mut found: Vec<(EndRef, String)> = Vec::new();
        let mut add = |end: EndRef, because: &str| found.push((end, because.to_owned()));
        let of_repository = |name: &str| EndRef::from(id_of(&format!("repo/{}", repository.id), name));
        let of_organisation = |name: &str| Some(EndRef::from(id_of(&format!("org/{}", place.id?), name)));
        for name in &names {
            let because = format!("secrets.{name}");
            add(of_repository(name), &because);
            of_organisation(name).into_iter().for_each(|end| add(end, &because));
            let unknown = self.is_unreadable.then_some("*");
            for environment in self.all_environments().into_iter().chain(unknown) {
                let environment = if is_told(environment) { environment } else { "*" };
                add(repository.environment_secret(environment, name).into(), &because);
            }
        }
        let all =
            if self.passes_on_all_secrets(text) { Some("secrets: inherit") } else { any.then_some("all secrets") };
        if let Some(because) = all {
            all_secrets(place, repository).into_iter().for_each(|end| add(end, because));
        } else if let Some(called) = self.called_elsewhere() {
            // Its jobs may stand in an environment of this repository.
            add(repository.environment_secrets().into(), &format!("a job that calls {}", shown(called)));
        }
        found
    }

    /// A workflow of another repository that a job calls.
    fn called_elsewhere(&self) -> Option<&str> {
        self.jobs.values().filter_map(|job| job.uses.as_deref()).find(|called| !called.starts_with("./"))
    }

    /// The environments that jobs name and that can be told.
    fn environments(&self) -> BTreeSet<&str> {
        self.all_environments().into_iter().filter(|name| is_told(name)).collect()
    }

    /// The same with those that cannot.
    fn all_environments(&self) -> BTreeSet<&str> {
        let named = self.jobs.values().filter_map(|job| match job.environment.as_ref()? {
            Environment::Name(name) | Environment::Named { name } => Some(name.as_str()),
        });
        named.collect()
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.jobs.values().flat_map(|job| &job.steps)
    }

    /// Whether it may become an identity of a cloud that it does not name: by an expression, an action of this organisation or
    /// a workflow that it calls, or by a program. One that others call may ask for a token where they may.
    fn may_take_what_it_does_not_name(&self, login: &str, text: &str) -> bool {
        if self.is_unreadable {
            return text.contains("id-token") || text.contains("write-all");
        }
        let is_own = |action: &str| {
            let owner = action.split('/').next().unwrap_or_default();
            owner == "." || owner.eq_ignore_ascii_case(login)
        };
        let is_untold = |(input, value): (&String, &Scalar)| {
            let text = if let Scalar::Text(text) = value { text } else { "" };
            is_identity_input(input) && identity_of_input(input, text).is_none()
        };
        let hands_it_on =
            |step: &Step| step.uses.as_deref().is_some_and(is_own) || step.with.iter().flatten().any(is_untold);
        let is_called = text.contains("workflow_call") && self.permissions.is_none();
        let is_handed = self.jobs.values().any(|job| job.uses.is_some()) || self.steps().any(hands_it_on);
        let by_program = PROGRAMS.iter().any(|words| text.contains(words));
        let may_ask = self.may_ask_for_identity();
        (may_ask && self.identities().is_empty()) || ((may_ask || is_called) && (is_handed || by_program))
    }

    /// What steps become, with the input that says so.
    fn identities(&self) -> BTreeMap<String, &str> {
        let steps = self.steps().filter_map(|step| step.with.as_ref());
        let named = steps.flatten().filter_map(|(input, value)| match value {
            Scalar::Text(text) => Some((identity_of_input(input, text)?, &**input)),
            Scalar::Other(_) => None,
        });
        named.collect()
    }
}

/// Whether a text is itself a name, and no expression that makes one; one with a secret in it is never told.
fn is_told(name: &str) -> bool {
    !name.contains("${{") && !has_secret(name)
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
        let records = read(&place, &repository, ".github/workflows/deploy.yml", DEPLOY, None);
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
        assert_eq!(entity.enabled, Fact::NotExposed);
        let archived = Repository { archived: true, ..repository };
        let records = read(&place, &archived, ".github/workflows/deploy.yml", DEPLOY, None);
        let Record::Entity(entity) = &records[0] else { panic!() };
        assert_eq!(entity.enabled, Fact::Known(false), "nothing runs there");
    }

    #[test]
    fn a_secret_that_stands_for_a_name_is_not_told() {
        let token = format!("ghp_{}", "16C7e42F292c6912E7710c838347Ae178B4a");
        let text = format!(
            "name: with {token}\njobs:\n  a:\n    environment: '{token}'\n    uses: acme/x/.github/workflows/{token}.yml@v1\n    \
             steps: [ {{ env: {{ D: '${{{{ secrets.DB }}}}' }}, with: {{ role-to-assume: '{token}', service_account: '{token}@x.example', client-id: '{token}' }} }} ]\n"
        );
        let repository: Repository = serde_json::from_str(r#"{"id":1,"full_name":"acme/app"}"#).unwrap();
        let records = read(&crate::place::tests::acme(), &repository, "x", &text, Some(&token));
        assert!(!format!("{records:?}").contains(&token), "{records:?}");
        let holds = ends(LinkKind::Holds, &records);
        assert!(holds.contains(&"github:environment-secret/1/*/DB".to_owned()), "{holds:?}");
        assert!(holds.contains(&"github:environment-secret/1/*".to_owned()), "of what it calls: {holds:?}");
    }

    fn holds(text: &str) -> Vec<String> {
        let repository: Repository = serde_json::from_str(r#"{"id":1,"full_name":"acme/app"}"#).unwrap();
        ends(LinkKind::Holds, &read(&crate::place::tests::acme(), &repository, "x", text, None))
    }

    #[test]
    fn a_workflow_that_may_take_any_secret_holds_them_by_a_pattern() {
        let every = ["github:secret/repo/1/*", "github:environment-secret/1/*", "github:secret/org/9/*"];
        assert_eq!(holds("jobs: { a: { uses: ./.github/workflows/b.yml, secrets: inherit } }"), every);
        assert_eq!(holds("jobs: { a: { steps: [ { env: { ALL: '${{ toJSON(secrets) }}' } } ] } }"), every);
        assert_eq!(holds("jobs: { a: { steps: [ { run: 'find secrets' } ] } }"), [""; 0]);
    }

    #[test]
    fn a_called_workflow_of_elsewhere_may_take_an_environments_secrets() {
        let environments = ["github:environment-secret/1/*"];
        assert_eq!(holds("jobs: { a: { uses: acme/ci/.github/workflows/b.yml@v1 } }"), environments);
        assert_eq!(holds("jobs: { a: { uses: ./.github/workflows/b.yml } }"), [""; 0], "it is read itself");
    }

    #[test]
    fn a_workflow_that_is_handed_its_role_says_that_it_names_none() {
        let unnamed = |permissions: &str, job: &str| {
            let repository: Repository = serde_json::from_str(r#"{"id":1,"full_name":"acme/app"}"#).unwrap();
            let text = format!("permissions: {permissions}\njobs: {{ a: {{ {job} }} }}");
            let records = read(&crate::place::tests::acme(), &repository, "x", &text, None);
            let Record::Entity(entity) = &records[0] else { panic!() };
            entity.attributes.get("runs_as").is_some_and(|value| value == "unnamed")
        };
        let may = "{ id-token: write }";
        assert!(unnamed("{ contents: read }", "broken: [ id-token"), "it cannot be read");
        let named = "uses: aws-actions/configure-aws-credentials@v4, with: { role-to-assume: 'arn:aws:iam::1:role/a' }";
        assert!(!unnamed(may, &format!("steps: [ {{ uses: actions/checkout@v4 }}, {{ {named} }} ]")));
        assert!(!unnamed("{ contents: read }", "steps: [ { run: x } ]"));
        for job in [
            "steps: [ { run: ./deploy } ]".to_owned(),
            "uses: other/ci/.github/workflows/deploy.yml@v1".to_owned(),
            format!("steps: [ {{ {named} }}, {{ uses: ./.github/actions/deploy }} ]"),
            format!("steps: [ {{ {named} }} ] }}, b: {{ uses: ./.github/workflows/x.yml"),
            format!("steps: [ {{ {named} }}, {{ run: aws sts assume-role-with-web-identity }} ]"),
            format!("steps: [ {{ {named} }}, {{ uses: Acme/deploy@v1 }} ]"),
            format!("steps: [ {{ {named} }}, {{ uses: x/y@v1, with: {{ role-to-assume: '${{{{ vars.ROLE }}}}' }} }} ]"),
        ] {
            assert!(unnamed(may, &job), "{job}");
        }
    }

    #[test]
    fn an_environment_is_the_one_of_its_name_in_any_case_and_may_be_any() {
        let step = "steps: [ { run: x, env: { D: '${{ secrets.DB }}' } } ]";
        let of = |environment: &str| holds(&format!("jobs: {{ a: {{ environment: {environment}, {step} }} }}"));
        assert_eq!(of("Prod")[2], "github:environment-secret/1/prod/DB");
        assert_eq!(of("'${{ inputs.stage }}'")[2], "github:environment-secret/1/*/DB");
    }

    #[test]
    fn a_file_that_is_no_workflow_uses_what_its_text_names() {
        assert_eq!(
            holds("jobs: [ run: '${{ secrets.DB }}'"),
            ["github:secret/repo/1/DB", "github:secret/org/9/DB", "github:environment-secret/1/*/DB"]
        );
        assert_eq!(holds("jobs: [ secrets: inherit").len(), 3, "all of them");
        assert_eq!(holds("jobs: ["), [""; 0]);
    }
}
