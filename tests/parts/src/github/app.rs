//! An App: who it is, and how it signs in as one of its installations.
//!
//! An assertion's form and times are verified as GitHub verifies them. Its signature is not: the fake holds no keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::installations;
use super::members::simple_user;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::{Needs, SignIn};
use super::world::World;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/app", Needs::ASSERTION, app),
    Route::get("/app/installations", Needs::ASSERTION, installations_of_app),
    Route::get("/app/installations/{installation_id}", Needs::ASSERTION, installation),
    Route::get("/orgs/{org}/installation", Needs::ASSERTION, installation_of_organisation),
    Route::post("/app/installations/{installation_id}/access_tokens", Needs::ASSERTION, access_token),
];

/// The longest that an assertion may live, and how far its clock may be ahead.
const LONGEST_S: i64 = 600;
const AHEAD_S: i64 = 60;

/// The App that an assertion is of.
pub(super) fn verify(world: &World, assertion: &str, now_s: i64) -> Result<SignIn, Deny> {
    const UNREADABLE: Deny = Deny::BadAssertion("A JSON web token could not be decoded");
    let parts: Vec<&str> = assertion.split('.').collect();
    let decoded = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let [header, claims, signature] = parts[..] else { return Err(UNREADABLE) };
    let (Some(header), Some(claims)) = (decoded(header), decoded(claims)) else { return Err(UNREADABLE) };
    if header["alg"] != "RS256" || signature.len() < 300 || URL_SAFE_NO_PAD.decode(signature).is_err() {
        return Err(UNREADABLE);
    }
    let Some(issued_at) = claims["iat"].as_i64().filter(|&at| at <= now_s + AHEAD_S) else {
        return Err(Deny::BadAssertion(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ));
    };
    let Some(expires_at) = claims["exp"].as_i64().filter(|&at| at > now_s) else {
        return Err(Deny::BadAssertion(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion \
             expires",
        ));
    };
    if expires_at > now_s + LONGEST_S || expires_at < issued_at {
        return Err(Deny::BadAssertion("'Expiration time' claim ('exp') is too far in the future"));
    }
    let issuer = claims["iss"].as_str().map_or_else(|| claims["iss"].to_string(), str::to_owned);
    let all = world.organisations.values().flat_map(|organisation| &organisation.installations);
    let mut of_issuer = all.filter(|one| one.app_id.to_string() == issuer || one.client_id() == issuer);
    match of_issuer.next() {
        Some(found) => Ok(SignIn::App { app_id: found.app_id }),
        None => Err(Deny::BadAssertion("Integration not found")),
    }
}

fn app_id(ask: &Ask<'_>) -> Result<u64, Deny> {
    match ask.sign_in {
        SignIn::App { app_id } => Ok(*app_id),
        _ => Err(Deny::NotFound),
    }
}

fn app(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let id = app_id(ask)?;
    let mut all = world.organisations.values();
    let found = all.find_map(|home| Some((home, home.installations.iter().find(|one| one.app_id == id)?)));
    let (home, installation) = found.ok_or(Deny::NotFound)?;
    Ok(Reply::One(json!({
        "id": id,
        "client_id": installation.client_id(),
        "slug": installation.app_slug,
        "node_id": format!("A_{id}"),
        "owner": simple_user(world, ask.base, &home.login),
        "name": installation.app_slug,
        "description": "",
        "external_url": "https://example.com",
        "html_url": format!("https://github.com/apps/{}", installation.app_slug),
        "created_at": installation.created_at,
        "updated_at": installation.created_at,
        "permissions": installation.permissions,
        "events": installation.events,
        "installations_count": installations_of(world, ask, id).len(),
    })))
}

fn installations_of(world: &World, ask: &Ask<'_>, app_id: u64) -> Vec<Value> {
    let homes = world.organisations.values();
    let each = homes.flat_map(|home| home.installations.iter().map(move |installation| (home, installation)));
    each.filter(|(_, installation)| installation.app_id == app_id)
        .map(|(home, installation)| installations::json(world, ask.base, home, installation))
        .collect()
}

fn installations_of_app(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    Ok(Reply::list(installations_of(world, ask, app_id(ask)?)))
}

fn installation(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, found) = world.installation(ask.id("installation_id")?).ok_or(Deny::NotFound)?;
    if found.app_id != app_id(ask)? {
        return Err(Deny::NotFound);
    }
    Ok(Reply::One(installations::json(world, ask.base, home, found)))
}

fn installation_of_organisation(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, id) = (ask.organisation(world)?, app_id(ask)?);
    let found = home.installations.iter().find(|installation| installation.app_id == id).ok_or(Deny::NotFound)?;
    Ok(Reply::One(installations::json(world, ask.base, home, found)))
}

fn access_token(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (_, found) = world.installation(ask.id("installation_id")?).ok_or(Deny::NotFound)?;
    if found.app_id != app_id(ask)? {
        return Err(Deny::NotFound);
    }
    if found.suspended_at.is_some() {
        return Err(Deny::Suspended);
    }
    Ok(Reply::NewToken(found.id))
}
