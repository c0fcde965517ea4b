//! Dify: applications exported as YAML (`kind: app`). An application that runs an agent, or calls tools in its workflow,
//! is one; its tools and knowledge are its parts. A secret variable is exported with its value when the user ticks it.

use super::{folder_name, shown};
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::{Reader, Spot};
use crate::value_class::ValueClass;

pub(crate) fn read(reader: &mut Reader<'_>, document: &Node) {
    if document.text_at("kind") != Some("app") {
        return;
    }
    let Some(app) = document.get("app") else { return };
    let path = reader.path();
    let file = folder_name(&path);
    let name = app.text_at("name").unwrap_or(&file);
    let mut agent = AgentDef::new(&path, "dify", name, "agent.dify-app", Component::Orchestrator)
        .claiming(Claim::None)
        .at(app.line);
    if let Some(mode) = app.text_at("mode") {
        agent = agent.attribute("mode", mode);
    }
    if let Some(model) = document.at(&["model_config", "model", "name"]).and_then(Node::text) {
        agent = agent.attribute("model", model);
    }
    if let Some(text) = app.text_at("description").and_then(shown) {
        agent = agent.attribute("description", text);
    }
    let agent = reader.agent(agent);
    if let Some(mode) = document.at(&["model_config", "agent_mode"]) {
        for (index, tool) in mode.get("tools").map_or(&[][..], Node::items).iter().enumerate() {
            read_tool(reader, agent, tool, tool, &format!("/model_config/agent_mode/tools/{index}"));
        }
    }
    for list in ["environment_variables", "conversation_variables"] {
        for (index, variable) in document.at(&["workflow", list]).map_or(&[][..], Node::items).iter().enumerate() {
            read_variable(reader, agent, variable, &format!("/workflow/{list}/{index}"));
        }
    }
    let nodes = document.at(&["workflow", "graph", "nodes"]).map_or(&[][..], Node::items);
    for (index, node) in nodes.iter().enumerate() {
        if let Some(data) = node.get("data") {
            read_node(reader, agent, node, data, &format!("/workflow/graph/nodes/{index}/data"));
        }
    }
    reader.sweep(Holder::Here(agent), document, "", "");
}

fn read_variable(reader: &mut Reader<'_>, agent: usize, variable: &Node, at: &str) {
    let (Some(name), Some(value)) = (variable.text_at("name"), variable.get("value")) else { return };
    let at = pointer(at, "value");
    if variable.text_at("value_type") != Some("secret") {
        reader.node(Holder::Here(agent), name, value, &at);
        return;
    }
    // It is a secret because Dify says so, whatever its name says.
    let text = value.scalar().unwrap_or("");
    let spot = Spot { name, line: value.line, pointer: Some(&at) };
    if text.is_empty() {
        reader.reference(Holder::Here(agent), spot, ValueClass::PlatformRef, &format!("dify secret {name}"), "");
    } else {
        reader.declared_secret(Holder::Here(agent), spot, text);
    }
}

fn read_node(reader: &mut Reader<'_>, agent: usize, node: &Node, data: &Node, at: &str) {
    let title = data.text_at("title").or_else(|| node.text_at("id")).unwrap_or("node");
    let (component, type_name) = match data.text_at("type") {
        Some("agent") => (Component::SubAgent, "agent.dify-agent"),
        Some("tool" | "http-request" | "code") => (Component::Tool, "agent.dify-tool"),
        Some("knowledge-retrieval") => (Component::MemoryStore, "agent.dify-knowledge"),
        _ => return,
    };
    if component == Component::Tool && data.text_at("type") == Some("tool") {
        read_tool(reader, agent, data, node, at);
        return;
    }
    let id = node.text_at("id").unwrap_or(title);
    let path = reader.path();
    let part = AgentDef::new(&path, format!("dify/{id}"), title, type_name, component).of(agent).at(node.line);
    let part = reader.agent(part);
    if let Some(key) = data.at(&["authorization", "config", "api_key"]) {
        let name = data.at(&["authorization", "config", "header"]).and_then(Node::text).unwrap_or("");
        let name = if name.is_empty() { "api_key" } else { name };
        reader.node(Holder::Here(part), name, key, &format!("{at}/authorization/config/api_key"));
    }
    if let Some(url) = data.get("url") {
        reader.node(Holder::Here(part), "url", url, &format!("{at}/url"));
    }
    if let Some(headers) = data.get("headers").filter(|node| node.text().is_some()) {
        read_headers(reader, part, headers, &format!("{at}/headers"));
    }
    let tools = data.at(&["agent_parameters", "tools", "value"]).map_or(&[][..], Node::items);
    for (index, tool) in tools.iter().enumerate() {
        read_tool(reader, part, tool, tool, &format!("{at}/agent_parameters/tools/value/{index}"));
    }
}

/// Headers of a request are one text, a line each.
fn read_headers(reader: &mut Reader<'_>, part: usize, headers: &Node, at: &str) {
    for line in headers.text().unwrap_or("").lines() {
        if let Some((name, value)) = line.split_once(':') {
            let spot = Spot { name: name.trim(), line: headers.line, pointer: Some(at) };
            reader.value(Holder::Here(part), spot, value);
        }
    }
}

fn read_tool(reader: &mut Reader<'_>, parent: usize, tool: &Node, whole: &Node, at: &str) {
    let Some(name) = tool.text_at("tool_name").or_else(|| tool.text_at("provider_name")) else { return };
    let provider = tool.text_at("provider_id").or_else(|| tool.text_at("provider_name"));
    let key = [reader.facts.agents[parent].key.as_str(), provider.unwrap_or(""), name].join("/");
    let path = reader.path();
    let mut def = AgentDef::new(&path, key, name, "agent.dify-tool", Component::Tool).of(parent).at(whole.line);
    if let Some(provider) = provider {
        def = def.attribute("provider_name", provider);
    }
    def.enabled = tool.get("enabled").and_then(Node::flag);
    let def = reader.agent(def);
    if let Some(node) = tool.get("credential_id")
        && let Some(id) = node.text().filter(|id| !id.is_empty())
    {
        let at = pointer(at, "credential_id");
        let spot = Spot { name: "credential_id", line: node.line, pointer: Some(&at) };
        reader.reference(Holder::Here(def), spot, ValueClass::PlatformRef, &format!("dify credential {id}"), "");
    }
    for key in ["tool_parameters", "tool_configurations", "settings", "parameters"] {
        if let Some(map) = tool.get(key) {
            reader.map(Holder::Here(def), map, &pointer(at, key));
        }
    }
}
