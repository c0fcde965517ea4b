//! `organization`: the organisation itself, and what its workflows' tokens may do unless a repository says otherwise.

use serde::{Deserialize, Serialize};
use whosekey_sdk::{CollectError, Complete, Entity, Fact, Issue, IssueKind, Kind, Sink, Timestamp, unpaged};

use crate::api::{Call, Calls, header, segment};
use crate::descriptor::{METADATA, ORGANIZATION};

const GET: Call = Call { what: "GET /orgs/{org}", permission: METADATA };
const WORKFLOW_TOKEN: Call = Call { what: "GET /orgs/{org}/actions/permissions/workflow", permission: ORGANIZATION };
const INSTALLATION: Call = Call { what: "GET /installation/repositories", permission: METADATA };
const USER: Call = Call { what: "GET /user", permission: METADATA };
const MEMBERSHIP: Call = Call { what: "GET /orgs/{org}/memberships/{username}", permission: METADATA };

/// The organisation, as far as it is read.
#[derive(Debug, Serialize, Deserialize)]
struct Organization {
    id: u64,
    login: String,
    created_at: Option<Timestamp>,
    two_factor_requirement_enabled: Option<bool>,
    plan: Option<Plan>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    name: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WorkflowToken {
    default_workflow_permissions: String,
    can_approve_pull_request_reviews: bool,
}

impl WorkflowToken {
    /// Says it of the organisation or repository.
    pub(crate) fn describe(&self, entity: Entity) -> Entity {
        entity
            .attribute("default_workflow_permissions", &*self.default_workflow_permissions)
            .attribute("workflows_can_approve_pull_requests", self.can_approve_pull_request_reviews)
    }
}

#[derive(Debug, Deserialize)]
struct Reached {
    repository_selection: Option<String>,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Membership {
    role: String,
}

/// Looks whether the organisation is visible, what it is called, and whether all of its repositories are.
pub(crate) async fn look(calls: &mut Calls, is_app: bool) -> Result<(), Issue> {
    let found: Organization = match calls.one(GET, calls.of_organisation("")).await {
        Ok(found) => found,
        Err(issue) if issue.kind == IssueKind::Permission => {
            let message = format!(
                "{} is not visible: it was renamed or deleted, or this credential may not see it",
                calls.place.words()
            );
            return Err(Issue::new(IssueKind::Permission, message));
        }
        Err(issue) => return Err(issue),
    };
    calls.place.id = Some(found.id);
    calls.place.login = found.login;
    calls.place.sees_all_repositories = sees_all(calls, is_app).await.unwrap_or(false);
    Ok(())
}

/// Whether the credential sees all repositories of the organisation. `None` when it cannot be told, which counts as no: a
/// repository that is not listed may then still exist.
async fn sees_all(calls: &Calls, is_app: bool) -> Option<bool> {
    if is_app {
        let response = calls.ask(INSTALLATION, &calls.path("/installation/repositories?per_page=1")).await.ok()?;
        let reached: Reached = serde_json::from_slice(response.body()).ok()?;
        return Some(reached.repository_selection? == "all");
    }
    let response = calls.ask(USER, &calls.path("/user")).await.ok()?;
    // A classic token names its scopes. A fine-grained one does not, nor which repositories it was given.
    let scopes = header(&response, "x-oauth-scopes")?;
    let user: User = serde_json::from_slice(response.body()).ok()?;
    let path = calls.of_organisation(&format!("/memberships/{}", segment(&user.login)));
    let response = calls.ask(MEMBERSHIP, &path).await.ok()?;
    let membership: Membership = serde_json::from_slice(response.body()).ok()?;
    Some(membership.role == "admin" && scopes.split(',').any(|scope| scope.trim() == "repo"))
}

/// Collects `organization`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let found: Organization = calls.one(GET, calls.of_organisation("")).await?;
    let token: Result<WorkflowToken, Issue> =
        calls.one(WORKFLOW_TOKEN, calls.of_organisation("/actions/permissions/workflow")).await;
    let token = token.map_err(|issue| out.issue(issue)).ok();
    out.page(vec![normalize(&found, token.as_ref()).into()]).await?;
    Ok(unpaged())
}

fn normalize(found: &Organization, token: Option<&WorkflowToken>) -> Entity {
    let id = format!("github:organization/{}", found.id);
    let mut entity = Entity::new(id, Kind::Resource, "github.organization", &*found.login)
        .alias(format!("github:organization-name/{}", found.login.to_lowercase()));
    entity.created_at = Fact::from(found.created_at);
    if let Some(plan) = &found.plan {
        entity = entity.attribute("plan", &*plan.name);
    }
    if let Some(required) = found.two_factor_requirement_enabled {
        entity = entity.attribute("two_factor_required", required);
    }
    if let Some(token) = token {
        entity = token.describe(entity);
    }
    entity
}
