//! A look at whether the scopes can be listed, as `whosekey check` takes it.

use std::collections::BTreeMap;

use whosekey_github::GitHub as Connector;
use whosekey_parts::github::{Deny, GitHub, OidcSubject, Repository, Team, World};
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{CollectError, Connector as _, Issue, IssueKind};

use crate::costs::thousand;
use crate::faults::LISTINGS;
use crate::support::{APPS_TOKEN, OWNERS_TOKEN, connector, world};

/// What each kind of scope lacks.
async fn probe(connector: &Connector) -> BTreeMap<String, Vec<Issue>> {
    let (scopes, _complete) = connector.scopes(&mut Collected::probing()).await.unwrap();
    let mut all = BTreeMap::new();
    for scope in scopes {
        let mut out = Collected::probing();
        let ended = connector.collect(&scope, &mut out).await;
        let mut issues = std::mem::take(&mut out.issues);
        match ended {
            Ok(_complete) => panic!("{} was seen in part and is called complete", scope.name),
            Err(CollectError::Stopped) => {}
            Err(CollectError::Issue(issue) | CollectError::Broken(issue)) => issues.push(issue),
        }
        all.insert(scope.name.rsplit('/').next().unwrap().to_owned(), issues);
    }
    all
}

/// The world in which what is asked last has something that can be asked for.
fn worked_in() -> World {
    let mut world = world();
    let shop = world.repository("acme/shop");
    shop.pushed_at = Some("2026-11-27T08:00:00Z".into());
    shop.oidc_subject = Some(OidcSubject { claims: Some(Vec::new()), immutable: false });
    world
}

#[tokio::test]
async fn a_thousand_repositories_are_probed_with_less_than_a_hundred_requests() {
    let mut world = thousand();
    let acme = world.organisation("acme");
    acme.teams = (0..200).map(|n| Team::new(&format!("team-{n}"), &["ada"])).collect();
    for repository in &mut acme.repositories {
        for branch in 0..10 {
            *repository = repository.clone().branch(&format!("branch-{branch}"), &[]);
        }
    }
    let github = GitHub::start(world).unwrap();
    let lacking = probe(&connector(&github.url(), &["acme"], OWNERS_TOKEN)).await;
    assert!(lacking["deploy-keys"].is_empty() && lacking["definitions"].is_empty(), "{lacking:?}");
    assert!(github.count() < 100, "{}", github.count());
}

#[tokio::test]
async fn a_probe_finds_nothing_wrong_where_nothing_is() {
    let github = GitHub::start(worked_in()).unwrap();
    for (kind, issues) in probe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await {
        assert!(issues.is_empty(), "{kind}: {issues:?}");
    }
}

#[tokio::test]
async fn a_probe_finds_every_listing_that_is_refused() {
    let github = GitHub::start(worked_in()).unwrap();
    for (route, kinds) in LISTINGS {
        github.change(|world| {
            world.allow_everything();
            world.deny(route, Deny::NotFound);
        });
        for (kind, issues) in probe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await {
            let is_refused = issues.iter().any(|issue| issue.kind == IssueKind::Permission);
            assert_eq!(is_refused, kinds.contains(&&*kind), "{route}: {kind} {issues:?}");
        }
    }
}

#[tokio::test]
async fn repositories_that_are_worked_in_are_probed_before_those_that_are_not() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.repositories = (0..150)
        .map(|n| Repository {
            archived: true,
            pushed_at: Some("2020-01-01T00:00:00Z".into()),
            ..Repository::new(&format!("old-{n}"))
        })
        .collect();
    acme.repositories.push(Repository { pushed_at: Some("2026-11-27T08:00:00Z".into()), ..Repository::new("shop") });
    world.deny("/repos/{owner}/{repo}/actions/runners", Deny::NotAccessible);
    let github = GitHub::start(world).unwrap();
    let lacking = probe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await;
    assert_eq!(lacking["repository-runners"].len(), 1, "{:?}", lacking["repository-runners"]);
}

#[tokio::test]
async fn how_many_of_those_that_were_asked_refuse_is_not_how_many_of_all() {
    let mut world = worked_in();
    world.deny("/repos/acme/shop/keys", Deny::NotAccessible);
    let github = GitHub::start(world).unwrap();
    let lacking = probe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await;
    let message = &lacking["deploy-keys"][0].message;
    assert!(message.ends_with("(1 of the 3 repositories that were asked)"), "{message}");
}
