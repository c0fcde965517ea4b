//! Organisations that are not named but found, through their enterprise.

use std::collections::BTreeSet;

use whosekey_github::{Config, GitHub as Connector, SignIn};
use whosekey_parts::github::{Deny, Enterprise, ExternalIdentity, GitHub, Member, Runner, Team, World, id_of};
use whosekey_sdk::testkit::{Collected, Seen, observe};
use whosekey_sdk::{Alias, Connector as _, Issue, IssueKind, LinkKind, Outcome};

use crate::support::{OWNERS_TOKEN, config, connector_with, ends, owned, scope};

/// An enterprise of these organisations, and its owner.
fn world(organisations: &[String]) -> World {
    let mut world = World::new();
    world.classic_token(OWNERS_TOKEN, "ada", &["repo", "admin:org", "read:enterprise", "manage_runners:enterprise"]);
    for login in organisations {
        world.organisation(login).members = vec![Member::owner("ada")];
        world.organisation(login).teams = vec![Team::new("platform", &["ada"])];
    }
    let enterprise =
        Enterprise { organisations: organisations.to_vec(), owners: vec!["ada".into()], ..Enterprise::default() };
    world.enterprises.insert("acme-inc".into(), enterprise);
    world
}

fn connector(github: &GitHub, organizations: &[&str]) -> Connector {
    let config = Config { enterprises: owned(&["acme-inc"]), ..config(&github.url(), organizations) };
    connector_with(config, &SignIn::Token(whosekey_sdk::Secret::new(OWNERS_TOKEN.to_owned())))
}

/// The organisations whose scopes are listed, and what is the matter with the list.
async fn listed(connector: &Connector) -> (BTreeSet<String>, Vec<Issue>) {
    let mut out = Collected::default();
    let (scopes, _complete) = connector.scopes(&mut out).await.unwrap();
    let of_organisations = scopes.iter().filter(|scope| !scope.name.contains("/enterprise-"));
    let names = of_organisations.filter_map(|scope| scope.name.split_once('/'));
    (names.map(|(name, _)| name.to_owned()).collect(), out.issues)
}

fn names(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn organisations_of_an_enterprise_are_collected_as_if_they_were_named() {
    let github = GitHub::start(world(&owned(&["acme", "tools"]))).unwrap();
    let (seen, issues) = observe(&connector(&github, &[])).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    for name in ["acme", "tools"] {
        let teams = seen.iter().find(|seen| seen.scope.name == format!("{name}/teams")).unwrap();
        assert_eq!(teams.outcome, Outcome::Complete, "{:?}", teams.issues);
        let team = teams.collected.entities().next().unwrap();
        assert_eq!(team.id.as_str(), format!("team:github/{name}/platform"));
    }
}

#[tokio::test]
async fn a_teams_id_does_not_depend_on_how_many_organisations_an_enterprise_has() {
    let github = GitHub::start(world(&owned(&["acme"]))).unwrap();
    let (seen, _) = observe(&connector(&github, &[])).await.unwrap();
    let teams = crate::support::scope(&seen, "teams");
    assert_eq!(teams.collected.entities().next().unwrap().id.as_str(), "team:github/acme/platform");
}

#[tokio::test]
async fn an_organisation_that_is_both_named_and_found_is_one() {
    let github = GitHub::start(world(&owned(&["acme", "tools"]))).unwrap();
    let (seen, issues) = listed(&connector(&github, &["ACME"])).await;
    assert!(issues.is_empty(), "{issues:?}");
    assert_eq!(seen, names(&["ACME", "tools"]), "by the name that the settings give it");
}

fn many() -> Vec<String> {
    (0..101).map(|n| format!("org-{n:03}")).collect()
}

#[tokio::test]
async fn an_enterprise_is_asked_to_the_end_of_its_pages() {
    let github = GitHub::start(world(&many())).unwrap();
    let (seen, issues) = listed(&connector(&github, &[])).await;
    assert!(issues.is_empty(), "{issues:?}");
    assert_eq!(seen.len(), 101);
}

#[tokio::test]
async fn an_enterprise_that_is_refused_at_any_page_is_an_issue_of_the_list_and_the_rest_is_looked_at() {
    for deny in [Deny::NotFound, Deny::NotAccessible] {
        for (page, found) in [(1, 0), (2, 100)] {
            let mut world = world(&many());
            world.organisation("named").members = vec![Member::owner("ada")];
            world.deny_nth("/graphql", page, deny.clone());
            let github = GitHub::start(world).unwrap();
            let (seen, issues) = listed(&connector(&github, &["named"])).await;
            assert_eq!(seen.len(), found + 1, "{deny:?} {page}");
            assert!(seen.contains("named"));
            assert_eq!(issues[0].kind, IssueKind::Permission);
            assert!(issues[0].message.contains("read:enterprise denied in enterprise acme-inc"), "{issues:?}");
        }
    }
}

#[tokio::test]
async fn an_enterprise_that_is_not_shown_is_not_one_without_organisations() {
    let without_scope = |world: &mut World| world.classic_token(OWNERS_TOKEN, "ada", &["repo", "admin:org"]);
    let not_there = |world: &mut World| world.enterprises.clear();
    for hide in [without_scope, not_there] {
        let mut world = world(&owned(&["acme", "tools"]));
        hide(&mut world);
        let github = GitHub::start(world).unwrap();
        let (seen, issues) = listed(&connector(&github, &["acme"])).await;
        assert_eq!(seen, names(&["acme"]));
        assert!(issues[0].message.contains("it is not visible"), "{issues:?}");
    }
}

#[tokio::test]
async fn who_does_not_own_the_enterprise_is_not_told_of_all_its_organisations() {
    let mut world = world(&owned(&["acme", "tools"]));
    world.enterprises.get_mut("acme-inc").unwrap().owners.clear();
    world.organisation("tools").members.clear();
    let github = GitHub::start(world).unwrap();
    let (seen, issues) = listed(&connector(&github, &[])).await;
    assert_eq!(seen, names(&["acme"]));
    assert_eq!(issues[0].kind, IssueKind::Permission);
    assert!(issues[0].message.contains("not an owner of the enterprise"), "{issues:?}");
}

/// An enterprise with two pages of runners, and of members in its single sign-on.
fn with_things_of_its_own(signs_on_by_oidc: bool) -> World {
    let mut world = world(&owned(&["acme"]));
    let mut known = vec![ExternalIdentity::new("dave", "dave@example.com")];
    for n in 0..101 {
        let login = format!("member-{n}");
        world.organisation("acme").members.push(Member::new(&login));
        known.push(ExternalIdentity::new(&login, &format!("{login}@example.com")));
    }
    let enterprise = world.enterprises.get_mut("acme-inc").unwrap();
    enterprise.runners = (0..101).map(|n| Runner { id: n, ..Runner::new("builder") }).collect();
    enterprise.external_identities = Some(known);
    enterprise.signs_on_by_oidc = signs_on_by_oidc;
    world
}

async fn seen(world: World) -> Vec<Seen> {
    let github = GitHub::start(world).unwrap();
    observe(&connector(&github, &[])).await.unwrap().0
}

#[tokio::test]
async fn an_enterprises_runners_are_its_own() {
    let seen = seen(with_things_of_its_own(false)).await;
    let runners = scope(&seen, "enterprise-runners");
    assert_eq!((&*runners.scope.name, runners.outcome), ("acme-inc/enterprise-runners", Outcome::Complete));
    let id = id_of("enterprise", "acme-inc");
    assert_eq!(runners.collected.entities().filter(|entity| entity.type_name == "github.runner").count(), 101);
    let parent = ends(runners, &format!("github:runner/enterprise/{id}/100"), LinkKind::PartOf);
    assert_eq!(parent, [format!("github:enterprise/{id}")]);
}

#[tokio::test]
async fn an_enterprises_single_sign_on_knows_its_members_whichever_it_is() {
    for signs_on_by_oidc in [false, true] {
        let seen = seen(with_things_of_its_own(signs_on_by_oidc)).await;
        let identities = scope(&seen, "enterprise-identities");
        assert_eq!(identities.outcome, Outcome::Complete, "{:?}", identities.issues);
        let known: Vec<&Alias> = identities.collected.entities().flat_map(|entity| &entity.aliases).collect();
        assert_eq!(known.len(), 101, "who is a member of none of its organisations is not told");
        assert!(known.contains(&&Alias::email("member-100@example.com")));
    }
    let mut without = with_things_of_its_own(false);
    without.enterprises.get_mut("acme-inc").unwrap().external_identities = None;
    let seen = seen(without).await;
    let identities = scope(&seen, "enterprise-identities");
    assert_eq!((identities.outcome, identities.collected.records.len()), (Outcome::Complete, 0), "it has none");
}

#[tokio::test]
async fn who_does_not_own_the_enterprise_is_told_nothing_of_what_is_its_own() {
    let mut world = with_things_of_its_own(false);
    world.enterprises.get_mut("acme-inc").unwrap().owners.clear();
    let seen = seen(world).await;
    for (kind, permission) in
        [("enterprise-runners", "manage_runners:enterprise"), ("enterprise-identities", "read:enterprise")]
    {
        let refused = scope(&seen, kind);
        let denied = format!("{permission} denied in enterprise acme-inc");
        assert!(refused.has_issue(IssueKind::Permission, &denied), "{:?}", refused.issues);
        assert_eq!(refused.outcome, Outcome::Failed);
    }
}

#[tokio::test]
async fn a_page_of_an_enterprises_runners_that_is_refused_or_throttled_is_not_the_end() {
    for (deny, kind) in [
        (Deny::NotFound, IssueKind::Permission),
        (Deny::SecondaryLimit { status: 403, retry_after_s: Some(60) }, IssueKind::RateLimit),
    ] {
        let mut world = with_things_of_its_own(false);
        world.deny_nth("/enterprises/{enterprise}/actions/runners", 2, deny);
        let seen = seen(world).await;
        let runners = scope(&seen, "enterprise-runners");
        assert!(runners.outcome != Outcome::Complete && runners.issues[0].kind == kind, "{:?}", runners.issues);
    }
}
