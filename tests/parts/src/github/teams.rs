//! Teams, who is in them and which repositories they have.

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::members::simple_user;
use super::organisations::Organisation;
use super::reply::Reply;
use super::repositories;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};

const TEAMS: Needs = Needs::member("members", &["read:org"]);

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}/teams", TEAMS, teams),
    Route::get("/orgs/{org}/teams/{team_slug}", TEAMS, team),
    Route::get("/orgs/{org}/teams/{team_slug}/members", TEAMS, members),
    Route::get("/orgs/{org}/teams/{team_slug}/repos", TEAMS, repos),
    Route::get("/repos/{owner}/{repo}/teams", Needs::user("administration", &["repo"]), teams_of_repository),
];

/// A team.
#[derive(Debug, Clone)]
pub struct Team {
    /// The team's id.
    pub id: u64,
    /// The name in addresses and in CODEOWNERS.
    pub slug: String,
    /// The slug of the team above it.
    pub parent: Option<String>,
    /// The logins of its members.
    pub members: Vec<String>,
    /// Names of repositories with the permission that the team has in each: `pull`, `triage`, `push`, `maintain`, `admin`.
    pub repositories: Vec<(String, &'static str)>,
}

impl Team {
    /// A team of these members.
    pub fn new(slug: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|&login| login.to_owned()).collect();
        Self { id: id_of("team", slug), slug: slug.to_owned(), parent: None, members, repositories: Vec::new() }
    }

    /// With this permission in this repository of the organisation.
    #[must_use]
    pub fn repository(mut self, name: &str, permission: &'static str) -> Self {
        self.repositories.push((name.to_owned(), permission));
        self
    }
}

fn found<'w>(world: &'w World, ask: &Ask<'_>) -> Result<(&'w Organisation, &'w Team), Deny> {
    let organisation = ask.organisation(world)?;
    let slug = ask.parameter("team_slug");
    Ok((organisation, organisation.teams.iter().find(|team| team.slug == slug).ok_or(Deny::NotFound)?))
}

fn teams(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    Ok(Reply::list(organisation.teams.iter().map(|team| with_parent(ask.base, organisation, team)).collect()))
}

fn team(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, team) = found(world, ask)?;
    let mut full = with_parent(ask.base, organisation, team);
    full["members_count"] = team.members.len().into();
    full["repos_count"] = team.repositories.len().into();
    full["created_at"] = "2020-01-01T00:00:00Z".into();
    full["updated_at"] = "2026-01-01T00:00:00Z".into();
    full["organization"] = organisation.full(ask.base);
    Ok(Reply::One(full))
}

fn members(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (_, team) = found(world, ask)?;
    Ok(Reply::list(team.members.iter().map(|login| simple_user(world, ask.base, login)).collect()))
}

fn repos(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, team) = found(world, ask)?;
    let named = team.repositories.iter().filter_map(|(name, role)| Some((organisation.repository(name)?, *role)));
    let visible = named.filter(|(repository, _)| ask.sign_in.sees_repository(world, organisation, repository));
    let listed = visible.map(|(repository, role)| {
        let mut listed = repositories::json(world, ask.base, organisation, repository);
        listed["permissions"] = permissions(role);
        listed["role_name"] = role_name(role).into();
        listed
    });
    Ok(Reply::list(listed.collect()))
}

fn teams_of_repository(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, repository) = ask.repository(world)?;
    let teams = organisation.teams.iter().filter_map(|team| {
        let (_, role) = team.repositories.iter().find(|(name, _)| *name == repository.name)?;
        let mut listed = with_parent(ask.base, organisation, team);
        listed["permission"] = (*role).into();
        listed["permissions"] = permissions(role);
        Some(listed)
    });
    Ok(Reply::list(teams.collect()))
}

fn with_parent(base: &str, organisation: &Organisation, team: &Team) -> Value {
    let mut listed = simple(base, organisation, team);
    let parent = team.parent.as_ref().and_then(|slug| organisation.teams.iter().find(|other| other.slug == *slug));
    listed["parent"] = parent.map_or(Value::Null, |parent| simple(base, organisation, parent));
    listed
}

fn simple(base: &str, organisation: &Organisation, team: &Team) -> Value {
    let url = format!("{base}/organizations/{}/team/{}", organisation.id, team.id);
    json!({
        "id": team.id,
        "node_id": format!("T_{}", team.id),
        "url": url,
        "html_url": format!("https://github.com/orgs/{}/teams/{}", organisation.login, team.slug),
        "name": team.slug,
        "slug": team.slug,
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "type": "organization",
        "organization_id": organisation.id,
        "members_url": format!("{url}/members{{/member}}"),
        "repositories_url": format!("{url}/repos"),
    })
}

fn permissions(role: &str) -> Value {
    let order = ["pull", "triage", "push", "maintain", "admin"];
    let rank = order.iter().position(|known| *known == role);
    Value::Object(order.iter().enumerate().map(|(at, name)| ((*name).to_owned(), (Some(at) <= rank).into())).collect())
}

fn role_name(permission: &str) -> &str {
    match permission {
        "pull" => "read",
        "push" => "write",
        other => other,
    }
}
