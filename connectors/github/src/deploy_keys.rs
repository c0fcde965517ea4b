//! `deploy-keys`: SSH keys that reach one repository each.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use futures_util::StreamExt as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};
use whosekey_sdk::listing::answers;
use whosekey_sdk::{
    CollectError, Complete, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, OwnerRole, Record, Sink, Timestamp,
};

use crate::api::{Call, Calls, nullable, shown};
use crate::descriptor::REPOSITORY_ADMINISTRATION;
use crate::gather::gather;
use crate::home::Home;
use crate::place::Place;
use crate::repositories::{Repository, Shared};

const LIST: Call = Call::new("GET /repos/{owner}/{repo}/keys", REPOSITORY_ADMINISTRATION).harmless();

/// How the logins of Apps' bots end.
const BOT: &str = "[bot]";
/// Takes the place of accounts that were deleted, <https://github.com/ghost>, seen 2026-11-27.
const DELETED: &str = "ghost";

#[derive(Debug, Serialize, Deserialize)]
struct DeployKey {
    id: u64,
    #[serde(default, deserialize_with = "shown::deserialize")]
    title: Option<String>,
    /// Of the public key, which itself is not told.
    #[serde(alias = "key", deserialize_with = "fingerprint")]
    fingerprint: Option<String>,
    created_at: Option<Timestamp>,
    /// Null: never used.
    #[serde(default, with = "nullable", skip_serializing_if = "Fact::is_not_exposed")]
    last_used: Fact<Option<Timestamp>>,
    added_by: Option<String>,
    read_only: bool,
    verified: Option<bool>,
    /// False when the organisation's policy switches deploy keys off.
    enabled: Option<bool>,
}

/// Collects `deploy-keys`.
pub(crate) async fn collect(calls: &Calls, shared: &Shared, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let repositories = shared.repositories(calls).await;
    let asked = answers(calls.asked(repositories.seen()), |repository| async move {
        let keys = calls.listing::<DeployKey>(LIST, calls.path(&repository.path("/keys?per_page=100"))).await;
        (repository, keys)
    });
    let records = asked.map(|(repository, keys)| {
        let records =
            keys.map(|(keys, _)| keys.iter().flat_map(|key| normalize(&calls.place, repository, key)).collect());
        (repository, records)
    });
    gather(calls, out, records).await?;
    repositories.complete()
}

fn normalize(place: &Place, repository: &Repository, key: &DeployKey) -> Vec<Record> {
    let number = key.id.to_string();
    let title = key.title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&number);
    let name = Home::repository(repository).name_of(title);
    let mut entity = Entity::new(format!("github:deploy-key/{number}"), Kind::Credential, "github.deploy-key", name);
    if let Some(fingerprint) = &key.fingerprint {
        entity = entity.alias(format!("ssh:{fingerprint}"));
    }
    entity.created_at = Fact::from(key.created_at);
    entity.last_used_at = key.last_used;
    entity.use_tracked_since = Fact::from(key.created_at);
    // Deploy keys have no end.
    entity.expires_at = Fact::Known(None);
    entity.enabled = Fact::from(key.enabled);
    entity = entity
        .attribute("read_only", key.read_only)
        .attribute("repository", &*repository.full_name)
        .attribute("repository_archived", repository.archived);
    if let Some(verified) = key.verified {
        entity = entity.attribute("verified", verified);
    }
    let part_of = Link::new(&entity.id, LinkKind::PartOf, repository.end(), Evidence::Proven, LIST.what);
    let added_by = key.added_by.as_deref().and_then(|login| added_by(place, &entity.id, login));
    let mut records = vec![entity.into(), part_of.into()];
    records.extend(added_by.map(Record::from));
    records
}

/// Who added a key. An App's bot is no member and never was one; and who stood behind a deleted account is not known.
fn added_by(place: &Place, key: &EntityId, login: &str) -> Option<Link> {
    let because = format!("added_by ({})", LIST.what);
    match login.strip_suffix(BOT) {
        Some(slug) => Some(Link::new(key, LinkKind::CreatedBy, place.bot(slug), Evidence::Proven, because)),
        None if login.is_empty() || login.eq_ignore_ascii_case(DELETED) => None,
        None => {
            let link = Link::new(key, LinkKind::OwnedBy, place.member(login), Evidence::Proven, because);
            Some(link.role(OwnerRole::Creator))
        }
    }
}

/// The fingerprint of a public key as `ssh-keygen` prints it; one that is a fingerprint already, as our notes have it, is
/// taken as it is.
fn fingerprint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    if text.starts_with("SHA256:") {
        return Ok(Some(text));
    }
    let blob = text.split_whitespace().nth(1).and_then(|encoded| STANDARD.decode(encoded).ok());
    Ok(blob.map(|blob| format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_as_its_fingerprint() {
        // The public key of RFC 8709's first example and what `ssh-keygen -lf` says of it.
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ada@example.com";
        let text = format!(r#"{{"id":1,"key":"{key}","read_only":true}}"#);
        let read: DeployKey = serde_json::from_str(&text).unwrap();
        assert_eq!(read.fingerprint.as_deref(), Some("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"));
        let kept = serde_json::to_string(&read).unwrap();
        assert!(!kept.contains("AAAAC3"));
        assert_eq!(serde_json::from_str::<DeployKey>(&kept).unwrap().fingerprint, read.fingerprint);
    }
}
