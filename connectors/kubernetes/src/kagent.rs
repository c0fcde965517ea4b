//! `kagent.agents` and `kagent.tools`: agents that kagent's resources declare, with the account that each runs as, the
//! Secrets that it takes, and its tools, sub-agents and memories.
//!
//! The resources are a registry: an agent that stands there is declared. Literal headers and instructions are not read.
//! <https://kagent.dev/docs/kagent/resources/api-ref>, looked at 2026-11-27.

use std::collections::{BTreeMap, BTreeSet};

use whosekey_sdk::{CollectError, Complete, Entity, Evidence, Kind, Link, LinkKind, Record, Sink, unpaged};

use crate::api::Calls;
use crate::api::list::{Extent, Listed, hand_over};
use crate::markers::on;
use crate::owners::described;
use crate::parents::part_of_controller;
use crate::pod_spec::{World, held, take_variables};
use crate::resources::{self, Resource};
use crate::wire::agents::{AgentDeployment, Header, KagentAgent, ModelConfig, Tool, ToolReference, ToolServer};

const REGISTRY: &str = "kagent";

/// Secrets by name, each with the ways in which it is taken.
type Taken = BTreeMap<String, BTreeSet<String>>;

/// Collects `kagent.agents`.
pub(crate) async fn collect_agents(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let models: Listed<ModelConfig> = served(calls, resources::KAGENT_MODELS).await;
    let by_name: BTreeMap<(&str, &str), &ModelConfig> =
        models.seen().iter().map(|one| ((one.metadata.namespace.as_str(), one.metadata.name.as_str()), one)).collect();
    let kinds = [resources::KAGENT_AGENTS, resources::KAGENT_SANDBOX_AGENTS, resources::KAGENT_HARNESSES];
    let mut listed: Vec<Listed<KagentAgent>> = Vec::new();
    for resource in kinds {
        let one: Listed<KagentAgent> = served(calls, resource).await;
        let records = one.seen().iter().flat_map(|agent| normalize(agent, resource.plural, &by_name, world)).collect();
        hand_over(records, out).await?;
        listed.push(one);
    }
    let mut complete = models.complete(out)?;
    for one in &listed {
        complete = complete.and(one.complete(out)?);
    }
    Ok(complete)
}

/// Collects `kagent.tools`.
pub(crate) async fn collect_tools(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let kinds = [
        (resources::KAGENT_REMOTE_SERVERS, "tool"),
        (resources::KAGENT_SERVERS, "tool"),
        (resources::KAGENT_TOOL_SERVERS, "tool"),
        (resources::KAGENT_MEMORIES, "memory-store"),
    ];
    let mut complete = unpaged();
    for (resource, component) in kinds {
        let listed: Listed<ToolServer> = served(calls, resource).await;
        let records = listed.seen().iter().flat_map(|one| tool(one, resource.plural, component, world)).collect();
        hand_over(records, out).await?;
        complete = complete.and(listed.complete(out)?);
    }
    Ok(complete)
}

/// A list of what the cluster serves; of what it does not, there is none.
async fn served<O: crate::api::list::Object>(calls: &Calls, resource: &'static Resource) -> Listed<O> {
    match calls.path(resource) {
        Some(_) => calls.list(resource, Extent::Whole, |one: O| vec![one]).await,
        None => Listed::of_nothing(),
    }
}

fn normalize(
    agent: &KagentAgent,
    plural: &str,
    models: &BTreeMap<(&str, &str), &ModelConfig>,
    world: World<'_>,
) -> Vec<Record> {
    let (meta, spec) = (&agent.metadata, &agent.spec);
    let namespace = meta.namespace.as_str();
    let type_name = match plural {
        "sandboxagents" => "kagent.sandbox-agent",
        "agentharnesses" => "kagent.agent-harness",
        _ => "kagent.agent",
    };
    let mut entity = Entity::new(meta.id(), Kind::Agent, type_name, meta.full_name())
        .attribute("component", "orchestrator")
        .attribute("registry", REGISTRY);
    entity.aliases = world.cluster.aliases(namespace, plural, &meta.name);
    entity.created_at = meta.created_at();
    let declarative = spec.declarative.as_ref();
    let byo = spec.byo.as_ref().and_then(|byo| byo.deployment.as_ref());
    let deployment = declarative.and_then(|one| one.deployment.as_ref()).or(byo);
    entity.enabled = on(deployment.and_then(|one| one.replicas) != Some(0) && meta.deletion_timestamp.is_none());
    let mut taken = Taken::new();
    take_deployment(deployment, &mut taken);
    let model = declarative.and_then(|one| one.model_config.as_deref()).or(spec.model_config.as_deref());
    if let Some(model) = model.and_then(|name| model_of(name, namespace, models)) {
        entity = with_model(entity, model);
        take_key(model, &mut taken);
    }
    let tools: Vec<&Tool> = spec.tools.iter().chain(declarative.iter().flat_map(|one| &one.tools)).collect();
    for tool in &tools {
        take_headers(&tool.headers_from, &mut taken);
    }
    let id = entity.id.clone();
    let mut records = described(entity, meta, world.cluster);
    // kagent makes an account of the agent's own name for one that names none.
    let named = deployment.and_then(|one| one.service_account_name.as_deref());
    let account = world.account(namespace, Some(named.unwrap_or(&meta.name)));
    let (evidence, because) = match named {
        Some(_) => (Evidence::Proven, "deployment.serviceAccountName"),
        None => (Evidence::Inferred, "kagent gives an agent the service account of its name"),
    };
    records.extend(account.map(|end| Link::new(&id, LinkKind::RunsAs, end, evidence, because).into()));
    records.extend(held(&id, namespace, &taken, world));
    for tool in tools {
        let parts = [(tool.mcp_server.as_ref(), "remotemcpservers"), (tool.agent.as_ref(), "agents")];
        for (reference, plural) in parts {
            let Some(end) = reference.and_then(|one| part(one, namespace, plural, world)) else { continue };
            records.push(Link::new(end, LinkKind::PartOf, &id, Evidence::Proven, "spec.tools").into());
        }
    }
    records.extend(part_of_controller(&id, meta));
    records
}

fn tool(one: &ToolServer, plural: &str, component: &str, world: World<'_>) -> Vec<Record> {
    let meta = &one.metadata;
    let type_name = format!("kagent.{}", if component == "tool" { "tool-server" } else { "memory" });
    let mut entity = Entity::new(meta.id(), Kind::Agent, type_name, meta.full_name())
        .attribute("component", component)
        .attribute("registry", REGISTRY);
    entity.aliases = world.cluster.aliases(&meta.namespace, plural, &meta.name);
    entity.created_at = meta.created_at();
    entity.enabled = on(meta.deletion_timestamp.is_none());
    let mut taken = Taken::new();
    take_headers(&one.spec.headers_from, &mut taken);
    take_deployment(one.spec.deployment.as_ref(), &mut taken);
    if let Some(secret) = &one.spec.api_key_secret_ref {
        taken.entry(bare(secret).to_owned()).or_default().insert("spec.apiKeySecretRef".to_owned());
    }
    let id = entity.id.clone();
    let mut records = described(entity, meta, world.cluster);
    records.extend(held(&id, &meta.namespace, &taken, world));
    records.extend(part_of_controller(&id, meta));
    records
}

fn model_of<'m>(
    name: &str,
    namespace: &str,
    models: &BTreeMap<(&str, &str), &'m ModelConfig>,
) -> Option<&'m ModelConfig> {
    let (space, name) = name.split_once('/').unwrap_or((namespace, name));
    models.get(&(space, name)).copied()
}

fn with_model(mut entity: Entity, model: &ModelConfig) -> Entity {
    for (key, value) in [("model", &model.spec.model), ("model_provider", &model.spec.provider)] {
        if let Some(value) = value {
            entity = entity.attribute(key, value.as_str());
        }
    }
    match &model.spec.default_headers {
        Some(headers) if !headers.is_empty() => entity.attribute("literal_headers", headers.len()),
        _ => entity,
    }
}

fn take_key(model: &ModelConfig, taken: &mut Taken) {
    let spec = &model.spec;
    let Some(secret) = spec.api_key_secret.as_deref().or(spec.api_key_secret_ref.as_deref()) else { return };
    let key = spec.api_key_secret_key.as_deref().map_or_else(String::new, |key| format!(" from key {key}"));
    let way = format!("API key of ModelConfig {}{key}", model.metadata.name);
    taken.entry(bare(secret).to_owned()).or_default().insert(way);
}

fn take_headers(headers: &[Header], taken: &mut Taken) {
    for header in headers {
        let Some(from) = &header.value_from else { continue };
        let (name, key) = match &from.secret_key_ref {
            Some(reference) => (Some(reference.name.as_str()), Some(reference.key.as_str())),
            None => (from.value_ref.as_deref().or(from.name.as_deref()), from.key.as_deref()),
        };
        let is_secret = from.secret_key_ref.is_some() || from.kind.as_deref() == Some("Secret");
        if let (true, Some(name)) = (is_secret, name) {
            let key = key.map_or_else(String::new, |key| format!(" from key {key}"));
            taken.entry(bare(name).to_owned()).or_default().insert(format!("header {}{key}", header.name));
        }
    }
}

fn take_deployment(deployment: Option<&AgentDeployment>, taken: &mut Taken) {
    let Some(deployment) = deployment else { return };
    take_variables(&deployment.env, taken);
    for secret in deployment.image_pull_secrets.iter().filter(|secret| !secret.name.is_empty()) {
        taken.entry(secret.name.clone()).or_default().insert("imagePullSecrets".to_owned());
    }
}

/// The end of a link to a tool or a sub-agent.
fn part(reference: &ToolReference, namespace: &str, plural: &str, world: World<'_>) -> Option<String> {
    let name = reference.name.as_deref().or(reference.tool_server.as_deref()).or(reference.reference.as_deref())?;
    let (space, name) = name.split_once('/').unwrap_or((reference.namespace.as_deref().unwrap_or(namespace), name));
    let plural = match reference.kind.as_deref() {
        Some("MCPServer") => "mcpservers",
        Some("ToolServer") => "toolservers",
        _ if reference.tool_server.is_some() => "toolservers",
        _ => plural,
    };
    Some(world.cluster.object(space, plural, name))
}

/// The name in `namespace/name`.
fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
