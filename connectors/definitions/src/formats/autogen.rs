//! AutoGen and AG2: the list of model settings, and components saved as JSON.

use super::{folder_name, with_json};
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::Reader;

/// `OAI_CONFIG_LIST`: one entry a model, each with its key.
pub(crate) fn read_list(reader: &mut Reader<'_>, text: &str) {
    with_json(reader, text, |reader, document| {
        let name = folder_name(&reader.facts.base);
        let agent = AgentDef::new(
            reader.path(),
            "models",
            format!("AutoGen ({name})"),
            "agent.autogen",
            Component::Orchestrator,
        )
        .claiming(Claim::Framework)
        .at(1);
        let agent = reader.agent(agent);
        for (index, entry) in document.items().iter().enumerate() {
            for (name, node) in entry.entries() {
                reader.node(Holder::Here(agent), name, node, &pointer(&format!("/{index}"), name));
            }
        }
        reader.sweep(Holder::Here(agent), document, "", "");
    });
}

/// A saved component: a team, an agent, a tool or a model.
pub(crate) fn read_component(reader: &mut Reader<'_>, document: &Node) {
    let top = AgentDef::new(reader.path(), "component", label(document), "agent.autogen", Component::Orchestrator)
        .claiming(Claim::Framework)
        .at(document.line);
    let top = reader.agent(top);
    let at = "/config";
    if let Some(config) = document.get("config") {
        read_config(reader, top, config, at);
    }
    reader.sweep(Holder::Here(top), document, "", "");
}

fn read_config(reader: &mut Reader<'_>, owner: usize, config: &Node, at: &str) {
    for (index, participant) in config.get("participants").map_or(&[][..], Node::items).iter().enumerate() {
        let at = format!("{at}/participants/{index}");
        part(reader, owner, participant, &at, "agent.autogen-agent", Component::SubAgent);
    }
    for key in ["tools", "workbench"] {
        for (index, tool) in config.get(key).map_or(&[][..], Node::items).iter().enumerate() {
            part(reader, owner, tool, &format!("{at}/{key}/{index}"), "agent.autogen-tool", Component::Tool);
        }
    }
    for key in ["memory"] {
        for (index, memory) in config.get(key).map_or(&[][..], Node::items).iter().enumerate() {
            part(reader, owner, memory, &format!("{at}/{key}/{index}"), "agent.autogen-memory", Component::MemoryStore);
        }
    }
    if let Some(client) = config.at(&["model_client", "config"]) {
        for (name, node) in client.entries() {
            reader.node(Holder::Here(owner), name, node, &pointer(&format!("{at}/model_client/config"), name));
        }
    }
    if let Some(params) = config.get("server_params") {
        for key in ["env", "headers"] {
            if let Some(map) = params.get(key) {
                reader.map(Holder::Here(owner), map, &format!("{at}/server_params/{key}"));
            }
        }
    }
}

fn part(reader: &mut Reader<'_>, owner: usize, node: &Node, at: &str, type_name: &str, component: Component) {
    let key = format!("component{at}");
    let agent = AgentDef::new(reader.path(), key, label(node), type_name, component).of(owner).at(node.line);
    let agent = reader.agent(agent);
    if let Some(config) = node.get("config") {
        read_config(reader, agent, config, &format!("{at}/config"));
    }
}

fn label(node: &Node) -> String {
    let name = node.at(&["config", "name"]).and_then(Node::text).or_else(|| node.text_at("label"));
    let provider = || node.text_at("provider").and_then(|provider| provider.rsplit('.').next());
    name.or_else(provider).unwrap_or("component").to_owned()
}
