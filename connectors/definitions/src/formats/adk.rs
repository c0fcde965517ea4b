//! Google's Agent Development Kit: agents in YAML.

use super::with_yaml;
use crate::doc::Node;
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::Reader;

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    with_yaml(reader, text, read_document);
}

/// One agent.
pub(crate) fn read_document(reader: &mut Reader<'_>, document: &Node) {
    let Some(name) = document.text_at("name") else { return };
    let path = reader.path();
    let is_root = path.file_stem().is_some_and(|stem| stem == "root_agent");
    let component = if is_root { Component::Orchestrator } else { Component::SubAgent };
    let class = document.text_at("agent_class").unwrap_or("LlmAgent");
    let mut agent = AgentDef::new(&path, "adk", name, "agent.adk-agent", component)
        .claiming(Claim::Framework)
        .at(1)
        .attribute("agent_class", class);
    for key in ["model", "description"] {
        if let Some(text) = document.text_at(key).and_then(super::shown) {
            agent = agent.attribute(key, text);
        }
    }
    let subs =
        document.get("sub_agents").map_or(&[][..], Node::items).iter().filter_map(|sub| sub.text_at("config_path"));
    agent.part_files = subs.map(|sub| crate::lexical(&reader.facts.base.join(sub))).collect();
    let agent = reader.agent(agent);
    for (index, tool) in document.get("tools").map_or(&[][..], Node::items).iter().enumerate() {
        let Some(name) = tool.text().or_else(|| tool.text_at("name")) else { continue };
        let def = AgentDef::new(&path, format!("adk/{index}/{name}"), name, "agent.adk-tool", Component::Tool)
            .of(agent)
            .at(tool.line);
        let def = reader.agent(def);
        if let Some(args) = tool.get("args") {
            read_args(reader, def, args, &format!("/tools/{index}/args"));
        }
    }
    reader.sweep(Holder::Here(agent), document, "", "");
}

/// Connection parameters lie at any depth of a tool's arguments.
fn read_args(reader: &mut Reader<'_>, tool: usize, args: &Node, at: &str) {
    let holder = Holder::Here(tool);
    for (name, node) in args.entries() {
        let at = crate::doc::pointer(at, name);
        match name.as_str() {
            "env" | "headers" => reader.map(holder, node, &at),
            _ if node.is_map() => read_args(reader, tool, node, &at),
            _ => reader.node(holder, name, node, &at),
        }
    }
}
