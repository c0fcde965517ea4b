//! `webhooks`: where the organisation sends its events. People put tokens into such addresses, so of one only its host is
//! read.

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{
    CollectError, Complete, EndRef, Entity, Evidence, Fact, Kind, Link, LinkKind, Record, Sink, Timestamp,
};

use crate::api::{Call, Calls};
use crate::descriptor::HOOKS;

const LIST: Call = Call::new("GET /orgs/{org}/hooks", HOOKS);

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hook {
    id: u64,
    active: bool,
    #[serde(default)]
    events: Vec<String>,
    created_at: Option<Timestamp>,
    config: Settings,
}

#[derive(Debug, Serialize, Deserialize)]
struct Settings {
    #[serde(default, alias = "url", deserialize_with = "host")]
    host: Option<String>,
    #[serde(default, deserialize_with = "is_one")]
    insecure_ssl: Option<bool>,
    /// Whether there is one: GitHub sends stars for it.
    #[serde(default, alias = "secret", deserialize_with = "is_there")]
    has_secret: bool,
}

/// Collects `webhooks`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let first = &calls.of_organisation("/hooks?per_page=100");
    pages_into(out, |token| async move {
        let (hooks, next, _) = calls.page::<Hook>(LIST, token.unwrap_or_else(|| first.clone())).await?;
        Ok((hooks.iter().flat_map(|hook| normalize(calls.place.organisation(), hook, LIST)).collect(), next))
    })
    .await
}

/// Of the organisation or of a repository.
pub(crate) fn normalize(parent: EndRef, hook: &Hook, call: Call) -> [Record; 2] {
    let host = hook.config.host.as_deref().unwrap_or_default();
    let mut entity = Entity::new(format!("github:webhook/{}", hook.id), Kind::Resource, "github.webhook", host);
    entity.created_at = Fact::from(hook.created_at);
    entity.enabled = Fact::Known(hook.active);
    entity = entity.attribute("events", hook.events.clone()).attribute("has_secret", hook.config.has_secret);
    if let Some(insecure) = hook.config.insecure_ssl {
        entity = entity.attribute("verifies_certificate", !insecure);
    }
    let part_of = Link::new(&entity.id, LinkKind::PartOf, parent, Evidence::Proven, call.what);
    [entity.into(), part_of.into()]
}

/// The host of an address; a host, as our notes have it, is taken as it is.
fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    if !text.contains("//") {
        return Ok(Some(text));
    }
    Ok(Url::parse(&text).ok().and_then(|url| url.host_str().map(str::to_owned)))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Loose {
    Flag(bool),
    Number(u64),
    Text(String),
    Nothing,
}

fn is_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Loose::deserialize(deserializer)? {
        Loose::Flag(flag) => Some(flag),
        Loose::Number(number) => Some(number == 1),
        Loose::Text(text) => Some(text == "1"),
        Loose::Nothing => None,
    })
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Loose::deserialize(deserializer)? {
        Loose::Flag(flag) => flag,
        Loose::Text(text) => !text.is_empty(),
        Loose::Number(_) | Loose::Nothing => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_host_is_kept() {
        let text = r#"{"id":1,"active":true,"config":{"url":"https://u:p@hooks.example.com/services/canary?token=canary","insecure_ssl":"1","secret":"********"}}"#;
        let hook: Hook = serde_json::from_str(text).unwrap();
        assert!(hook.config.insecure_ssl == Some(true) && hook.config.has_secret);
        let kept = serde_json::to_string(&hook).unwrap();
        assert!(!kept.contains("canary") && !kept.contains("u:p"));
        let again: Hook = serde_json::from_str(&kept).unwrap();
        assert_eq!(again.config.host.as_deref(), Some("hooks.example.com"));
        assert!(again.config.insecure_ssl == Some(true) && again.config.has_secret);
    }
}
