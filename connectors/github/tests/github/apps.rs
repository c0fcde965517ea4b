//! An App that is installed in several organisations.

use whosekey_github::{GitHub as Connector, SignIn};
use whosekey_parts::github::{Deny, GitHub, Installation, Member, Repository, World};
use whosekey_sdk::testkit::{Seen, observe, observe_scope};
use whosekey_sdk::{IssueKind, Outcome, Scope};

use crate::support::{config, connector_with, key};

const TOKENS: &str = "/app/installations/{installation_id}/access_tokens";

/// Two organisations in which it is installed, and one in which it is not.
fn world() -> World {
    let mut world = World::new();
    for (n, login) in ["acme", "tools"].into_iter().enumerate() {
        let home = world.organisation(login);
        home.members = vec![Member::owner("ada"), Member::new(&format!("{login}-bob"))];
        home.repositories = vec![Repository::new(&format!("{login}-shop"))];
        let auditor = Installation::that_reads_everything("auditor");
        home.installations = vec![Installation { id: 70 + n as u64, ..auditor }];
    }
    world.organisation("elsewhere").members = vec![Member::owner("eve")];
    world
}

fn connector(github: &GitHub, url: &str, organizations: &[&str]) -> Connector {
    let mut app = 0;
    github.change(|world| app = world.organisations["acme"].installations[0].app_id);
    connector_with(config(url, organizations), &SignIn::App { id: app, installation: None, private_key: key() })
}

fn assert_complete<'s>(seen: impl IntoIterator<Item = &'s Seen>) {
    for seen in seen {
        assert_eq!(seen.outcome, Outcome::Complete, "{} {:?}", seen.scope.name, seen.issues);
    }
}

#[tokio::test]
async fn it_signs_in_for_each_organisation_as_its_installation_there() {
    let github = GitHub::start(world()).unwrap();
    for url in [github.url(), github.enterprise_server_url()] {
        github.forget();
        let connector = connector(&github, &url, &["acme", "tools"]);
        let (seen, issues) = observe(&connector).await.unwrap();
        assert!(issues.is_empty(), "{issues:?}");
        assert_complete(&seen);
        for name in ["acme", "tools"] {
            let members = seen.iter().find(|seen| seen.scope.name == format!("{name}/members")).unwrap();
            assert!(members.collected.entities().any(|entity| entity.name == format!("{name}-bob")));
            let repositories = seen.iter().find(|seen| seen.scope.name == format!("{name}/repositories")).unwrap();
            assert_eq!(repositories.scope.covers.len(), 1, "it sees all repositories");
        }
        assert_eq!(github.count_of(TOKENS), 2, "one for each installation");
        observe(&connector).await.unwrap();
        assert_eq!(github.count_of(TOKENS), 2, "which the next scan uses on");
    }
}

#[tokio::test]
async fn an_organisation_in_which_it_is_not_installed_is_told_and_keeps_its_scopes() {
    let github = GitHub::start(world()).unwrap();
    let (seen, issues) = observe(&connector(&github, &github.url(), &["acme", "elsewhere"])).await.unwrap();
    let (elsewhere, acme): (Vec<&Seen>, Vec<&Seen>) =
        seen.iter().partition(|seen| seen.scope.name.starts_with("elsewhere/"));
    assert_complete(acme);
    assert_eq!(issues.len(), 1, "{issues:?}");
    assert!(!elsewhere.is_empty());
    for seen in elsewhere {
        assert_eq!(seen.outcome, Outcome::Failed, "{}", seen.scope.name);
        assert!(
            seen.has_issue(IssueKind::Permission, "no installation of the App in organisation elsewhere"),
            "{:?}",
            seen.issues
        );
        assert!(seen.scope.covers.is_empty());
    }
}

#[tokio::test]
async fn an_organisation_that_refuses_to_say_does_not_keep_the_others_from_being_seen() {
    for deny in [Deny::NotAccessible, Deny::NotFound] {
        let github = GitHub::start(world()).unwrap();
        github.change(|world| world.deny("/orgs/tools/installation", deny));
        let (seen, _) = observe(&connector(&github, &github.url(), &["acme", "tools"])).await.unwrap();
        let (tools, acme): (Vec<&Seen>, Vec<&Seen>) =
            seen.iter().partition(|seen| seen.scope.name.starts_with("tools/"));
        assert_complete(acme);
        assert!(!tools.is_empty() && tools.iter().all(|seen| seen.outcome == Outcome::Failed));
    }
}

#[tokio::test]
async fn an_app_that_is_not_known_is_an_issue_of_the_credential() {
    let github = GitHub::start(world()).unwrap();
    let sign_in = SignIn::App { id: 1, installation: None, private_key: key() };
    let (seen, issues) = observe(&connector_with(config(&github.url(), &["acme"]), &sign_in)).await.unwrap();
    assert_eq!(issues[0].kind, IssueKind::Auth, "{issues:?}");
    assert!(seen.iter().all(|seen| seen.outcome == Outcome::Failed && seen.issues[0].kind == IssueKind::Auth));
}

#[tokio::test]
async fn an_app_that_is_installed_anew_signs_in_as_its_new_installation() {
    let github = GitHub::start(world()).unwrap();
    let connector = connector(&github, &github.url(), &["acme", "tools"]);
    observe(&connector).await.unwrap();
    github.change(|world| world.organisation("tools").installations[0].id = 99);
    let (seen, issues) = observe(&connector).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    assert_complete(&seen);
}

#[tokio::test]
async fn a_scope_that_is_collected_alone_finds_its_installation_too() {
    let github = GitHub::start(world()).unwrap();
    let members = observe_scope(&connector(&github, &github.url(), &["tools"]), Scope::new("tools/members")).await;
    assert_complete([&members]);
}
