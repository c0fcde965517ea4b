//! Bedrock and AgentCore agents as infrastructure: CloudFormation templates, Terraform files and state, and the
//! AgentCore toolkit's own settings. What matters is the role that each runs as.
//!
//! Only what is written out: an intrinsic function (`Ref`, `Fn::GetAtt`) or a reference of Terraform names nothing outside
//! its file. Terraform's state has them all resolved.

mod terraform;

pub(crate) use self::terraform::{read_state, read_terraform};

use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::{Reader, Spot};
use crate::value_class::ValueClass;

pub(crate) fn read(reader: &mut Reader<'_>, document: &Node) {
    for (logical, resource) in document.get("Resources").map_or(&[][..], Node::entries) {
        let (name_key, role_key) = match resource.text_at("Type") {
            Some("AWS::Bedrock::Agent") => ("AgentName", "AgentResourceRoleArn"),
            Some("AWS::BedrockAgentCore::Runtime") => ("AgentRuntimeName", "RoleArn"),
            Some("AWS::BedrockAgentCore::Gateway") => ("Name", "RoleArn"),
            Some("AWS::BedrockAgentCore::Memory") => ("Name", "MemoryExecutionRoleArn"),
            _ => continue,
        };
        let Some(properties) = resource.get("Properties") else { continue };
        let name = properties.text_at(name_key).unwrap_or(logical);
        let component =
            if role_key == "MemoryExecutionRoleArn" { Component::MemoryStore } else { Component::Orchestrator };
        let path = reader.path();
        let mut agent =
            AgentDef::new(&path, format!("cfn/{logical}"), name, "agent.bedrock-template", component).at(resource.line);
        if let Some(model) = properties.text_at("FoundationModel") {
            agent = agent.attribute("model", model);
        }
        let agent = reader.agent(agent);
        let at = pointer("/Resources", logical) + "/Properties";
        if let Some(role) = properties.get(role_key) {
            runs_as(reader, agent, role_key, role, &pointer(&at, role_key));
        }
        if let Some(env) = properties.get("EnvironmentVariables") {
            reader.map(Holder::Here(agent), env, &format!("{at}/EnvironmentVariables"));
        }
        read_parts(reader, agent, logical, properties, &at);
    }
}

/// Action groups are tools, knowledge bases memory, collaborators sub-agents.
fn read_parts(reader: &mut Reader<'_>, agent: usize, logical: &str, properties: &Node, at: &str) {
    let path = reader.path();
    for (index, group) in properties.get("ActionGroups").map_or(&[][..], Node::items).iter().enumerate() {
        let name = group.text_at("ActionGroupName").map_or_else(|| format!("action group {}", index + 1), Into::into);
        let key = format!("cfn/{logical}/action/{name}");
        let mut tool = AgentDef::new(&path, key, name, "agent.bedrock-action-group", Component::Tool).of(agent);
        if let Some(function) = group.at(&["ActionGroupExecutor", "Lambda"]).and_then(Node::text) {
            tool = tool.attribute("function", function);
        }
        tool.enabled = group.text_at("ActionGroupState").map(|state| state == "ENABLED");
        reader.agent(tool.at(group.line));
    }
    for base in properties.get("KnowledgeBases").map_or(&[][..], Node::items) {
        let Some(id) = base.text_at("KnowledgeBaseId") else { continue };
        let key = format!("cfn/{logical}/knowledge/{id}");
        let memory = AgentDef::new(&path, key, id, "agent.bedrock-knowledge-base", Component::MemoryStore).of(agent);
        reader.agent(memory.at(base.line));
    }
    for other in properties.get("AgentCollaborators").map_or(&[][..], Node::items) {
        let Some(name) = other.text_at("CollaboratorName") else { continue };
        let key = format!("cfn/{logical}/collaborator/{name}");
        let mut sub = AgentDef::new(&path, key, name, "agent.bedrock-collaborator", Component::SubAgent).of(agent);
        if let Some(arn) = other.at(&["AgentDescriptor", "AliasArn"]).and_then(Node::text) {
            sub = sub.attribute("agent_alias", arn);
        }
        reader.agent(sub.at(other.line));
    }
    for key in ["ApiKeySecretArn", "CredentialsSecretArn"] {
        if let Some(node) = properties.get(key)
            && let Some(arn) = node.text().or_else(|| node.text_at("SecretArn"))
        {
            let at = pointer(at, key);
            let spot = Spot { name: key, line: node.line, pointer: Some(&at) };
            reader.reference(Holder::Here(agent), spot, ValueClass::PlatformRef, arn, "");
        }
    }
}

fn runs_as(reader: &mut Reader<'_>, agent: usize, what: &str, role: &Node, at: &str) {
    if let Some(arn) = role.text().filter(|arn| is_arn(arn)) {
        reader.runs_as(agent, arn.to_owned(), what, role.line, at);
    }
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:aws") && !text.contains(['$', '{', ' '])
}

/// `.bedrock_agentcore.yaml`: what the toolkit deploys and as which role.
pub(crate) fn read_toolkit(reader: &mut Reader<'_>, document: &Node) {
    let agents = document.get("agents").map_or(&[][..], Node::entries);
    for (key, node) in agents {
        read_toolkit_agent(reader, key, node, &pointer("/agents", key));
    }
    if agents.is_empty() && document.get("entrypoint").is_some() {
        let name = document.text_at("name").unwrap_or("agent").to_owned();
        read_toolkit_agent(reader, &name, document, "");
    }
}

fn read_toolkit_agent(reader: &mut Reader<'_>, key: &str, node: &Node, at: &str) {
    let path = reader.path();
    let name = node.text_at("name").unwrap_or(key);
    let mut agent =
        AgentDef::new(&path, format!("agentcore/{key}"), name, "agent.agentcore-runtime", Component::Orchestrator)
            .claiming(Claim::Framework)
            .at(node.line);
    for (attribute, path) in
        [("entrypoint", &["entrypoint"][..]), ("account", &["aws", "account"]), ("region", &["aws", "region"])]
    {
        if let Some(text) = node.at(path).and_then(Node::scalar) {
            agent = agent.attribute(attribute, text);
        }
    }
    // The account's own list knows the runtime by its ARN.
    agent.aliases.extend(
        node.at(&["bedrock_agentcore", "agent_arn"]).and_then(Node::text).filter(|arn| is_arn(arn)).map(Into::into),
    );
    let agent = reader.agent(agent);
    for place in [&["aws", "execution_role"][..], &["execution_role"]] {
        if let Some(role) = node.at(place) {
            runs_as(reader, agent, "execution_role", role, &format!("{at}/{}", place.join("/")));
        }
    }
    if let Some(memory) = node.get("memory")
        && let Some(id) = memory.text_at("memory_id").or_else(|| memory.text_at("memory_name"))
    {
        let key = format!("agentcore/{key}/memory");
        let mut store = AgentDef::new(&path, key, id, "agent.agentcore-memory", Component::MemoryStore).of(agent);
        store.aliases.extend(memory.text_at("memory_arn").filter(|arn| is_arn(arn)).map(Into::into));
        reader.agent(store.at(memory.line));
    }
    reader.sweep(Holder::Here(agent), node, "", at);
}
