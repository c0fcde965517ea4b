//! `members`: the people of an organisation, outside collaborators included. Who is not among them has left.

use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{Alias, CollectError, Complete, Entity, EntityId, Kind, Record, Sink};

use crate::api::{Call, Calls};
use crate::descriptor::MEMBERS;
use crate::place::Place;

const MEMBERS_OF: Call = Call::new("GET /orgs/{org}/members", MEMBERS);
pub(crate) const COLLABORATORS: Call = Call::new("GET /orgs/{org}/outside_collaborators", MEMBERS);

pub(crate) const COLLABORATORS_PATH: &str = "/outside_collaborators?per_page=100";

/// A user, as far as it is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) login: String,
}

/// Collects `members`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let members = list(calls, out, MEMBERS_OF, "/members?per_page=100", "member").await?;
    let collaborators = list(calls, out, COLLABORATORS, COLLABORATORS_PATH, "outside collaborator");
    Ok(members.and(collaborators.await?))
}

async fn list(
    calls: &Calls,
    out: &mut dyn Sink,
    call: Call,
    path: &str,
    affiliation: &'static str,
) -> Result<Complete, CollectError> {
    let first = &calls.of_organisation(path);
    pages_into(out, |token| async move {
        let (users, next, _) = calls.page::<User>(call, token.unwrap_or_else(|| first.clone())).await?;
        Ok((users.iter().map(|user| normalize(&calls.place, user, affiliation)).collect(), next))
    })
    .await
}

/// A user's id: a login may be given to somebody else tomorrow.
pub(crate) fn user_id(id: u64) -> EntityId {
    EntityId::new(format!("github:user/{id}"))
}

fn normalize(place: &Place, user: &User, affiliation: &'static str) -> Record {
    Entity::new(user_id(user.id), Kind::Owner, "github.user", &*user.login)
        .alias(Alias::login(&user.login))
        .alias(place.member(&user.login))
        .attribute("affiliation", affiliation)
        .into()
}
