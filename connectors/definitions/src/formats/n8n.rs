//! n8n: exported workflows. Credentials are references by id to n8n's own store; the same id on two agents is the same
//! credential.

use std::collections::BTreeMap;

use super::folder_name;
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder, Parent};
use crate::reader::{Reader, Spot};
use crate::value_class::ValueClass;

/// What a node is to its workflow, by its type.
fn component(kind: &str) -> Option<Component> {
    let name = kind.rsplit('.').next()?;
    let is_langchain = kind.contains("langchain");
    match name {
        "agent" => Some(Component::Orchestrator),
        _ if is_langchain && name.starts_with("memory") => Some(Component::MemoryStore),
        _ if is_langchain && name.starts_with("vectorStore") => Some(Component::MemoryStore),
        _ if name.ends_with("Tool") || (is_langchain && (name.starts_with("tool") || name.starts_with("mcp"))) => {
            Some(Component::Tool)
        }
        _ => None,
    }
}

pub(crate) fn read(reader: &mut Reader<'_>, document: &Node) {
    // An export of many workflows is a list of them.
    if !document.items().is_empty() {
        for (index, workflow) in document.items().iter().enumerate() {
            read_workflow(reader, workflow, &format!("/{index}"));
        }
    } else {
        read_workflow(reader, document, "");
    }
}

fn read_workflow(reader: &mut Reader<'_>, workflow: &Node, at: &str) {
    let nodes = workflow.get("nodes").map_or(&[][..], Node::items);
    let kind = |node: &Node| node.text_at("type").unwrap_or("").to_owned();
    let has_agent = nodes.iter().any(|node| component(&kind(node)).is_some() || kind(node).contains("langchain"));
    if !has_agent {
        return;
    }
    let path = reader.path();
    let file = folder_name(&path);
    let name = workflow.text_at("name").unwrap_or(&file);
    let id = workflow.get("id").and_then(Node::scalar).unwrap_or(name);
    let mut flow = AgentDef::new(&path, format!("n8n/{id}"), name, "agent.n8n-workflow", Component::Orchestrator)
        .claiming(Claim::Framework)
        .at(workflow.line);
    flow.enabled = workflow.get("active").and_then(Node::flag);
    let flow = reader.agent(flow);

    let mut agents: BTreeMap<&str, usize> = BTreeMap::new();
    for node in nodes {
        let (Some(name), Some(part)) = (node.text_at("name"), component(&kind(node))) else { continue };
        // The workflow is the whole; its agent nodes are what it consists of.
        let part = if part == Component::Orchestrator { Component::SubAgent } else { part };
        let mut def =
            AgentDef::new(&path, format!("n8n/{id}/{name}"), name, format!("agent.n8n-{}", part.as_str()), part)
                .of(flow)
                .at(node.line);
        def.enabled = node.get("disabled").and_then(Node::flag).map(|disabled| !disabled);
        agents.insert(name, reader.agent(def));
    }
    attach_parts(reader, workflow, &agents);
    for (index, node) in nodes.iter().enumerate() {
        let owner = node.text_at("name").and_then(|name| holder_of(workflow, name, &agents)).unwrap_or(flow);
        read_node(reader, owner, node, &format!("{at}/nodes/{index}"));
    }
}

/// `connections` go from a tool or memory to the agent that uses it.
fn attach_parts(reader: &mut Reader<'_>, workflow: &Node, agents: &BTreeMap<&str, usize>) {
    for (from, target) in edges(workflow) {
        if let (Some(part), Some(agent)) = (agents.get(from), agents.get(target))
            && part != agent
        {
            reader.facts.agents[*part].parent = Parent::Here(*agent);
        }
    }
}

/// The part that a node is; for a model, the agent that it serves.
fn holder_of(workflow: &Node, name: &str, agents: &BTreeMap<&str, usize>) -> Option<usize> {
    let own = agents.get(name).copied();
    own.or_else(|| edges(workflow).find(|(from, _)| *from == name).and_then(|(_, target)| agents.get(target).copied()))
}

fn edges(workflow: &Node) -> impl Iterator<Item = (&str, &str)> {
    let connections = workflow.get("connections").map_or(&[][..], Node::entries);
    connections.iter().flat_map(|(from, kinds)| {
        let ai = kinds.entries().iter().filter(|(kind, _)| kind.starts_with("ai_"));
        ai.flat_map(|(_, outputs)| outputs.items())
            .flat_map(Node::items)
            .filter_map(move |target| Some((from.as_str(), target.text_at("node")?)))
    })
}

fn read_node(reader: &mut Reader<'_>, owner: usize, node: &Node, at: &str) {
    let holder = Holder::Here(owner);
    for (kind, credential) in node.get("credentials").map_or(&[][..], Node::entries) {
        let Some(id) = credential.get("id").and_then(Node::scalar) else { continue };
        let at = pointer(&format!("{at}/credentials"), kind);
        let spot = Spot { name: kind, line: credential.line, pointer: Some(&at) };
        reader.reference(holder, spot, ValueClass::PlatformRef, &format!("n8n {kind} {id}"), "");
        if let Some(name) = credential.text_at("name") {
            reader.note_last("credential_name", name);
        }
    }
    let Some(parameters) = node.get("parameters") else { return };
    for list in ["headerParameters", "queryParameters", "bodyParameters"] {
        let items = parameters.at(&[list, "parameters"]).map_or(&[][..], Node::items);
        for (index, item) in items.iter().enumerate() {
            let (Some(name), Some(value)) = (item.text_at("name"), item.get("value")) else { continue };
            // `={{ … }}` is an expression.
            if value.text().is_some_and(|text| !text.starts_with("={{")) {
                let at = format!("{at}/parameters/{list}/parameters/{index}/value");
                reader.node(holder, name, value, &at);
            }
        }
    }
    for key in ["url", "sseEndpoint", "endpointUrl"] {
        if let Some(url) = parameters.get(key) {
            reader.node(holder, key, url, &format!("{at}/parameters/{key}"));
        }
    }
    reader.sweep(holder, parameters, "", &format!("{at}/parameters"));
}
