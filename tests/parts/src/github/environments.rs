//! Environments of a repository, their secrets and variables.

use serde_json::json;

use super::ask::Ask;
use super::deny::Deny;
use super::reply::Reply;
use super::repositories::Repository;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};
use super::{Secret, Variable, variables};

const ENVIRONMENTS: Needs = Needs::user("actions", &["repo"]);
const INSIDE: Needs = Needs::user("environments", &["repo"]);

pub(super) const ROUTES: &[Route] = &[
    Route::get("/repos/{owner}/{repo}/environments", ENVIRONMENTS, environments),
    Route::get("/repos/{owner}/{repo}/environments/{environment_name}/secrets", INSIDE, secrets),
    Route::get("/repos/{owner}/{repo}/environments/{environment_name}/variables", INSIDE, variables_inside),
];

/// An environment.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "a listing is named as in the API's paths")]
pub struct Environment {
    pub id: u64,
    /// What workflows and OIDC subjects name.
    pub name: String,
    pub secrets: Vec<Secret>,
    pub variables: Vec<Variable>,
}

impl Environment {
    /// An environment without secrets and variables.
    pub fn new(name: &str) -> Self {
        Self { id: id_of("environment", name), name: name.to_owned(), secrets: Vec::new(), variables: Vec::new() }
    }
}

fn environments(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = ask.repository(world)?;
    let listed = repository.environments.iter().map(|environment| {
        json!({
            "id": environment.id,
            "node_id": format!("EN_{}", environment.id),
            "name": environment.name,
            "url": format!("{}/repos/{}/{}/environments/{}", ask.base, home.login, repository.name, environment.name),
            "html_url": format!("https://github.com/{}/{}/deployments", home.login, repository.name),
            "created_at": "2025-02-02T02:02:02Z",
            "updated_at": "2025-02-02T02:02:02Z",
            "can_admins_bypass": true,
            "protection_rules": [],
            "deployment_branch_policy": null,
        })
    });
    Ok(Reply::counted("environments", listed.collect()))
}

fn found<'w>(repository: &'w Repository, ask: &Ask<'_>) -> Result<&'w Environment, Deny> {
    let name = ask.parameter("environment_name");
    repository.environments.iter().find(|environment| environment.name == name).ok_or(Deny::NotFound)
}

fn secrets(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let environment = found(ask.repository(world)?.1, ask)?;
    Ok(Reply::counted("secrets", environment.secrets.iter().map(Secret::json).collect()))
}

fn variables_inside(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    Ok(variables::listed(&found(ask.repository(world)?.1, ask)?.variables))
}
