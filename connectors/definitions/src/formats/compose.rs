//! Compose files: services that are agents, gateways or MCP servers, and the variables that services are given.

use super::{folder_name, with_yaml};
use crate::doc::Node;
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::{Entry, Reader};

/// Parts of image names that say that a service is an agent or serves one.
pub(super) const AGENT_IMAGES: &[&str] = &[
    "mcp",
    "ollama",
    "langflow",
    "flowise",
    "n8nio/n8n",
    "dify",
    "open-webui",
    "litellm",
    "crewai",
    "langgraph",
    "autogen",
    "openhands",
    "librechat",
    "anythingllm",
];

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    with_yaml(reader, text, |reader, document| {
        for (name, service) in document.get("services").map_or(&[][..], Node::entries) {
            read_service(reader, name, service);
        }
    });
}

fn read_service(reader: &mut Reader<'_>, name: &str, service: &Node) {
    let image = service.text_at("image").unwrap_or("").to_ascii_lowercase();
    let is_agent = AGENT_IMAGES.iter().any(|part| image.contains(part));
    let holder = if is_agent {
        let project = folder_name(&reader.facts.base);
        let mut agent = AgentDef::new(
            reader.path(),
            format!("service/{name}"),
            format!("{name} ({project})"),
            "agent.compose-service",
            Component::Orchestrator,
        )
        .claiming(Claim::None)
        .at(service.line);
        // The part before a tag or digest: a registry's address may have a password in it.
        if let Some(image) = service.text_at("image").filter(|image| !image.contains(['@', '$'])) {
            agent = agent.attribute("image", image);
        }
        let agent = reader.agent(agent);
        for path in env_files(service) {
            reader.facts.env_files.push((agent, path.to_owned()));
        }
        Holder::Here(agent)
    } else {
        Holder::Place
    };
    let at = format!("/services/{name}/environment");
    let Some(environment) = service.get("environment") else { return };
    reader.map(holder, environment, &at);
    let entries: Vec<Entry<'_>> = environment
        .items()
        .iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let (name, value) = item.text()?.split_once('=')?;
            Some(Entry { name, value, line: item.line, pointer: Some(format!("{at}/{index}")) })
        })
        .collect();
    reader.entries(holder, &entries);
}

fn env_files(service: &Node) -> Vec<&str> {
    match service.get("env_file") {
        Some(node) => {
            let many = node.items().iter().filter_map(|item| item.text().or_else(|| item.text_at("path")));
            node.text().into_iter().chain(many).collect()
        }
        None => Vec::new(),
    }
}
