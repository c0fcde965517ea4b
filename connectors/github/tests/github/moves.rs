//! Repositories that are renamed or transferred, organisations that are, and credentials that must not follow anybody.

use whosekey_github::SignIn;
use whosekey_parts::github::{GitHub, Installation, Member, Repository, Selection, id_of};
use whosekey_sdk::testkit::{Seen, observe, observe_scope};
use whosekey_sdk::{IssueKind, LinkKind, Outcome, Scope};

use crate::support::{APPS_TOKEN, OWNERS_TOKEN, connector, connector_of, ends, scope, world};

#[tokio::test]
async fn a_renamed_repository_keeps_its_id_and_goes_by_its_new_name_alone() {
    let github = GitHub::start(world()).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    github.change(|world| world.move_repository("acme/shop", "acme/store"));
    let (seen, _) = observe(&connector).await.unwrap();
    let repositories = scope(&seen, "repositories");
    let id = format!("github:repo/{}", id_of("repository", "shop"));
    let store = repositories.collected.entities().find(|entity| entity.id.as_str() == id).unwrap();
    assert_eq!(store.name, "acme/store");
    let all = format!("{:?}", repositories.collected.records);
    assert!(!all.contains("acme/shop"), "the old name is nobody's");
}

#[tokio::test]
async fn a_repository_that_is_renamed_in_the_midst_of_a_scan_is_followed() {
    let github = GitHub::start(world()).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    let listed = observe_scope(&connector, Scope::new("acme/repositories")).await;
    assert_eq!(listed.outcome, Outcome::Complete);
    use whosekey_sdk::Connector as _;
    let mut out = whosekey_sdk::testkit::Collected::default();
    let (_scopes, _complete) = connector.scopes(&mut out).await.unwrap();
    let _ = connector.collect(&Scope::new("acme/repositories"), &mut out).await.unwrap();
    github.change(|world| world.move_repository("acme/shop", "acme/store"));
    let keys = observe_scope(&connector, Scope::new("acme/deploy-keys")).await;
    assert_eq!(keys.outcome, Outcome::Complete, "{:?}", keys.issues);
    let key = format!("github:deploy-key/{}", id_of("deploy key", "deploy"));
    assert_eq!(ends(&keys, &key, LinkKind::PartOf), [format!("github:repo/{}", id_of("repository", "shop"))]);
}

#[tokio::test]
async fn a_transferred_repository_is_the_other_organisations_by_the_ids_that_it_had() {
    let mut two = world();
    two.organisation("globex").members = vec![Member::owner("ada")];
    two.organisation("globex").repositories = vec![Repository::new("web")];
    let github = GitHub::start(two).unwrap();
    let connector = connector(&github.url(), &["acme", "globex"], OWNERS_TOKEN);
    let of = |seen: &[Seen], organisation: &str, kind: &str| -> Vec<String> {
        let name = format!("{organisation}/{kind}");
        let scope = seen.iter().find(|seen| seen.scope.name == name).unwrap();
        assert_eq!(scope.outcome, Outcome::Complete, "{name} {:?}", scope.issues);
        scope.collected.entities().map(|entity| entity.id.to_string()).collect()
    };
    let shops = |kind: &str, before: &[Seen]| -> Vec<String> {
        let id = id_of("repository", "shop");
        let all = of(before, "acme", kind).into_iter();
        let is_shops = |one: &String| match kind {
            "repositories" | "secrets" => one.contains(&format!("/{id}")),
            "deploy-keys" => !one.ends_with(&id_of("deploy key", "attic").to_string()),
            _ => one.starts_with("github:environment/"),
        };
        all.filter(is_shops).collect()
    };
    let (before, _) = observe(&connector).await.unwrap();
    github.change(|world| world.move_repository("acme/shop", "globex/shop"));
    let (after, _) = observe(&connector).await.unwrap();
    for (kind, count) in [("repositories", 2), ("deploy-keys", 3), ("secrets", 3), ("environments", 1)] {
        let moved = shops(kind, &before);
        assert_eq!(moved.len(), count, "{kind}");
        let (left, come) = (of(&after, "acme", kind), of(&after, "globex", kind));
        assert!(moved.iter().all(|id| come.contains(id) && !left.contains(id)), "{kind}: {come:?}");
    }
    let globex = after.iter().find(|seen| seen.scope.name == "globex/repositories").unwrap();
    let subject = format!("repo:globex@{}/shop@{}:*", id_of("organisation", "globex"), id_of("repository", "shop"));
    let all = format!("{:?}", globex.collected.records);
    assert!(all.contains(&subject) && !all.contains("#repo:globex/shop:"), "a transfer moves it to subjects with ids");
}

#[tokio::test]
async fn a_repository_that_is_deleted_between_the_list_and_the_question_is_no_issue() {
    let github = GitHub::start(world()).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    use whosekey_sdk::Connector as _;
    let mut out = whosekey_sdk::testkit::Collected::default();
    let (_scopes, _complete) = connector.scopes(&mut out).await.unwrap();
    let _ = connector.collect(&Scope::new("acme/repositories"), &mut out).await.unwrap();
    github.change(|world| world.organisation("acme").repositories.retain(|one| one.name != "attic"));
    let keys = observe_scope(&connector, Scope::new("acme/deploy-keys")).await;
    assert_eq!(keys.outcome, Outcome::Complete, "{:?}", keys.issues);
    assert_eq!(keys.collected.entities().count(), 3);
}

#[tokio::test]
async fn an_organisation_that_is_not_there_keeps_its_scopes_and_says_so() {
    let github = GitHub::start(world()).unwrap();
    let (seen, issues) = observe(&connector(&github.url(), &["acme", "acme-old"], APPS_TOKEN)).await.unwrap();
    assert!(issues.iter().any(|issue| issue.message.contains("acme-old is not visible: it was renamed or deleted")));
    let old: Vec<_> = seen.iter().filter(|seen| seen.scope.name.starts_with("acme-old/")).collect();
    assert_eq!(old.len(), 24);
    for seen in old {
        assert_eq!(seen.outcome, Outcome::Failed, "{}", seen.scope.name);
        assert!(seen.scope.covers.is_empty(), "nothing is absent where nothing was seen");
    }
}

#[tokio::test]
async fn a_credential_that_sees_some_repositories_does_not_call_the_others_absent() {
    let mut world = world();
    let some = Installation { selection: Selection::of(&["shop"]), ..Installation::that_reads_everything("some") };
    world.installation_token("ghs_some", some.id);
    world.organisation("acme").installations.push(some);
    world.classic_token("ghp_member", "bob", &["repo", "read:org"]);
    let github = GitHub::start(world).unwrap();
    for (token, covers) in [(OWNERS_TOKEN, 2), (APPS_TOKEN, 0), ("ghs_some", 0), ("ghp_member", 0)] {
        let (seen, _) = observe(&connector(&github.url(), &["acme"], token)).await.unwrap();
        assert_eq!(scope(&seen, "repositories").scope.covers.len(), covers, "{token}");
    }
}

#[tokio::test]
async fn an_enterprise_server_is_asked_below_its_prefix() {
    let github = GitHub::start(world()).unwrap();
    let sign_in = SignIn::Token(whosekey_sdk::Secret::new(APPS_TOKEN.to_owned()));
    let connector = connector_of(&github.enterprise_server_url(), &["acme"], &sign_in, &[]);
    let (seen, issues) = observe(&connector).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    for seen in &seen {
        assert_eq!(seen.outcome, Outcome::Complete, "{} {:?}", seen.scope.name, seen.issues);
    }
    let all = format!("{:?}", scope(&seen, "repositories").collected.records);
    assert!(all.contains("oidc:https://127.0.0.1/_services/token#repo:acme/shop:*"), "its own issuer");
    assert!(!all.contains('@'), "an Enterprise Server puts no ids into subjects");
    let all = seen.iter().flat_map(|seen| seen.collected.entities());
    let mut of_github = all.filter(|entity| entity.id.as_str().starts_with("github:"));
    assert!(of_github.all(|entity| entity.attributes.get("host").is_some_and(|host| host == "127.0.0.1")));
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = GitHub::start(world()).unwrap();
    let mut redirecting = world();
    redirecting.organisation("acme").repositories.push(Repository::new("x"));
    let github = GitHub::start(redirecting).unwrap();
    let proxy = crate::support::redirecting(&github, &elsewhere.url());
    let keys = observe(&connector(&proxy.url(), &["acme"], APPS_TOKEN)).await.unwrap().0;
    let members = scope(&keys, "members");
    assert_eq!(members.outcome, Outcome::Failed);
    assert!(members.has_issue(IssueKind::Network, "points to another host"), "{:?}", members.issues);
    assert_eq!(elsewhere.count(), 0);
}
