//! Looking at an organisation before its scopes are listed: whether it is visible, what it is called, which plan it has,
//! and whether all of its repositories are seen.
//!
//! What keeps the whole organisation from being seen is told here once, and is the answer of each of its scopes.

use bytes::Bytes;
use serde::Deserialize;
use whosekey_sdk::http::HttpError;
use whosekey_sdk::{Issue, IssueKind};

use crate::api::refusal::{reason, refused};
use crate::api::sign_in::Caller;
use crate::api::{Call, Calls, header, segment};
use crate::descriptor::METADATA;
use crate::organization::{GET, Organization};
use crate::place::Place;

const INSTALLATION: Call = Call::new("GET /installation/repositories", METADATA);
const USER: Call = Call::new("GET /user", METADATA);
const MEMBERSHIP: Call = Call::new("GET /orgs/{org}/memberships/{username}", METADATA);

#[derive(Debug, Deserialize)]
struct Reached {
    repository_selection: Option<String>,
    repositories: Vec<Home>,
}

#[derive(Debug, Deserialize)]
struct Home {
    owner: User,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Membership {
    role: String,
}

/// Says what it sees in the calls' place.
pub(crate) async fn look(calls: &mut Calls) -> Result<(), Issue> {
    let response = calls.ask(GET, &calls.of_organisation("")).await?;
    let found: Organization = match response.status().as_u16() {
        200 if response.body().is_empty() => return Err(HttpError::Cut.issue(GET.what)),
        200 => serde_json::from_slice(response.body())
            .map_err(|_| Issue::new(IssueKind::Parse, format!("{}: the answer is not understood", GET.what)))?,
        _ => return Err(unseen(&calls.place, &response)),
    };
    calls.place.id = Some(found.id);
    calls.place.login = found.login;
    calls.place.plan = found.plan.map(|plan| plan.name);
    if calls.place.caller == Caller::App {
        calls.place.sees_all_repositories = app_sees_all(calls).await.unwrap_or(false);
    } else if let Some((user, has_repo_scope)) = user(calls).await {
        calls.place.is_owners = is_owner(calls, &user).await.unwrap_or(false);
        calls.place.sees_all_repositories = calls.place.is_owners && has_repo_scope;
    }
    Ok(())
}

/// The issue of an organisation that goes by the name of the one that was there before.
pub(crate) fn another(place: &Place, before: Option<u64>) -> Option<Issue> {
    let (now, before) = (place.id?, before?);
    let message = format!(
        "{} is another one now (id {now}, before {before}): the former one has a new name or is deleted, and somebody took its \
         name. Nothing of it is looked at; name the former one by its new name, and this one in a source of its own",
        place.words()
    );
    (now != before).then(|| Issue::new(IssueKind::Permission, message))
}

/// Whether an issue of looking holds for all scopes: what has no end by itself need not be asked again for each of them.
pub(crate) fn is_final(issue: &Issue) -> bool {
    matches!(issue.kind, IssueKind::Permission | IssueKind::Auth)
}

fn unseen(place: &Place, response: &http::Response<Bytes>) -> Issue {
    let issue = refused(GET, place, response);
    if issue.kind != IssueKind::Permission {
        return issue;
    }
    let why = reason(place, response)
        .unwrap_or_else(|| "it was renamed or deleted, or this credential may not see it".to_owned());
    Issue::new(IssueKind::Permission, format!("{} is not visible: {why}; nothing of it is looked at", place.words()))
}

/// Whether an installation sees all repositories of the organisation. `None` when it cannot be told, which counts as no: a
/// repository that is not listed may then still exist.
async fn app_sees_all(calls: &Calls) -> Option<bool> {
    let response = calls.ask(INSTALLATION, &calls.path("/installation/repositories?per_page=1")).await.ok()?;
    let reached: Reached = serde_json::from_slice(response.body()).ok()?;
    // An installation in another organisation sees all of that one.
    let is_here = |home: &Home| home.owner.login.eq_ignore_ascii_case(&calls.place.login);
    Some(reached.repository_selection? == "all" && reached.repositories.iter().all(is_here))
}

/// Whose token it is, and whether it says that it reaches all repositories of theirs. A classic token names its scopes; a
/// fine-grained one does not, nor which repositories it was given.
async fn user(calls: &Calls) -> Option<(User, bool)> {
    let response = calls.ask(USER, &calls.path("/user")).await.ok()?;
    let scopes = header(&response, "x-oauth-scopes").unwrap_or_default();
    let user: User = serde_json::from_slice(response.body()).ok()?;
    Some((user, scopes.split(',').any(|scope| scope.trim() == "repo")))
}

async fn is_owner(calls: &Calls, user: &User) -> Option<bool> {
    let path = calls.of_organisation(&format!("/memberships/{}", segment(&user.login)));
    let response = calls.ask(MEMBERSHIP, &path).await.ok()?;
    let membership: Membership = serde_json::from_slice(response.body()).ok()?;
    Some(membership.role == "admin")
}
