//! `organization`: the organisation itself, and what its workflows' tokens may do unless a repository says otherwise.

use serde::{Deserialize, Serialize};
use whosekey_sdk::{CollectError, Complete, Entity, Fact, Issue, Kind, Sink, Timestamp, unpaged};

use crate::api::{Call, Calls};
use crate::descriptor::{METADATA, ORGANIZATION};

pub(crate) const GET: Call = Call::new("GET /orgs/{org}", METADATA);
const WORKFLOW_TOKEN: Call = Call::new("GET /orgs/{org}/actions/permissions/workflow", ORGANIZATION);

/// The organisation, as far as it is read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) id: u64,
    pub(crate) login: String,
    created_at: Option<Timestamp>,
    two_factor_requirement_enabled: Option<bool>,
    /// Told to who may see it alone.
    pub(crate) plan: Option<Plan>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) name: String,
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
