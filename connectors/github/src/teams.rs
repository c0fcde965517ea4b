//! `teams`: teams, who is in them, and the repositories that they answer for because they administer or maintain them.

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::answers;
use whosekey_sdk::{
    Alias, CollectError, Complete, Entity, EntityId, Evidence, Issue, IssueKind, Kind, Link, LinkKind, OwnerRole,
    Record, Sink,
};

use crate::api::sign_in::Caller;
use crate::api::{Call, Calls, segment};
use crate::descriptor::MEMBERS;
use crate::members::{User, user_id};
use crate::place::Place;

const LIST: Call = Call::new("GET /orgs/{org}/teams", MEMBERS);
const MEMBERS_OF: Call = Call::new("GET /orgs/{org}/teams/{team_slug}/members", MEMBERS).harmless();
const REPOSITORIES: Call = Call::new("GET /orgs/{org}/teams/{team_slug}/repos", MEMBERS);

#[derive(Debug, Serialize, Deserialize)]
struct Team {
    id: u64,
    name: String,
    slug: String,
    parent: Option<Parent>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Parent {
    slug: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Reached {
    id: u64,
    role_name: Option<String>,
}

/// Collects `teams`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (teams, mut complete) = calls.listing::<Team>(LIST, calls.of_organisation("/teams?per_page=100")).await?;
    let mut asked = answers(calls.asked(&teams), |team| one(calls, team));
    while let Some(answer) = asked.next().await {
        let (records, whole) = answer?;
        out.page(records).await?;
        complete = complete.and(whole);
    }
    if calls.place.caller == Caller::Person && !calls.place.is_owners {
        out.issue(secret_ones());
    }
    Ok(complete)
}

/// Listed are teams that the user may see: <https://docs.github.com/en/rest/teams/teams#list-teams>, seen 2026-11-27.
fn secret_ones() -> Issue {
    let message = format!(
        "{}: GitHub shows secret teams to their members and to owners alone, and this token is of no owner: whom they \
         have and what they own is not seen. Sign in as a GitHub App or with an owner's token, or leave teams out with \
         skip = [\"teams\"]",
        LIST.what
    );
    Issue::new(IssueKind::Permission, message)
}

async fn one(calls: &Calls, team: &Team) -> Result<(Vec<Record>, Complete), CollectError> {
    let path = |rest: &str| calls.of_organisation(&format!("/teams/{}/{rest}?per_page=100", segment(&team.slug)));
    let (members, whole) = calls.listing::<User>(MEMBERS_OF, path("members")).await?;
    let (repositories, all) = calls.listing::<Reached>(REPOSITORIES, path("repos")).await?;
    Ok((normalize(&calls.place, team, &members, &repositories), whole.and(all)))
}

fn normalize(place: &Place, team: &Team, members: &[User], repositories: &[Reached]) -> Vec<Record> {
    let id = place.team(&team.slug);
    let mut entity = Entity::new(id.clone(), Kind::Owner, "github.team", &*team.name)
        .alias(Alias::new(format!("github:team/{}", team.id)))
        // As CODEOWNERS writes it.
        .alias(Alias::new(format!("owner:{}/{}", place.login.to_lowercase(), team.slug)));
    if let Some(parent) = &team.parent {
        entity = entity.attribute("parent", &*parent.slug);
    }
    let in_it = |user: &User| Link::new(user_id(user.id), LinkKind::MemberOf, &id, Evidence::Proven, MEMBERS_OF.what);
    let answers_for = |reached: &Reached| {
        let role = reached.role_name.as_deref().filter(|role| matches!(*role, "admin" | "maintain"))?;
        let repository = EntityId::new(format!("github:repo/{}", reached.id));
        let because = format!("the team's role is {role} (GET /orgs/{{org}}/teams/{{team_slug}}/repos)");
        Some(Link::new(repository, LinkKind::OwnedBy, &id, Evidence::Proven, because).role(OwnerRole::Team))
    };
    let links = members.iter().map(in_it).chain(repositories.iter().filter_map(answers_for));
    std::iter::once(entity.into()).chain(links.map(Record::from)).collect()
}
