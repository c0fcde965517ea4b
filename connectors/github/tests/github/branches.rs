//! The workflows of other branches than the default one.

use whosekey_github::GitHub as Connector;
use whosekey_parts::github::{Deny, GitHub, Repository, World, id_of};
use whosekey_sdk::testkit::{Collected, Seen, observe_scope};
use whosekey_sdk::{Connector as _, Kind, Link, LinkKind, Outcome, Scope};

use crate::support::{APPS_TOKEN, connector, ends, world};

const CI: &str = ".github/workflows/ci.yml";

fn using(secret: &str) -> String {
    format!("jobs: {{ a: {{ steps: [ {{ run: '${{{{ secrets.{secret} }}}}' }} ] }} }}")
}

/// The world with this repository alone.
fn with(repository: Repository) -> World {
    let mut world = world();
    world.organisation("acme").repositories = vec![repository];
    world
}

async fn definitions(github: &GitHub) -> Seen {
    observe_scope(&connector(&github.url(), &["acme"], APPS_TOKEN), Scope::new("acme/definitions")).await
}

fn workflow(path: &str) -> String {
    format!("github:workflow/{}/{path}", id_of("repository", "app"))
}

fn secret(name: &str) -> String {
    format!("github:secret/repo/{}/{name}", id_of("repository", "app"))
}

fn because(seen: &Seen, to: &str) -> Vec<String> {
    let links = seen.collected.links().filter(|link: &&Link| link.to.as_str() == to && link.kind == LinkKind::Holds);
    links.map(|link| link.because.clone()).collect()
}

#[tokio::test]
async fn a_workflow_holds_what_it_refers_to_in_any_branch() {
    let app = Repository::new("app")
        .file(CI, using("BUILD"))
        .branch("next", &[(CI, &using("SIGN"))])
        .branch("old", &[(CI, &using("BUILD")), (".github/workflows/ship.yml", &using("SHIP"))])
        .branch("pages", &[("index.html", "x")]);
    let github = GitHub::start(with(app)).unwrap();
    let seen = definitions(&github).await;
    assert_eq!(seen.outcome, Outcome::Complete, "{:?}", seen.issues);
    for (name, said) in
        [("BUILD", "secrets.BUILD"), ("SIGN", "secrets.SIGN (branch next)"), ("SHIP", "secrets.SHIP (branch old)")]
    {
        assert_eq!(because(&seen, &secret(name)), [said], "once");
    }
    let workflows = seen.collected.entities().filter(|entity| entity.kind == Kind::Workload);
    let ids: Vec<String> = workflows.map(|entity| entity.id.to_string()).collect();
    assert_eq!(ids, [workflow(CI), workflow(".github/workflows/ship.yml")], "each is one, whatever its branches");
    assert_eq!(ends(&seen, &workflow(".github/workflows/ship.yml"), LinkKind::PartOf).len(), 1);
}

#[tokio::test]
async fn an_archived_repository_runs_nothing_of_any_branch() {
    let app =
        Repository { archived: true, ..Repository::new("app").file(CI, using("A")).branch("b", &[(CI, &using("B"))]) };
    let github = GitHub::start(with(app)).unwrap();
    let seen = definitions(&github).await;
    assert!(because(&seen, &secret("B")).is_empty());
    assert_eq!(seen.outcome, Outcome::Complete);
}

#[tokio::test]
async fn branches_are_listed_to_their_end_and_what_is_not_read_may_use_anything() {
    let mut app = Repository::new("app").file(CI, using("BUILD"));
    for n in 0..250 {
        app = app.branch(&format!("topic-{n:03}"), &[(CI, &using(&format!("KEY_{}", n % 100)))]);
    }
    let github = GitHub::start(with(app)).unwrap();
    let seen = definitions(&github).await;
    assert_eq!(because(&seen, &secret("KEY_0")), ["secrets.KEY_0 (branch topic-000)"]);
    assert_eq!(because(&seen, &secret("KEY_99")), ["secrets.KEY_99 (branch topic-099)"]);
    assert!(because(&seen, &secret("*")).is_empty(), "all is read");

    github.change(|world| {
        let app = world.repository("acme/app");
        for n in 0..260 {
            *app = app.clone().branch(&format!("more-{n:03}"), &[(CI, &using("BUILD"))]);
        }
    });
    let seen = definitions(&github).await;
    assert_eq!(because(&seen, &secret("*")), ["acme/app: it has more than 500 branches"]);
    assert_eq!(seen.outcome, Outcome::Complete, "of the others all is known");
}

#[tokio::test]
async fn a_branchs_workflow_that_cannot_be_read_may_use_anything() {
    let app = Repository::new("app").file(CI, using("BUILD")).branch("draft", &[(CI, "jobs: [")]);
    let github = GitHub::start(with(app)).unwrap();
    let seen = definitions(&github).await;
    let said = format!("acme/app: {CI} of its branch draft cannot be read");
    assert_eq!(because(&seen, &secret("*")), [said.as_str()]);
    let environments = format!("github:environment-secret/{}/*", id_of("repository", "app"));
    assert_eq!(because(&seen, &environments), [said]);
}

/// A scan of `definitions` that is told what the one before left.
async fn again(connector: &Connector, memory: Option<Vec<u8>>) -> Collected {
    let mut out = Collected::default();
    out.memory = memory;
    let _complete = connector.collect(&Scope::new("acme/definitions"), &mut out).await.unwrap();
    assert!(out.issues.is_empty(), "{:?}", out.issues);
    out
}

#[tokio::test]
async fn a_push_to_a_branch_is_seen_and_costs_no_file_of_the_default_one() {
    let app = Repository::new("app").file(CI, using("BUILD")).branch("next", &[(CI, &using("SIGN"))]);
    let github = GitHub::start(with(app)).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    let first = again(&connector, None).await;
    github.forget();
    let second = again(&connector, first.memory.clone()).await;
    assert_eq!(format!("{:?}", first.records), format!("{:?}", second.records));
    assert_eq!(github.count_of("/graphql"), 0, "nobody pushed");
    github.change(|world| {
        let app = world.repository("acme/app");
        app.branches[0].files.insert(CI.into(), using("PUBLISH").into_bytes());
        app.pushed_at = Some("2026-11-27T08:00:00Z".into());
    });
    github.forget();
    let third = again(&connector, second.memory).await;
    let said = format!("{:?}", third.records);
    assert!(said.contains("secrets.BUILD") && said.contains("secrets.PUBLISH (branch next)"), "{said}");
    assert!(!said.contains("SIGN"), "no branch refers to it any more");
    assert_eq!(github.count_of("/graphql"), 3, "the branches, their folders, one file");
    github.change(|world| {
        let app = world.repository("acme/app");
        app.branches.clear();
        app.pushed_at = Some("2026-11-27T08:30:00Z".into());
    });
    let fourth = again(&connector, third.memory).await;
    assert!(!format!("{:?}", fourth.records).contains("PUBLISH"), "its branch is gone");
}

#[tokio::test]
async fn a_query_that_is_refused_leaves_the_scope_incomplete_and_is_asked_again() {
    let app = Repository::new("app").file(CI, using("BUILD")).branch("next", &[(CI, &using("SIGN"))]);
    let github = GitHub::start(with(app)).unwrap();
    // The files of the default branch, the branches, their folders, their files.
    for n in 1..=4 {
        github.change(|world| world.deny_nth("/graphql", n, Deny::NotAccessible));
        let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
        let mut out = Collected::default();
        let refused = connector.collect(&Scope::new("acme/definitions"), &mut out).await;
        assert!(refused.is_err() || !out.issues.is_empty(), "query {n}");
        github.change(World::allow_everything);
        let after = again(&connector, out.memory).await;
        assert!(format!("{:?}", after.records).contains("secrets.SIGN (branch next)"), "query {n}");
    }
}
