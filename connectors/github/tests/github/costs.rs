//! What a scan takes from the rate budget.

use std::collections::BTreeMap;

use whosekey_github::GitHub as Connector;
use whosekey_parts::github::{DeployKey, Etags, GitHub, Installation, Member, Repository, Secret, World};
use whosekey_parts::proxy::{Proxy, Then, When};
use whosekey_sdk::Connector as _;
use whosekey_sdk::testkit::Collected;

use crate::support::{APPS_TOKEN, OWNERS_TOKEN, app, connector, connector_of, world};

/// Scans everything, and hands each scope what it left the last time, as the store does.
async fn scan(connector: &Connector, notes: &mut BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<String>> {
    let (scopes, _complete) = connector.scopes(&mut Collected::default()).await.unwrap();
    let mut all = BTreeMap::new();
    for scope in scopes {
        let mut out = Collected::default();
        out.memory = notes.get(&scope.name).cloned();
        let _complete =
            connector.collect(&scope, &mut out).await.unwrap_or_else(|error| panic!("{}: {error}", scope.name));
        assert!(out.issues.is_empty(), "{}: {:?}", scope.name, out.issues);
        notes.extend(out.memory.map(|note| (scope.name.clone(), note)));
        let mut records: Vec<String> = out.records.iter().map(|record| format!("{record:?}")).collect();
        records.sort();
        all.insert(scope.name, records);
    }
    all
}

pub(crate) fn thousand() -> World {
    let mut world = World::new();
    world.classic_token(OWNERS_TOKEN, "ada", &["repo", "admin:org", "admin:org_hook"]);
    world.limits.core = 15_000;
    let acme = world.organisation("acme");
    acme.members = vec![Member::owner("ada")];
    acme.repositories = (0..1000)
        .map(|n| {
            let mut repository = Repository::new(&format!("service-{n}"))
                .file(".github/workflows/ci.yml", "on: push\njobs: {}\n")
                .file("CODEOWNERS", "* @ada\n");
            repository.secrets = vec![Secret::new("DB")];
            repository.deploy_keys = vec![DeployKey::new(&format!("key {n}"))];
            repository
        })
        .collect();
    world
}

/// What a token may not see, or this organisation does not have.
const NOT_SEEN: &[&str] =
    &["personal-access-tokens", "personal-access-token-requests", "credential-authorizations", "audit-log"];

#[tokio::test]
async fn a_thousand_unchanged_repositories_cost_a_token_next_to_nothing_the_second_time() {
    let github = GitHub::start(thousand()).unwrap();
    let sign_in = whosekey_github::SignIn::Token(whosekey_sdk::Secret::new(OWNERS_TOKEN.to_owned()));
    let connector = connector_of(&github.url(), &["acme"], &sign_in, NOT_SEEN);
    let mut notes = BTreeMap::new();
    let first_seen = scan(&connector, &mut notes).await;
    let first = github.cost();
    github.forget();
    let second_seen = scan(&connector, &mut notes).await;
    let second = github.cost();
    assert!(first < 4600 && second < 20, "{first}, then {second}");
    assert_eq!(first_seen, second_seen, "what is unchanged is told again");
    let bytes: usize = notes.values().map(Vec::len).sum();
    assert!(bytes < 5 << 20, "{bytes} bytes of notes");
}

/// A thousand repositories of which a fifth have a deploy key, and an App that may read all.
fn thousand_by_app() -> World {
    let mut world = thousand();
    let acme = world.organisation("acme");
    acme.installations = vec![Installation::that_reads_everything("auditor")];
    for (n, repository) in acme.repositories.iter_mut().enumerate() {
        if n % 5 != 0 {
            repository.deploy_keys.clear();
        }
    }
    world
}

/// What two scans cost of which each signs in anew, as an App does each hour.
async fn twice_by_app(world: World) -> [u64; 2] {
    let github = GitHub::start(world.clone()).unwrap();
    let mut notes = BTreeMap::new();
    let first_seen = scan(&app(&world, &github.url(), &["audit-log"]), &mut notes).await;
    let first = github.cost();
    github.forget();
    let second_seen = scan(&app(&world, &github.url(), &["audit-log"]), &mut notes).await;
    assert_eq!(first_seen, second_seen, "what is unchanged is told again");
    assert_eq!(github.count_of("/repos/{owner}/{repo}/git/trees/{tree_sha}"), 0);
    let bytes: usize = notes.values().map(Vec::len).sum();
    assert!(bytes < 5 << 20, "{bytes} bytes of notes");
    [first, github.cost()]
}

#[tokio::test]
async fn a_thousand_unchanged_repositories_cost_an_app_with_a_new_token_next_to_nothing() {
    let [first, second] = twice_by_app(thousand_by_app()).await;
    assert!(first < 3700 && second < 35, "{first}, then {second}");
}

#[tokio::test]
async fn where_nobody_knows_how_tags_are_made_an_app_pays_for_listings_anew_and_not_for_files() {
    let mut world = thousand_by_app();
    world.etags = Etags::OfTokenSomehow;
    world.organisation("acme").repositories.truncate(200);
    let [first, second] = twice_by_app(world).await;
    assert!(second < first, "{second} of {first}");
}

#[tokio::test]
async fn listings_with_nothing_in_them_cost_next_to_nothing_in_the_first_scan_already() {
    let mut world = thousand();
    for repository in &mut world.organisation("acme").repositories {
        repository.deploy_keys.clear();
        repository.secrets.clear();
    }
    let github = GitHub::start(world).unwrap();
    let sign_in = whosekey_github::SignIn::Token(whosekey_sdk::Secret::new(OWNERS_TOKEN.to_owned()));
    let skip = [NOT_SEEN, &["definitions", "oidc-subjects"]].concat();
    let connector = connector_of(&github.url(), &["acme"], &sign_in, &skip);
    scan(&connector, &mut BTreeMap::new()).await;
    for kind in
        ["keys", "actions/secrets", "dependabot/secrets", "actions/variables", "environments", "actions/runners"]
    {
        let route = format!("/repos/{{owner}}/{{repo}}/{kind}");
        assert_eq!(github.count_of(&route), 1000, "each one is asked: {kind}");
    }
    assert!(github.cost() < 300, "{}", github.cost());
}

#[tokio::test]
async fn what_changed_is_seen_although_the_rest_is_not_asked_again() {
    let github = GitHub::start(world()).unwrap();
    github.change(|world| world.etags = Etags::OfBody);
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    let mut notes = BTreeMap::new();
    scan(&connector, &mut notes).await;
    github.change(|world| {
        let shop = world.repository("acme/shop");
        shop.files.remove(".mcp.json");
        shop.pushed_at = Some("2026-11-27T08:00:00Z".into());
        shop.deploy_keys.truncate(1);
        world.organisation("acme").members.push(Member::new("erin"));
    });
    let changed = scan(&connector, &mut notes).await;
    assert!(!changed["acme/definitions"].iter().any(|record| record.contains(".mcp.json")));
    assert!(changed["acme/members"].iter().any(|record| record.contains("erin")));
    let keys = changed["acme/deploy-keys"].iter().filter(|record| record.contains("Entity")).count();
    assert_eq!(keys, 2, "one of shop, one of attic");
    assert_eq!(github.count_of("/repos/acme/shop/git/trees/**"), 2);
    assert_eq!(github.count_of("/repos/acme/service-1/git/trees/**"), 1);
}

#[tokio::test]
async fn a_listing_that_grows_by_a_page_is_seen_to_its_new_end() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.members = (0..100).map(|n| Member::new(&format!("member-{n}"))).collect();
    let github = GitHub::start(world).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    let mut notes = BTreeMap::new();
    let before = scan(&connector, &mut notes).await["acme/members"].len();
    // The first page stays as it is: only its links say that there is another one now.
    github.change(|world| world.organisation("acme").members.push(Member::new("the-101st")));
    let after = scan(&connector, &mut notes).await;
    assert_eq!(after["acme/members"].len(), before + 1);
}

#[tokio::test]
async fn a_listing_that_grows_behind_a_page_of_which_github_keeps_some_back_is_seen_to_its_new_end() {
    let mut world = world();
    world.organisation("acme").members = (0..100).map(|n| Member::new(&format!("member-{n}"))).collect();
    let github = GitHub::start(world).unwrap();
    let hide = |body: String| {
        let Ok(mut members) = serde_json::from_str::<Vec<serde_json::Value>>(&body) else { return body };
        members.retain(|member| member["login"] != "member-7");
        serde_json::to_string(&members).unwrap()
    };
    let proxy = Proxy::before(&github.url()).rule(When::path("/orgs/acme/members"), Then::edit(hide)).start().unwrap();
    let connector = connector(&proxy.url(), &["acme"], APPS_TOKEN);
    let mut notes = BTreeMap::new();
    let before = scan(&connector, &mut notes).await["acme/members"].len();
    github.change(|world| world.organisation("acme").members.push(Member::new("the-101st")));
    let after = scan(&connector, &mut notes).await;
    assert_eq!(after["acme/members"].len(), before + 1);
}
