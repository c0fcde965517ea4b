//! `personal-access-tokens` and `personal-access-token-requests`: fine-grained tokens. GitHub shows them to Apps alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{
    CollectError, Complete, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, OwnerRole, Record, Sink, Timestamp,
};

use crate::api::{Call, Calls, nullable};
use crate::descriptor::{PERSONAL_ACCESS_TOKEN_REQUESTS, PERSONAL_ACCESS_TOKENS};
use crate::gates;
use crate::members::User;
use crate::place::Place;

pub(crate) const LIST: Call = Call::new("GET /orgs/{org}/personal-access-tokens", PERSONAL_ACCESS_TOKENS);
const REQUESTS: Call = Call::new("GET /orgs/{org}/personal-access-token-requests", PERSONAL_ACCESS_TOKEN_REQUESTS);
pub(crate) const PATH: &str = "/personal-access-tokens?per_page=100";

/// A token, or a request for one, as far as it is read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    /// Of the organisation's approval; what calls about it take.
    pub(crate) id: u64,
    owner: User,
    repository_selection: Option<String>,
    #[serde(default)]
    permissions: Permissions,
    /// When it was approved; of a request, when that was made.
    #[serde(alias = "created_at")]
    access_granted_at: Timestamp,
    token_id: Option<u64>,
    token_name: Option<String>,
    token_expired: Option<bool>,
    /// Null: it does not expire.
    #[serde(default, with = "nullable", skip_serializing_if = "Fact::is_not_exposed")]
    token_expires_at: Fact<Option<Timestamp>>,
    /// Null: never used.
    #[serde(default, with = "nullable", skip_serializing_if = "Fact::is_not_exposed")]
    token_last_used_at: Fact<Option<Timestamp>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Permissions {
    organization: BTreeMap<String, String>,
    repository: BTreeMap<String, String>,
}

impl Token {
    pub(crate) fn entity_id(&self) -> EntityId {
        EntityId::new(format!("github:pat/{}", self.id))
    }

    /// The token's own id, as the audit log has it.
    pub(crate) fn token_id(&self) -> Option<u64> {
        self.token_id
    }
}

/// Collects `personal-access-tokens`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let first = &calls.of_organisation(PATH);
    pages_into(out, |token| async move {
        let (tokens, next, _) = calls.page::<Token>(LIST, token.unwrap_or_else(|| first.clone())).await?;
        Ok((tokens.iter().flat_map(|token| normalize(&calls.place, token)).collect(), next))
    })
    .await
    .map_err(|refused| gates::of_tokens(calls, LIST, refused))
}

/// Collects `personal-access-token-requests`.
pub(crate) async fn collect_requests(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let first = &calls.of_organisation("/personal-access-token-requests?per_page=100");
    pages_into(out, |token| async move {
        let (requests, next, _) = calls.page::<Token>(REQUESTS, token.unwrap_or_else(|| first.clone())).await?;
        Ok((requests.iter().flat_map(|request| normalize_request(&calls.place, request)).collect(), next))
    })
    .await
    .map_err(|refused| gates::of_requests(calls, REQUESTS, refused))
}

fn normalize(place: &Place, token: &Token) -> Vec<Record> {
    let mut entity = describe(token.entity_id(), "github.pat", token);
    if let Some(token_id) = token.token_id {
        entity = entity.alias(format!("github:pat-token/{token_id}"));
    }
    // The organisation sees its approval, which is not before the token was made: it is no older than it looks.
    entity.created_at = Fact::Known(token.access_granted_at);
    entity.last_used_at = token.token_last_used_at;
    entity.use_tracked_since = Fact::Known(token.access_granted_at);
    entity.expires_at = token.token_expires_at;
    entity.enabled = Fact::from(token.token_expired).map(|expired| !expired);
    owned(place, entity, token, LIST)
}

/// A token that waits for approval reaches nothing here yet.
fn normalize_request(place: &Place, request: &Token) -> Vec<Record> {
    let id = EntityId::new(format!("github:pat-request/{}", request.id));
    let mut entity = describe(id, "github.pat-request", request);
    entity.created_at = Fact::Known(request.access_granted_at);
    entity.expires_at = request.token_expires_at;
    entity.enabled = Fact::Known(false);
    owned(place, entity, request, REQUESTS)
}

fn describe(id: EntityId, type_name: &str, token: &Token) -> Entity {
    let mut entity = Entity::new(id, Kind::Credential, type_name, token.token_name.as_deref().unwrap_or_default());
    if let Some(selection) = &token.repository_selection {
        entity = entity.attribute("repository_selection", &**selection);
    }
    let words = |permissions: &BTreeMap<String, String>| -> Vec<String> {
        permissions.iter().map(|(name, level)| format!("{name}: {level}")).collect()
    };
    entity
        .attribute("organization_permissions", words(&token.permissions.organization))
        .attribute("repository_permissions", words(&token.permissions.repository))
}

fn owned(place: &Place, entity: Entity, token: &Token, call: Call) -> Vec<Record> {
    let because = format!("owner ({})", call.what);
    let owned_by =
        Link::new(&entity.id, LinkKind::OwnedBy, place.member(&token.owner.login), Evidence::Proven, because)
            .role(OwnerRole::Owner);
    let part_of = Link::new(&entity.id, LinkKind::PartOf, place.organisation(), Evidence::Proven, call.what);
    vec![entity.into(), owned_by.into(), part_of.into()]
}
