//! People: members of an organisation, its outside collaborators, and the caller.

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::{Needs, SignIn};
use super::world::World;

const MEMBERS: Needs = Needs::user("members", &["read:org"]);

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}/members", MEMBERS, members),
    Route::get("/orgs/{org}/outside_collaborators", Needs::member("members", &["read:org"]), outside_collaborators),
    Route::get("/orgs/{org}/memberships/{username}", MEMBERS, membership),
    Route::get("/users/{username}", Needs::SIGNED_IN, profile),
    Route::get("/user", Needs::SIGNED_IN, caller),
];

/// A member of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user's login.
    pub login: String,
    /// What the member may do.
    pub role: Role,
    /// Whether anybody may see that the user is a member.
    pub public: bool,
}

/// What a member may do in the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything; the API calls it `admin`.
    Owner,
    /// What the organisation lets its members do.
    Member,
}

impl Member {
    /// A plain member.
    pub fn new(login: &str) -> Self {
        Self { login: login.to_owned(), role: Role::Member, public: false }
    }

    /// An owner.
    pub fn owner(login: &str) -> Self {
        Self { role: Role::Owner, ..Self::new(login) }
    }
}

fn members(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    // Who is no member is told of the public ones alone, and not that there are others.
    let is_stranger = match ask.sign_in {
        SignIn::Classic { login, .. } | SignIn::FineGrained { login, .. } => organisation.role(login).is_none(),
        _ => false,
    };
    let wanted = match ask.query("role").as_deref() {
        None | Some("all") => None,
        Some("admin") => Some(Role::Owner),
        Some("member") => Some(Role::Member),
        Some(_) => return Err(Deny::Other(422, "Validation Failed")),
    };
    let listed = organisation.members.iter().filter(|member| wanted.is_none_or(|role| role == member.role));
    let visible = listed.filter(|member| !is_stranger || member.public);
    Ok(Reply::list(visible.map(|member| simple_user(world, ask.base, &member.login)).collect()))
}

fn outside_collaborators(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let logins = &ask.organisation(world)?.outside_collaborators;
    Ok(Reply::list(logins.iter().map(|login| simple_user(world, ask.base, login)).collect()))
}

fn membership(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    let login = ask.parameter("username");
    let role = match organisation.role(login).ok_or(Deny::NotFound)? {
        Role::Owner => "admin",
        Role::Member => "member",
    };
    let url = format!("{}/orgs/{}", ask.base, organisation.login);
    Ok(Reply::One(json!({
        "url": format!("{url}/memberships/{login}"),
        "state": "active",
        "role": role,
        "organization_url": url,
        "organization": organisation.simple(ask.base),
        "user": simple_user(world, ask.base, login),
    })))
}

fn caller(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    match ask.sign_in {
        SignIn::Classic { login, .. } | SignIn::FineGrained { login, .. } => {
            Ok(Reply::One(full_user(world, ask.base, login)))
        }
        _ => Err(Deny::NotAccessible),
    }
}

fn profile(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    Ok(Reply::One(full_user(world, ask.base, ask.parameter("username"))))
}

/// A user as listings name one.
pub(super) fn simple_user(world: &World, base: &str, login: &str) -> Value {
    let user = world.user(login);
    let url = format!("{base}/users/{login}");
    json!({
        "login": login,
        "id": user.id,
        "node_id": format!("U_{}", user.id),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", user.id),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("https://github.com/{login}"),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": user.kind,
        "user_view_type": "public",
        "site_admin": false,
    })
}

fn full_user(world: &World, base: &str, login: &str) -> Value {
    let user = world.user(login);
    let mut full = simple_user(world, base, login);
    let more = json!({
        "name": user.name, "company": null, "blog": "", "location": null, "email": user.email, "hireable": null, "bio": null,
        "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    if let (Some(full), Value::Object(more)) = (full.as_object_mut(), more) {
        full.extend(more);
    }
    full
}
