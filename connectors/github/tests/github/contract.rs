//! What every connector promises, and what this one keeps to itself.

use whosekey_parts::github::GitHub;
use whosekey_sdk::testkit::{Collected, assert_contract, observe};
use whosekey_sdk::{Connector as _, IssueKind, Outcome};

use crate::support::{APPS_TOKEN, CANARY, OWNERS_TOKEN, by_owner_and_app, connector, world};

#[tokio::test]
async fn the_connector_keeps_the_contract() {
    let mut world = world();
    // The suite asks for a source that is whole: what an owner's token may not see is left out.
    world.organisation("acme").audit_events.clear();
    let github = GitHub::start(world).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    assert_contract(&connector, &[CANARY, "ghs_auditor"]).await;
}

#[tokio::test]
async fn an_app_sees_everything_and_a_token_all_but_fine_grained_tokens() {
    let (_github, [owner, app]) = by_owner_and_app(world());
    let incomplete = async |connector| {
        let (seen, issues) = observe(connector).await.unwrap();
        assert!(issues.is_empty(), "{issues:?}");
        let incomplete = seen.into_iter().filter(|seen| seen.outcome != Outcome::Complete);
        incomplete.map(|seen| (seen.kind().to_owned(), seen.issues)).collect::<Vec<_>>()
    };
    let of_app = incomplete(&app).await;
    assert!(of_app.is_empty(), "{of_app:#?}");
    let of_owner = incomplete(&owner).await;
    let kinds: Vec<&str> = of_owner.iter().map(|(kind, _)| &**kind).collect();
    assert_eq!(kinds, ["personal-access-tokens", "personal-access-token-requests"], "{of_owner:#?}");
    let (_, issues) = &of_owner[0];
    assert_eq!(issues[0].kind, IssueKind::Unsupported);
    assert!(issues[0].message.contains("GitHub shows fine-grained tokens to Apps alone"), "{issues:?}");
}

#[tokio::test]
async fn no_value_that_github_sends_along_is_kept_anywhere() {
    let (_github, connectors) = by_owner_and_app(world());
    for connector in &connectors {
        let (seen, issues) = observe(connector).await.unwrap();
        for seen in &seen {
            let note = String::from_utf8(seen.collected.memory.clone().unwrap_or_default()).unwrap();
            let told = format!("{:?}{:?}", seen.collected.records, seen.issues);
            for secret in [CANARY, OWNERS_TOKEN, APPS_TOKEN, "token_last_eight"] {
                assert!(!told.contains(secret) && !note.contains(secret), "{} keeps {secret}", seen.scope.name);
            }
            // A public key is no secret, and yet nobody's business: it is known by its fingerprint.
            assert!(!told.contains("ssh-ed25519"), "{} tells a key", seen.scope.name);
        }
        assert!(issues.is_empty());
    }
}

#[tokio::test]
async fn a_note_in_another_form_is_not_read() {
    let github = GitHub::start(world()).unwrap();
    let connector = connector(&github.url(), &["acme"], APPS_TOKEN);
    let (seen, _) = observe(&connector).await.unwrap();
    for whole in seen {
        let note = r#"{"version":1,"tool":"x","pages":{"/orgs/acme/members?per_page=100":{"etag":"1","body":[]}}}"#;
        let mut out = Collected::default();
        out.memory = Some(note.as_bytes().to_vec());
        let _complete = connector.collect(&whole.scope, &mut out).await.unwrap();
        assert_eq!(out.entities().count(), whole.collected.entities().count(), "{}", whole.scope.name);
    }
}
