//! Development containers: servers for the editor in them, variables set in them, and features that install an agent.

use super::folder_name;
use super::mcp::{self, Inputs};
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::Reader;

/// Parts of the names of features that install an agent, and the client that each is.
const FEATURES: &[(&str, &str)] = &[
    ("claude-code", "claude-code"),
    ("codex", "codex"),
    ("gemini-cli", "gemini-cli"),
    ("copilot-cli", "copilot"),
    ("opencode", "opencode"),
    ("goose", "goose"),
    ("aider", "aider"),
];

pub(crate) fn read(reader: &mut Reader<'_>, document: &Node) {
    let servers = [
        &["customizations", "vscode", "mcp", "servers"][..],
        &["customizations", "vscode", "settings", "mcp", "servers"],
    ];
    let servers = servers.into_iter().find_map(|path| Some((format!("/{}", path.join("/")), document.at(path)?)));
    let features = document.get("features").map_or(&[][..], Node::entries);
    let client = features.iter().find_map(|(feature, _)| FEATURES.iter().find(|(part, _)| feature.contains(part)));
    if servers.is_none() && client.is_none() {
        // Whose the variables are, is then said elsewhere.
        for key in ["containerEnv", "remoteEnv"] {
            if let Some(env) = document.get(key) {
                reader.map(Holder::Place, env, &pointer("", key));
            }
        }
        return;
    }
    let path = reader.path();
    let folder = folder_name(&reader.facts.base);
    let name = document.text_at("name").map_or_else(|| format!("devcontainer ({folder})"), ToOwned::to_owned);
    let mut agent = AgentDef::new(&path, "devcontainer", name, "agent.devcontainer", Component::Orchestrator)
        .claiming(Claim::Client)
        .at(1);
    if let Some((_, client)) = client {
        agent = agent.attribute("client", *client);
    }
    let agent = reader.agent(agent);
    for key in ["containerEnv", "remoteEnv"] {
        if let Some(env) = document.get(key) {
            reader.map(Holder::Here(agent), env, &pointer("", key));
        }
    }
    if let Some((at, servers)) = servers {
        let inputs = document.at(&["customizations", "vscode", "mcp"]).map(Inputs::of).unwrap_or_default();
        mcp::read_servers(reader, agent, servers, &at, &inputs);
    }
    reader.sweep(Holder::Here(agent), document, "", "");
}
