//! Fine-grained personal access tokens that may reach an organisation, and requests for more. Only Apps may list them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::installations::Selection;
use super::members::simple_user;
use super::organisations::Organisation;
use super::reply::Reply;
use super::repositories;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};

const TOKENS: Needs = Needs::apps_alone("organization_personal_access_tokens");
const REQUESTS: Needs = Needs::apps_alone("organization_personal_access_token_requests");

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}/personal-access-tokens", TOKENS, tokens),
    Route::get("/orgs/{org}/personal-access-tokens/{pat_id}/repositories", TOKENS, repositories_of_token),
    Route::get("/orgs/{org}/personal-access-token-requests", REQUESTS, requests),
    Route::get(
        "/orgs/{org}/personal-access-token-requests/{pat_request_id}/repositories",
        REQUESTS,
        repositories_of_request,
    ),
];

/// A fine-grained token that is approved for an organisation.
#[derive(Debug, Clone)]
pub struct PersonalAccessToken {
    /// Of the approval: another one for each organisation.
    pub id: u64,
    /// Of the token itself.
    pub token_id: u64,
    /// What its owner called it.
    pub name: String,
    /// The login of whom it acts as.
    pub owner: String,
    /// Which repositories it reaches; [`Selection::None`] for one without any.
    pub selection: Selection,
    /// Such as `contents` to `read`, of repositories.
    pub repository_permissions: BTreeMap<String, String>,
    /// The same of the organisation.
    pub organization_permissions: BTreeMap<String, String>,
    /// When it was approved.
    pub access_granted_at: String,
    /// None: it does not expire.
    pub expires_at: Option<String>,
    /// Whether it has expired.
    pub expired: bool,
    /// None: it was never used.
    pub last_used_at: Option<String>,
}

impl PersonalAccessToken {
    /// A token that reads all repositories, was used on 2026-11-20 and expires on 2027-06-01.
    pub fn new(name: &str, owner: &str) -> Self {
        Self {
            id: id_of("grant", name),
            token_id: id_of("token", name),
            name: name.to_owned(),
            owner: owner.to_owned(),
            selection: Selection::All,
            repository_permissions: BTreeMap::from([
                ("contents".into(), "read".into()),
                ("metadata".into(), "read".into()),
            ]),
            organization_permissions: BTreeMap::new(),
            access_granted_at: "2026-06-01T09:00:00Z".into(),
            expires_at: Some("2027-06-01T09:00:00Z".into()),
            expired: false,
            last_used_at: Some("2026-11-20T08:00:00Z".into()),
        }
    }
}

/// A request of a fine-grained token that waits for an owner's approval.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Of the request.
    pub id: u64,
    /// What the token's owner says that it is for.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// What the token would be.
    pub token: PersonalAccessToken,
}

impl TokenRequest {
    /// A request for this token.
    pub fn new(token: PersonalAccessToken) -> Self {
        Self { id: id_of("request", &token.name), reason: None, created_at: "2026-11-10T10:00:00Z".into(), token }
    }
}

fn tokens(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    let owners: Vec<String> = url::form_urlencoded::parse(ask.query.as_bytes())
        .filter(|(key, _)| key == "owner[]" || key == "owner")
        .map(|(_, login)| login.into_owned())
        .collect();
    let wanted = organisation.personal_access_tokens.iter().filter(|token| {
        let used = |by: fn(&str, &str) -> bool, name: &str| {
            ask.query(name).is_none_or(|at| token.last_used_at.as_deref().is_some_and(|used| by(used, &at)))
        };
        (owners.is_empty() || owners.contains(&token.owner))
            && used(|used, at| used < at, "last_used_before")
            && used(|used, at| used > at, "last_used_after")
    });
    Ok(Reply::list(wanted.map(|token| json(world, ask, organisation, token)).collect()))
}

fn json(world: &World, ask: &Ask<'_>, organisation: &Organisation, token: &PersonalAccessToken) -> Value {
    let url = format!("{}/organizations/{}/personal-access-tokens/{}", ask.base, organisation.id, token.id);
    json!({
        "id": token.id,
        "owner": simple_user(world, ask.base, &token.owner),
        "repository_selection": token.selection.of_token(),
        "repositories_url": format!("{url}/repositories"),
        "permissions": {
            "repository": token.repository_permissions,
            "organization": token.organization_permissions,
        },
        "access_granted_at": token.access_granted_at,
        "token_id": token.token_id,
        "token_name": token.name,
        "token_expired": token.expired,
        "token_expires_at": token.expires_at,
        "token_last_used_at": token.last_used_at,
    })
}

fn requests(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    let listed = organisation.token_requests.iter().map(|request| {
        let mut listed = json(world, ask, organisation, &request.token);
        let url =
            format!("{}/organizations/{}/personal-access-token-requests/{}", ask.base, organisation.id, request.id);
        listed["id"] = request.id.into();
        listed["reason"] = json!(request.reason);
        listed["created_at"] = json!(request.created_at);
        listed["repositories_url"] = format!("{url}/repositories").into();
        if let Some(listed) = listed.as_object_mut() {
            listed.remove("access_granted_at");
        }
        listed
    });
    Ok(Reply::list(listed.collect()))
}

fn repositories_of_token(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, id) = (ask.organisation(world)?, ask.id("pat_id")?);
    let found = organisation.personal_access_tokens.iter().find(|token| token.id == id).ok_or(Deny::NotFound)?;
    Ok(reached(world, ask, organisation, &found.selection))
}

fn repositories_of_request(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, id) = (ask.organisation(world)?, ask.id("pat_request_id")?);
    let found = organisation.token_requests.iter().find(|request| request.id == id).ok_or(Deny::NotFound)?;
    Ok(reached(world, ask, organisation, &found.token.selection))
}

fn reached(world: &World, ask: &Ask<'_>, organisation: &Organisation, selection: &Selection) -> Reply {
    let reached = organisation.repositories.iter().filter(|repository| selection.contains(&repository.name));
    Reply::list(reached.map(|repository| repositories::json(world, ask.base, organisation, repository)).collect())
}
