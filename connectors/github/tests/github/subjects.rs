//! Which subjects the tokens of a repository's workflows have, as far as GitHub tells.

use whosekey_github::SignIn;
use whosekey_parts::github::{Deny, Environment, Etags, GitHub, OidcSubject, Repository, World, id_of};
use whosekey_sdk::testkit::{Collected, Seen, observe};
use whosekey_sdk::{Connector as _, IssueKind, Kind, Outcome, Scope};

use crate::support::{APPS_TOKEN, connector, connector_of, scope, world};

const ISSUER: &str = "oidc:https://token.actions.githubusercontent.com#";
const OF_REPOSITORY: &str = "/repos/{owner}/{repo}/actions/oidc/customization/sub";
const OF_ORGANISATION: &str = "/orgs/{org}/actions/oidc/customization/sub";

fn keys(keys: &[&str]) -> OidcSubject {
    OidcSubject { claims: Some(keys.iter().map(ToString::to_string).collect()), immutable: false }
}

/// Repositories that each have another subject.
fn customised() -> World {
    let mut world = world();
    let with = |name: &str, oidc_subject| Repository { oidc_subject, ..Repository::new(name) };
    let acme = world.organisation("acme");
    acme.repositories = vec![
        with("plain", None),
        with("ids", Some(OidcSubject { claims: None, immutable: true })),
        with("number", Some(keys(&["repository_id", "context"]))),
        with("follower", Some(keys(&[]))),
        with("owners", Some(keys(&["repository_owner"]))),
        with("reused", Some(keys(&["job_workflow_ref"]))),
        Repository { archived: true, ..with("attic", None) },
    ];
    for repository in &mut acme.repositories {
        let id = id_of("environment", &repository.name);
        repository.environments = vec![Environment { id, ..Environment::new("eu:prod") }];
    }
    world
}

/// The subjects that an entity goes by in a scope.
fn subjects(seen: &Seen, id: &str) -> Vec<String> {
    let entity = seen.collected.entities().find(|entity| entity.id.as_str() == id);
    let aliases = entity.map(|entity| entity.aliases.clone()).unwrap_or_default();
    aliases.iter().filter_map(|alias| Some(alias.as_str().strip_prefix(ISSUER)?.to_owned())).collect()
}

fn workflows(name: &str) -> String {
    format!("github:workflow-identity/{}", id_of("repository", name))
}

fn with_ids(name: &str, rest: &str) -> String {
    format!("repo:acme@{}/{name}@{}:{rest}", id_of("organisation", "acme"), id_of("repository", name))
}

#[tokio::test]
async fn a_repository_claims_the_subjects_that_it_has() {
    let github = GitHub::start(customised()).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    assert!(seen.iter().all(|seen| seen.outcome == Outcome::Complete));
    let of = |name: &str| subjects(scope(&seen, "repositories"), &workflows(name));
    let number = id_of("repository", "number");
    assert_eq!(of("plain"), ["repo:acme/plain:*".to_owned(), with_ids("plain", "*")]);
    assert_eq!(of("ids"), [with_ids("ids", "*")]);
    assert_eq!(of("number"), [format!("repository_id:{number}:*"), with_ids("number", "*")]);
    assert_eq!(of("follower"), ["repo:acme/follower:*".to_owned(), with_ids("follower", "*")]);
    assert_eq!(of("owners"), [with_ids("owners", "*")]);
    assert_eq!(of("reused"), [with_ids("reused", "*")]);
    let told = scope(&seen, "oidc-subjects");
    let organisation = format!("github:organization/{}", id_of("organisation", "acme"));
    assert_eq!(subjects(told, &organisation), ["repository_owner:acme"]);
    let claims = told.collected.entities().filter(|entity| entity.kind == Kind::Identity);
    let claims: Vec<String> = claims.map(|entity| entity.attributes["oidc_claims"].to_string()).collect();
    assert_eq!(
        claims,
        [
            r#"["repo","context"]"#,
            r#"["repository_id","context"]"#,
            r#"["repo","context","job_workflow_ref"]"#,
            r#"["repository_owner"]"#,
            r#"["job_workflow_ref"]"#
        ]
    );
}

#[tokio::test]
async fn an_environment_goes_by_the_subject_that_its_repository_has() {
    let github = GitHub::start(customised()).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    let id = |name: &str| format!("github:environment/{}", id_of("environment", name));
    let of = |name: &str| subjects(scope(&seen, "environments"), &id(name));
    let prod = "environment:eu%3Aprod";
    assert_eq!(of("plain"), [format!("repo:acme/plain:{prod}"), with_ids("plain", prod)]);
    assert_eq!(of("ids"), [with_ids("ids", prod)]);
    let number = id_of("repository", "number");
    assert_eq!(of("number"), [format!("repository_id:{number}:{prod}"), with_ids("number", prod)]);
    assert_eq!(of("follower")[0], format!("repo:acme/follower:{prod}:job_workflow_ref:*"));
    assert_eq!(of("reused"), [with_ids("reused", prod)]);
}

#[tokio::test]
async fn what_is_refused_leaves_a_repository_every_form_and_says_so() {
    for route in [OF_REPOSITORY, "/repos/acme/ids/actions/oidc/customization/sub"] {
        let mut world = customised();
        world.deny(route, Deny::NotFound);
        let github = GitHub::start(world).unwrap();
        let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
        let repositories = scope(&seen, "repositories");
        assert_eq!(repositories.outcome, Outcome::Complete, "that they are there is known");
        assert_eq!(subjects(repositories, &workflows("ids")), ["repo:acme/ids:*".to_owned(), with_ids("ids", "*")]);
        let told = scope(&seen, "oidc-subjects");
        assert_ne!(told.outcome, Outcome::Complete);
        assert!(told.has_issue(IssueKind::Permission, "customization/sub"), "{:?}", told.issues);
    }
}

#[tokio::test]
async fn an_organisations_template_that_is_refused_is_not_taken_for_the_usual_one() {
    let mut world = customised();
    world.organisation("acme").oidc_subject = keys(&["repository_id"]);
    world.deny(OF_ORGANISATION, Deny::NotFound);
    let github = GitHub::start(world).unwrap();
    let (seen, _) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    assert_eq!(scope(&seen, "oidc-subjects").outcome, Outcome::Partial);
    let told = scope(&seen, "oidc-subjects").collected.entities();
    assert_eq!(told.filter(|entity| entity.id.as_str() == workflows("follower")).count(), 0);
}

#[tokio::test]
async fn what_is_left_out_is_not_asked() {
    let github = GitHub::start(customised()).unwrap();
    let sign_in = SignIn::Token(whosekey_sdk::Secret::new(APPS_TOKEN.to_owned()));
    let (seen, _) = observe(&connector_of(&github.url(), &["acme"], &sign_in, &["oidc-subjects"])).await.unwrap();
    let ids = subjects(scope(&seen, "repositories"), &workflows("ids"));
    assert_eq!(ids, ["repo:acme/ids:*".to_owned(), with_ids("ids", "*")]);
    assert_eq!(github.count_of(OF_REPOSITORY), 0);
}

#[tokio::test]
async fn each_live_repository_is_asked_once_and_costs_nothing_while_it_says_the_same() {
    let mut world = customised();
    world.etags = Etags::OfBody;
    let github = GitHub::start(world).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    observe(&connector).await.unwrap();
    assert_eq!((github.count_of(OF_REPOSITORY), github.count_of(OF_ORGANISATION)), (6, 1), "not the archived one");
    let collect = async |memory| {
        let (_scopes, _complete) = connector.scopes(&mut Collected::default()).await.unwrap();
        github.forget();
        let mut out = Collected::default();
        out.memory = memory;
        let _complete = connector.collect(&Scope::new("acme/oidc-subjects"), &mut out).await.unwrap();
        out.memory
    };
    let memory = collect(None).await;
    assert_eq!(github.count_of(OF_REPOSITORY), 6);
    collect(memory).await;
    assert_eq!((github.count_of(OF_REPOSITORY), github.cost()), (6, 0));
}

#[tokio::test]
async fn an_enterprise_server_tells_names_alone() {
    let github = GitHub::start(customised()).unwrap();
    let (seen, _) = observe(&connector(&github.enterprise_server_url(), &["acme"], APPS_TOKEN)).await.unwrap();
    let all = format!("{:?}", scope(&seen, "repositories").collected.records);
    assert!(all.contains("/_services/token#repo:acme/ids:*") && !all.contains("acme@"), "{all}");
}
