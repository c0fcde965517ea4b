//! An organisation: itself, its default workflow token and its OIDC subjects.

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};
use super::{
    CredentialAuthorization, ExternalIdentity, Hook, Installation, Member, OidcSubject, PersonalAccessToken,
    Repository, Role, Runner, Secret, Team, TokenRequest, Variable,
};

const PLAN: Needs = Needs::owner("organization_plan", &["admin:org"]);
const ADMINISTRATION: Needs = Needs::owner("organization_administration", &["admin:org"]);

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}", Needs::SIGNED_IN, organisation),
    Route::get("/user/orgs", Needs::user("members", &["read:org", "user"]), organisations),
    Route::get("/orgs/{org}/actions/permissions/workflow", ADMINISTRATION, workflow_permissions),
    Route::get(
        "/orgs/{org}/actions/oidc/customization/sub",
        Needs::member("organization_administration", &["read:org"]),
        oidc_subject,
    ),
];

/// An organisation and all that it has.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "a listing is named as in the API's paths")]
pub struct Organisation {
    pub id: u64,
    pub login: String,
    /// `enterprise` has single sign-on and the audit log, `team` and `free` have neither.
    pub plan: &'static str,
    pub members: Vec<Member>,
    /// Their logins.
    pub outside_collaborators: Vec<String>,
    /// Domains that it has proved to be its own: members' addresses there are shown to it.
    pub verified_domains: Vec<String>,
    pub teams: Vec<Team>,
    pub repositories: Vec<Repository>,
    /// Fine-grained ones that are approved for the organisation.
    pub personal_access_tokens: Vec<PersonalAccessToken>,
    pub token_requests: Vec<TokenRequest>,
    /// None without single sign-on.
    pub credential_authorizations: Option<Vec<CredentialAuthorization>>,
    /// Whom its single sign-on knows; none without single sign-on.
    pub external_identities: Option<Vec<ExternalIdentity>>,
    pub installations: Vec<Installation>,
    /// Those of Actions.
    pub secrets: Vec<Secret>,
    pub dependabot_secrets: Vec<Secret>,
    pub codespaces_secrets: Vec<Secret>,
    pub variables: Vec<Variable>,
    pub runners: Vec<Runner>,
    pub hooks: Vec<Hook>,
    /// Events as [`super::event`] makes them, the oldest first.
    pub audit_events: Vec<Value>,
    /// `read` or `write`.
    pub default_workflow_permissions: &'static str,
    pub can_approve_pull_request_reviews: bool,
    /// The subject of its workflows' OIDC tokens.
    pub oidc_subject: OidcSubject,
}

impl Organisation {
    /// An organisation of the enterprise plan that has nothing yet.
    pub fn new(login: &str) -> Self {
        Self {
            id: id_of("organisation", login),
            login: login.to_owned(),
            plan: "enterprise",
            members: Vec::new(),
            outside_collaborators: Vec::new(),
            verified_domains: Vec::new(),
            teams: Vec::new(),
            repositories: Vec::new(),
            personal_access_tokens: Vec::new(),
            token_requests: Vec::new(),
            credential_authorizations: Some(Vec::new()),
            external_identities: Some(Vec::new()),
            installations: Vec::new(),
            secrets: Vec::new(),
            dependabot_secrets: Vec::new(),
            codespaces_secrets: Vec::new(),
            variables: Vec::new(),
            runners: Vec::new(),
            hooks: Vec::new(),
            audit_events: Vec::new(),
            default_workflow_permissions: "read",
            can_approve_pull_request_reviews: false,
            oidc_subject: OidcSubject::default(),
        }
    }

    pub(super) fn role(&self, login: &str) -> Option<Role> {
        self.members.iter().find(|member| member.login.eq_ignore_ascii_case(login)).map(|member| member.role)
    }

    pub(super) fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.name.eq_ignore_ascii_case(name))
    }

    /// Members see all repositories here, outside collaborators those that name them.
    pub(super) fn has_access(&self, login: &str, repository: &Repository) -> bool {
        self.role(login).is_some() || repository.collaborators.iter().any(|one| one == login)
    }

    pub(super) fn simple(&self, base: &str) -> Value {
        let url = format!("{base}/orgs/{}", self.login);
        json!({
            "login": self.login,
            "id": self.id,
            "node_id": format!("O_{}", self.id),
            "url": url,
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events"),
            "hooks_url": format!("{url}/hooks"),
            "issues_url": format!("{url}/issues"),
            "members_url": format!("{url}/members{{/member}}"),
            "public_members_url": format!("{url}/public_members{{/member}}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", self.id),
            "description": "",
        })
    }

    pub(super) fn full(&self, base: &str) -> Value {
        let mut full = self.simple(base);
        let seats = self.members.len();
        let more = json!({
            "name": self.login,
            "html_url": format!("https://github.com/{}", self.login),
            "has_organization_projects": true,
            "has_repository_projects": true,
            "public_repos": self.repositories.iter().filter(|repository| !repository.private).count(),
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "type": "Organization",
            "created_at": "2019-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "archived_at": null,
            "default_repository_permission": "read",
            "two_factor_requirement_enabled": true,
            "plan": {"name": self.plan, "space": 1000, "private_repos": 1000, "filled_seats": seats, "seats": 1000},
        });
        if let (Some(full), Value::Object(more)) = (full.as_object_mut(), more) {
            full.extend(more);
        }
        full
    }
}

fn organisation(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let mut full = ask.organisation(world)?.full(ask.base);
    // Not everybody who sees the organisation is told its plan.
    if PLAN.check(world, ask.sign_in, ask.home(world)).is_err()
        && let Some(full) = full.as_object_mut()
    {
        full.remove("plan");
    }
    Ok(Reply::One(full))
}

fn organisations(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    use super::SignIn::{Classic, FineGrained};
    let (Classic { login, .. } | FineGrained { login, .. }) = ask.sign_in else { return Err(Deny::NotAccessible) };
    let mine = world.organisations.values().filter(|organisation| organisation.role(login).is_some());
    Ok(Reply::list(mine.map(|organisation| organisation.simple(ask.base)).collect()))
}

fn workflow_permissions(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    Ok(Reply::One(json!({
        "default_workflow_permissions": organisation.default_workflow_permissions,
        "can_approve_pull_request_reviews": organisation.can_approve_pull_request_reviews,
    })))
}

fn oidc_subject(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let subject = &ask.organisation(world)?.oidc_subject;
    let keys = subject.claims.clone().unwrap_or_else(|| vec!["repo".into(), "context".into()]);
    let mut answer = json!({"include_claim_keys": keys});
    if !ask.is_enterprise_server() {
        answer["use_immutable_subject"] = subject.immutable.into();
    }
    Ok(Reply::One(answer))
}
