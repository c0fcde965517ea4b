//! The workflows of other branches than the default one.

use whosekey_github::GitHub as Connector;
use whosekey_parts::github::{Deny, GitHub, Repository, Ruleset, World, id_of};
use whosekey_parts::proxy::{Proxy, Then, When};
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
    seen_at(&github.url()).await
}

async fn seen_at(url: &str) -> Seen {
    let connector = connector(url, &["acme"], APPS_TOKEN);
    let _scopes = connector.scopes(&mut Collected::default()).await.unwrap();
    observe_scope(&connector, Scope::new("acme/definitions")).await
}

fn workflow(path: &str) -> String {
    format!("github:workflow/{}/{path}", id_of("repository", "app"))
}

fn secret(name: &str) -> String {
    format!("github:secret/repo/{}/{name}", id_of("repository", "app"))
}

fn because(seen: &Seen, to: &str) -> Vec<String> {
    reasons(&seen.collected, to)
}

fn reasons(seen: &Collected, to: &str) -> Vec<String> {
    let links = seen.links().filter(|link: &&Link| link.to.as_str() == to && link.kind == LinkKind::Holds);
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
        let more = Repository::new("app").branch("more", &[(CI, &using("BUILD"))]).branches.remove(0);
        let named = |n: usize| Repository { default_branch: format!("more-{n:04}"), ..more.clone() };
        app.branches.extend((0..1800).map(named));
    });
    let seen = definitions(&github).await;
    assert_eq!(because(&seen, &secret("*")), ["acme/app: it has more than 2000 branches"]);
    assert_eq!(seen.outcome, Outcome::Complete, "of the others all is known");
}

#[tokio::test]
async fn a_workflow_that_cannot_be_read_uses_what_it_names_in_any_branch() {
    let broken = "jobs: [ '${{ secrets.DRAFT }}'";
    let app = Repository::new("app").file(CI, broken).branch("draft", &[(CI, "jobs: { '${{ secrets.OTHER }}'")]);
    let github = GitHub::start(with(app)).unwrap();
    let seen = definitions(&github).await;
    assert_eq!(because(&seen, &secret("DRAFT")), ["secrets.DRAFT"]);
    assert_eq!(because(&seen, &secret("OTHER")), ["secrets.OTHER (branch draft)"]);
    assert!(because(&seen, &secret("*")).is_empty());
    assert_eq!(seen.outcome, Outcome::Complete, "one broken file does not hide the others");
}

/// A scan of `definitions` that is told what the one before left.
async fn again(connector: &Connector, memory: Option<Vec<u8>>) -> Collected {
    let mut out = Collected::default();
    out.memory = memory;
    let _scopes = connector.scopes(&mut Collected::default()).await.unwrap();
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
    assert_eq!(github.count_of("/graphql"), 1, "nobody pushed, but rulesets may have changed");
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
    assert_eq!(github.count_of("/graphql"), 4, "rulesets, the branches, their folders, one file");
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
    // Rulesets, the files of the default branch, the branches, their folders, their files.
    for n in 1..=5 {
        github.change(|world| world.deny_nth("/graphql", n, Deny::NotAccessible));
        let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
        let mut out = Collected::default();
        let _scopes = connector.scopes(&mut Collected::default()).await.unwrap();
        let refused = connector.collect(&Scope::new("acme/definitions"), &mut out).await;
        assert!(refused.is_err() || !out.issues.is_empty(), "query {n}");
        github.change(World::allow_everything);
        let after = again(&connector, out.memory).await;
        assert!(format!("{:?}", after.records).contains("secrets.SIGN (branch next)"), "query {n}");
    }
}

#[tokio::test]
async fn a_workflow_that_a_ruleset_requires_may_use_the_secrets_of_the_repository_in_which_it_runs() {
    let elsewhere = Ruleset::requiring(77, ".github/workflows/scan.yml");
    let off = Ruleset { enforcement: "DISABLED", ..Ruleset::requiring(77, ".github/workflows/off.yml") };
    let tried = Ruleset { enforcement: "EVALUATE", ..Ruleset::requiring(77, ".github/workflows/tried.yml") };
    let mut app = Repository::new("app").file(CI, using("BUILD"));
    let archived = Ruleset::requiring(id_of("repository", "attic"), CI);
    app.rulesets = vec![Ruleset::requiring(id_of("repository", "ci"), CI), elsewhere, off, tried, archived];
    let mut world = with(app);
    let attic = Repository { archived: true, ..Repository::new("attic").file(CI, using("Y")) };
    world.organisation("acme").repositories.extend([Repository::new("ci").file(CI, using("X")), attic]);
    let organisation = world.organisation("acme").id;
    let github = GitHub::start(world).unwrap();
    let seen = definitions(&github).await;
    assert_eq!(seen.outcome, Outcome::Complete, "{:?}", seen.issues);
    let environments = format!("github:environment-secret/{}/*", id_of("repository", "app"));
    let of_organisation = format!("github:secret/org/{organisation}/*");
    let own = format!("github:workflow/{}/{CI}", id_of("repository", "ci"));
    let holds = ends(&seen, &own, LinkKind::Holds);
    assert!(holds.contains(&secret("*")) && holds.contains(&environments), "{holds:?}");
    assert!(!holds.contains(&of_organisation), "what it names of those is read in its own repository");
    let required = |name: &str| ends(&seen, &format!("github:required-workflow/{name}"), LinkKind::Holds);
    let anything = [secret("*"), environments, of_organisation];
    for name in ["77/.github/workflows/scan.yml", "77/.github/workflows/tried.yml"] {
        assert_eq!(required(name), anything, "{name}");
    }
    let attic = format!("{}/{CI}", id_of("repository", "attic"));
    assert_eq!(required(&attic), anything, "its own workflow does not run, which says nothing of this one");
    assert!(required("77/.github/workflows/off.yml").is_empty());
    assert_eq!(because(&seen, &secret("*"))[0], format!("a ruleset requires {CI} in acme/app"));
}

#[tokio::test]
async fn a_ruleset_that_comes_without_a_push_is_seen_and_so_is_that_it_goes() {
    let github = GitHub::start(with(Repository::new("app").file(CI, using("BUILD")))).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    let first = again(&connector, None).await;
    assert!(reasons(&first, &secret("*")).is_empty());
    github.change(|world| {
        world.repository("acme/app").rulesets = vec![Ruleset::requiring(77, CI)];
    });
    let second = again(&connector, first.memory).await;
    assert_eq!(reasons(&second, &secret("*")), [format!("a ruleset requires {CI} in acme/app")]);
    github.change(|world| world.repository("acme/app").rulesets.clear());
    let third = again(&connector, second.memory).await;
    assert!(reasons(&third, &secret("*")).is_empty());
}

#[tokio::test]
async fn a_ruleset_whose_rules_are_not_shown_may_require_anything() {
    let mut app = Repository::new("app").file(CI, using("BUILD"));
    app.rulesets = vec![Ruleset::requiring(77, CI)];
    let github = GitHub::start(with(app)).unwrap();
    let refused = r#"{"data": {"nodes": [null]}, "errors": [{"type": "NOT_FOUND", "path": ["nodes", 0], "message": "Could not resolve to a node with the global id of 'RRS_1'"}]}"#;
    let proxy = Proxy::before(&github.url())
        .rule(When::path("/graphql").nth(2), Then::answer(200, &[], refused))
        .start()
        .unwrap();
    let seen = seen_at(&proxy.url()).await;
    assert_eq!(because(&seen, &secret("*")), ["acme/app: what workflows its rulesets require is not shown"]);
}

#[tokio::test]
async fn where_rulesets_are_not_all_shown_what_they_require_may_use_anything() {
    let mut app = Repository::new("app").file(CI, using("BUILD"));
    app.rulesets = vec![Ruleset { enforcement: "DISABLED", ..Ruleset::requiring(77, CI) }; 101];
    let github = GitHub::start(with(app)).unwrap();
    let seen = definitions(&github).await;
    assert_eq!(because(&seen, &secret("*")), ["acme/app: what workflows its rulesets require is not shown"]);

    let refused = r#"{"data": {"r1": {"rulesets": null}},
        "errors": [{"type": "FORBIDDEN", "path": ["r1", "rulesets"], "message": "Resource not accessible by integration"}]}"#;
    github.change(|world| world.organisation("acme").repositories[0].id = 1);
    let proxy = Proxy::before(&github.url())
        .rule(When::path("/graphql").nth(1), Then::answer(200, &[], refused))
        .start()
        .unwrap();
    let seen = seen_at(&proxy.url()).await;
    assert_eq!(seen.outcome, Outcome::Complete, "what is lacking is said of the one repository: {:?}", seen.issues);
    assert_eq!(
        because(&seen, "github:secret/repo/1/*"),
        ["acme/app: what workflows its rulesets require is not shown"]
    );
}

#[tokio::test]
async fn of_an_organisation_that_is_not_seen_no_workflow_is_told() {
    let github = GitHub::start(with(Repository::new("app").file(CI, using("BUILD")))).unwrap();
    github.change(|world| world.deny("/orgs/{org}", Deny::NotFound));
    let seen = definitions(&github).await;
    assert_eq!(seen.outcome, Outcome::Failed, "the organisation's secrets have no id, and are not unused for that");
}
