//! LiteLLM's `config.yaml`: a gateway that holds the keys of many models, and tools behind it.

use super::folder_name;
use super::mcp::{self, Inputs};
use crate::doc::Node;
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::{Reader, Spot};

pub(crate) fn read(reader: &mut Reader<'_>, document: &Node) {
    let models = document.get("model_list").map_or(&[][..], Node::items);
    if !models.iter().any(|model| model.get("litellm_params").is_some()) {
        return;
    }
    let path = reader.path();
    let name = format!("LiteLLM ({})", folder_name(&reader.facts.base));
    let gateway = AgentDef::new(&path, "litellm", name, "agent.litellm-gateway", Component::Orchestrator)
        .claiming(Claim::None)
        .at(document.line);
    let gateway = reader.agent(gateway);
    let holder = Holder::Here(gateway);
    for (index, model) in models.iter().enumerate() {
        if let Some(parameters) = model.get("litellm_params") {
            reader.map(holder, parameters, &format!("/model_list/{index}/litellm_params"));
        }
    }
    for section in ["general_settings", "litellm_settings", "router_settings", "environment_variables"] {
        if let Some(map) = document.get(section) {
            reader.map(holder, map, &format!("/{section}"));
            // Who has it is the gateway's administrator; its name is not one that tells.
            for key in ["master_key", "salt_key"] {
                let Some(node) = map.get(key) else { continue };
                let at = format!("/{section}/{key}");
                if let Some(value) = node.text() {
                    reader.declared_secret(holder, Spot { name: key, line: node.line, pointer: Some(&at) }, value);
                }
            }
        }
    }
    if let Some(servers) = document.get("mcp_servers") {
        mcp::read_servers(reader, gateway, servers, "/mcp_servers", &Inputs::default());
    }
    reader.sweep(holder, document, "", "");
}
