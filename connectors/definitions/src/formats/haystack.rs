//! Haystack: pipelines saved as YAML. Secrets in them are the names of variables; a token refuses to be saved.

use super::folder_name;
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::{Reader, Spot};
use crate::value_class::ValueClass;

pub(crate) fn read(reader: &mut Reader<'_>, document: &Node) {
    let components = document.get("components").map_or(&[][..], Node::entries);
    let kind = |node: &Node| node.text_at("type").unwrap_or("").to_owned();
    if !components.iter().any(|(_, node)| kind(node).contains(".agents.")) {
        return;
    }
    let path = reader.path();
    let pipeline =
        AgentDef::new(&path, "haystack", folder_name(&path), "agent.haystack-pipeline", Component::Orchestrator)
            .claiming(Claim::None)
            .at(document.line);
    let pipeline = reader.agent(pipeline);
    for (name, node) in components {
        let kind = kind(node);
        let at = pointer("/components", name) + "/init_parameters";
        let part = if kind.contains(".agents.") {
            Some((Component::SubAgent, "agent.haystack-agent"))
        } else if kind.contains("document_store") || kind.contains("retrievers") || kind.contains("memory") {
            Some((Component::MemoryStore, "agent.haystack-memory"))
        } else if kind.contains("tools") || kind.contains("websearch") {
            Some((Component::Tool, "agent.haystack-tool"))
        } else {
            None
        };
        let holder = match part {
            Some((component, type_name)) => {
                let def = AgentDef::new(&path, format!("haystack/{name}"), name, type_name, component).of(pipeline);
                reader.agent(def.at(node.line))
            }
            None => pipeline,
        };
        let Some(parameters) = node.get("init_parameters") else { continue };
        read_tools(reader, holder, name, parameters);
        read_secrets(reader, Holder::Here(holder), "", parameters, &at);
    }
    reader.sweep(Holder::Here(pipeline), document, "", "");
}

fn read_tools(reader: &mut Reader<'_>, agent: usize, owner: &str, parameters: &Node) {
    let path = reader.path();
    for tool in parameters.get("tools").map_or(&[][..], Node::items) {
        let name = tool.at(&["data", "name"]).and_then(Node::text).or_else(|| tool.text_at("type")?.rsplit('.').next());
        let Some(name) = name else { continue };
        let key = format!("haystack/{owner}/{name}");
        let def = AgentDef::new(&path, key, name, "agent.haystack-tool", Component::Tool).of(agent).at(tool.line);
        reader.agent(def);
    }
}

/// `{type: env_var, env_vars: [NAME]}` at any depth, and values in place.
fn read_secrets(reader: &mut Reader<'_>, holder: Holder, name: &str, node: &Node, at: &str) {
    if node.text_at("type") == Some("env_var") {
        let variables = node.get("env_vars").or_else(|| node.get("_env_vars"));
        for variable in variables.map_or(&[][..], Node::items).iter().filter_map(Node::text) {
            let spot = Spot { name, line: node.line, pointer: Some(at) };
            reader.variable(holder, spot, ValueClass::PlatformRef, variable);
        }
        return;
    }
    for (key, value) in node.entries() {
        read_secrets(reader, holder, key, value, &pointer(at, key));
    }
    for (index, item) in node.items().iter().enumerate() {
        read_secrets(reader, holder, name, item, &format!("{at}/{index}"));
    }
    reader.node(holder, name, node, at);
}
