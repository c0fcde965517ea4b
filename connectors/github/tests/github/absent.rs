//! Fields that do not come, as an older Enterprise Server lacks some: null is what GitHub says, nothing is not.

use std::collections::BTreeMap;

use serde_json::Value;
use whosekey_github::GitHub as Connector;
use whosekey_parts::github::{GitHub, id_of};
use whosekey_parts::proxy::{Proxy, Then, When};
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{Connector as _, Entity, Fact, Scope};

use crate::support::{APPS_TOKEN, connector, world};

const FIELDS: &[&str] = &[
    "last_used",
    "enabled",
    "verified",
    "pushed_at",
    "suspended_at",
    "token_expired",
    "token_expires_at",
    "token_last_used_at",
    "authorized_credential_expires_at",
];

fn without(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(without),
        Value::Object(fields) => {
            fields.retain(|name, _| !FIELDS.contains(&name.as_str()));
            fields.values_mut().for_each(without);
        }
        _ => {}
    }
}

fn edited(body: String) -> String {
    let Ok(mut value) = serde_json::from_str(&body) else { return body };
    without(&mut value);
    value.to_string()
}

async fn entities(connector: &Connector, kind: &str, notes: &mut BTreeMap<String, Vec<u8>>) -> Vec<Entity> {
    let mut out = Collected::default();
    out.memory = notes.remove(kind);
    let _complete = connector.collect(&Scope::new(format!("acme/{kind}")), &mut out).await.unwrap();
    assert!(out.issues.is_empty(), "{:?}", out.issues);
    notes.extend(out.memory.take().map(|note| (kind.to_owned(), note)));
    out.entities().cloned().collect()
}

/// The facts that GitHub did not tell, of all things of a scope.
fn assert_untold(entities: &[Entity]) {
    assert!(!entities.is_empty());
    for entity in entities {
        assert_eq!(entity.last_used_at, Fact::NotExposed, "{}", entity.id);
        assert_eq!(entity.enabled, Fact::NotExposed, "{}", entity.id);
        assert!(!entity.attributes.contains_key("verified"));
        let never = matches!(&*entity.type_name, "github.deploy-key" | "github.ssh-key");
        assert_eq!(entity.expires_at, if never { Fact::Known(None) } else { Fact::NotExposed }, "{}", entity.id);
    }
}

#[tokio::test]
async fn what_does_not_come_is_not_told_neither_at_once_nor_out_of_the_note() {
    let github = GitHub::start(world()).unwrap();
    let proxy = Proxy::before(&github.url()).rule(When::any(), Then::edit(edited)).start().unwrap();
    let connector = connector(&proxy.url(), &["acme"], APPS_TOKEN);
    let _scopes = connector.scopes(&mut Collected::default()).await.unwrap();
    let mut notes = BTreeMap::new();
    for time in 1..=2 {
        for kind in ["deploy-keys", "personal-access-tokens", "credential-authorizations"] {
            assert_untold(&entities(&connector, kind, &mut notes).await);
        }
        let installations = entities(&connector, "installations", &mut notes).await;
        let mut enabled =
            installations.iter().filter(|one| one.type_name == "github.installation").map(|one| one.enabled);
        assert!(enabled.all(|enabled| enabled == Fact::NotExposed));
        // When somebody pushed is not told, so that the files are looked at each time.
        let definitions = entities(&connector, "definitions", &mut notes).await;
        let workflow = format!("github:workflow/{}/.github/workflows/deploy.yml", id_of("repository", "shop"));
        assert!(definitions.iter().any(|entity| entity.id.as_str() == workflow));
        assert_eq!(github.count_of("/repos/acme/shop/git/trees/**"), time);
    }
}
