//! `credential-authorizations`: classic tokens and SSH keys that are authorised for single sign-on. Without it, GitHub lists
//! them to nobody.

use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Kind, Link, LinkKind, OwnerRole, Record, Sink, Timestamp,
};

use crate::api::{Call, Calls, nullable, shown};
use crate::descriptor::ORGANIZATION;
use crate::gates;
use crate::place::Place;

const LIST: Call = Call::new("GET /orgs/{org}/credential-authorizations", ORGANIZATION);

/// An authorised credential, as far as it is read. `token_last_eight` is not: it is a part of a secret.
#[derive(Debug, Serialize, Deserialize)]
struct Authorization {
    login: String,
    credential_id: u64,
    credential_type: String,
    credential_authorized_at: Option<Timestamp>,
    credential_accessed_at: Option<Timestamp>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    fingerprint: Option<String>,
    #[serde(default, alias = "authorized_credential_note", deserialize_with = "shown::deserialize")]
    authorized_credential_title: Option<String>,
    /// Null: it does not expire. An SSH key has none.
    #[serde(default, with = "nullable", skip_serializing_if = "Fact::is_not_exposed")]
    authorized_credential_expires_at: Fact<Option<Timestamp>>,
}

/// Collects `credential-authorizations`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let first = &calls.of_organisation("/credential-authorizations?per_page=100");
    let listed = pages_into(out, |token| async move {
        let (all, next, _) = calls.page::<Authorization>(LIST, token.unwrap_or_else(|| first.clone())).await?;
        Ok((all.iter().flat_map(|one| normalize(&calls.place, one)).collect(), next))
    })
    .await;
    match listed {
        Ok(complete) => Ok(complete),
        Err(refused) => Err(gates::of_authorizations(calls, LIST, first, refused).await),
    }
}

fn normalize(place: &Place, one: &Authorization) -> Vec<Record> {
    let is_key = one.credential_type.eq_ignore_ascii_case("SSH key");
    let type_name = if is_key { "github.ssh-key" } else { "github.classic-pat" };
    let name = one.authorized_credential_title.as_deref().unwrap_or_default();
    let id = format!("github:credential-authorization/{}", one.credential_id);
    let mut entity = Entity::new(id, Kind::Credential, type_name, name);
    if let Some(fingerprint) = one.fingerprint.as_deref().filter(|fingerprint| fingerprint.starts_with("SHA256:")) {
        entity = entity.alias(format!("ssh:{fingerprint}"));
    }
    // The credential is older than its authorisation, which is all that the organisation sees.
    entity.created_at = Fact::from(one.credential_authorized_at);
    // SSH keys never expire.
    entity.expires_at = if is_key { Fact::Known(None) } else { one.authorized_credential_expires_at };
    if let Some(at) = one.credential_accessed_at {
        // Its last sign-in, not its last use: https://docs.github.com/en/rest/orgs/orgs, seen 2026-11-27.
        entity = entity.attribute("credential_accessed_at", at.to_string());
    }
    if let Some(scopes) = &one.scopes {
        entity = entity.attribute("scopes", scopes.clone());
    }
    let because = format!("login ({})", LIST.what);
    let owned_by = Link::new(&entity.id, LinkKind::OwnedBy, place.member(&one.login), Evidence::Proven, because)
        .role(OwnerRole::Owner);
    let part_of = Link::new(&entity.id, LinkKind::PartOf, place.organisation(), Evidence::Proven, LIST.what);
    vec![entity.into(), owned_by.into(), part_of.into()]
}
