//! GitHub Agentic Workflows: Markdown under `.github/workflows` whose front matter says when an agent runs, with which
//! engine, tools and permissions. The compiled `.lock.yml` beside it is the same agent.

use super::mcp::{self, Inputs};
use super::{doc_of_front_matter, folder_name};
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Component, Holder};
use crate::reader::Reader;

/// Engines by the names that the front matter gives them.
const ENGINES: &[(&str, &str)] =
    &[("claude", "claude-code"), ("codex", "codex"), ("copilot", "copilot"), ("gemini", "gemini-cli")];

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    let Some(front) = doc_of_front_matter(reader, text) else { return };
    // A page of documentation beside the workflows has no trigger.
    if front.get("on").is_none() {
        return;
    }
    let path = reader.path();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = front.text_at("name").unwrap_or(&stem);
    let engine = front.get("engine");
    let id = engine.and_then(|engine| engine.text().or_else(|| engine.text_at("id"))).unwrap_or("copilot");
    let client = ENGINES.iter().find(|(engine, _)| *engine == id).map_or(id, |(_, client)| client);
    let mut agent =
        AgentDef::new(&path, "agentic-workflow", name, "agent.github-agentic-workflow", Component::Orchestrator)
            .at(1)
            .attribute("client", client);
    if let Some(model) = engine.and_then(|engine| engine.text_at("model")) {
        agent = agent.attribute("model", model);
    }
    if front.at(&["permissions", "id-token"]).and_then(Node::text) == Some("write") {
        agent = agent.attribute("oidc", true);
    }
    let tools: Vec<&str> =
        front.get("tools").map_or(&[][..], Node::entries).iter().map(|(name, _)| name.as_str()).collect();
    if !tools.is_empty() {
        agent = agent.attribute("tools", tools.join(", "));
    }
    let agent = reader.agent(agent);
    let holder = Holder::Here(agent);
    for (at, map) in [
        ("/env", front.get("env")),
        ("/secrets", front.get("secrets")),
        ("/engine/env", engine.and_then(|engine| engine.get("env"))),
    ] {
        if let Some(map) = map {
            reader.map(holder, map, at);
        }
    }
    if let Some(servers) = front.get("mcp-servers") {
        mcp::read_servers(reader, agent, servers, "/mcp-servers", &Inputs::default());
    }
    for (name, tool) in front.get("tools").map_or(&[][..], Node::entries) {
        if tool.get("command").is_some() || tool.get("url").is_some() {
            mcp::read_server(reader, agent, name, tool, &pointer("/tools", name), &Inputs::default(), "");
        }
    }
    if let Some(token) = front.at(&["safe-outputs", "github-token"]).or_else(|| front.get("github-token")) {
        reader.node(holder, "github-token", token, "/safe-outputs/github-token");
    }
    reader.sweep(holder, &front, "", "");
}

/// The name of the Markdown file that a compiled workflow was made from.
pub(crate) fn source_of(lock: &std::path::Path) -> Option<std::path::PathBuf> {
    let name = folder_name(lock);
    let stem = name.strip_suffix(".lock.yml").or_else(|| name.strip_suffix(".lock.yaml"))?;
    Some(lock.with_file_name(format!("{stem}.md")))
}
