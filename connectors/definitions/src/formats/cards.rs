//! Descriptions of agents and tools for others: A2A agent cards, the MCP registry's `server.json`, `smithery.yaml`, and
//! VS Code extensions that bring servers. They hold no credential; they say what one must bring.

use super::shown;
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder, Parent};
use crate::reader::Reader;
use crate::secrets;

/// `agent-card.json`, formerly `agent.json`.
pub(crate) fn read_a2a(reader: &mut Reader<'_>, document: &Node) {
    let Some(name) = document.text_at("name") else { return };
    let interface = document.get("supportedInterfaces").map_or(&[][..], Node::items).first();
    let url = document.text_at("url").or_else(|| interface.and_then(|interface| interface.text_at("url")));
    let is_card = document.get("skills").is_some() && (url.is_some() || document.get("capabilities").is_some());
    if !is_card {
        return;
    }
    let path = reader.path();
    let mut agent =
        AgentDef::new(&path, "a2a", name, "agent.a2a-card", Component::Orchestrator).claiming(Claim::Client).at(1);
    for (key, text) in [
        ("description", document.text_at("description")),
        ("version", document.text_at("version")),
        ("provider_organization", document.at(&["provider", "organization"]).and_then(Node::text)),
    ] {
        if let Some(text) = text.and_then(shown) {
            agent = agent.attribute(key, text);
        }
    }
    if let Some(host) = url.and_then(super::mcp::host_of) {
        agent = agent.attribute("host", host);
    }
    let skills: Vec<&str> = document
        .get("skills")
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|skill| skill.text_at("name").or_else(|| skill.text_at("id")))
        .collect();
    if !skills.is_empty() {
        agent = agent.attribute("skills", skills.join(", "));
    }
    let schemes: Vec<&str> =
        document.get("securitySchemes").map_or(&[][..], Node::entries).iter().map(|(name, _)| name.as_str()).collect();
    agent = agent.attribute("authentication", if schemes.is_empty() { "none".to_owned() } else { schemes.join(", ") });
    let agent = reader.agent(agent);
    reader.sweep(Holder::Here(agent), document, "", "");
}

/// The MCP registry's `server.json`: which variables of a package are secrets.
pub(crate) fn read_server_json(reader: &mut Reader<'_>, document: &Node) {
    let packages = document.get("packages").map_or(&[][..], Node::items);
    let remotes = document.get("remotes").map_or(&[][..], Node::items);
    let Some(name) = document.text_at("name").filter(|_| !packages.is_empty() || !remotes.is_empty()) else { return };
    let variables = packages.iter().chain(remotes).flat_map(|package| {
        ["environmentVariables", "environment_variables", "headers"]
            .into_iter()
            .flat_map(|key| package.get(key).map_or(&[][..], Node::items))
    });
    let is_secret =
        |node: &&Node| node.get("isSecret").or_else(|| node.get("is_secret")).and_then(Node::flag) == Some(true);
    let names = names(variables.filter(is_secret).filter_map(|variable| variable.text_at("name")));
    let package =
        packages.first().and_then(|package| package.text_at("identifier").or_else(|| package.text_at("name")));
    server(reader, name, "agent.mcp-server-package", package, &names, document);
}

/// `smithery.yaml`: the settings that a server asks for.
pub(crate) fn read_smithery(reader: &mut Reader<'_>, document: &Node) {
    let schema = ["startCommand", "build"]
        .into_iter()
        .find_map(|key| document.at(&[key, "configSchema"]))
        .or_else(|| document.get("configSchema"));
    if schema.is_none() && document.get("startCommand").is_none() && document.get("runtime").is_none() {
        return;
    }
    let properties = schema.and_then(|schema| schema.get("properties")).map_or(&[][..], Node::entries);
    let names = names(properties.iter().map(|(name, _)| name.as_str()).filter(|name| secrets::is_secret_name(name)));
    let name = super::folder_name(&reader.facts.base);
    server(reader, &name, "agent.smithery-server", None, &names, document);
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

fn server(
    reader: &mut Reader<'_>,
    name: &str,
    type_name: &str,
    package: Option<&str>,
    secret_names: &str,
    document: &Node,
) {
    let path = reader.path();
    let mut tool = AgentDef::new(&path, "server", name, type_name, Component::Tool).at(1);
    if let Some(package) = package {
        tool = tool.attribute("package", package);
    }
    if !secret_names.is_empty() {
        tool = tool.attribute("needs_secrets", secret_names);
    }
    let tool = reader.agent(tool);
    reader.sweep(Holder::Here(tool), document, "", "");
}

/// `package.json` of an extension that brings servers: the declaration alone, what it starts is code.
pub(crate) fn read_extension(reader: &mut Reader<'_>, document: &Node) {
    let providers = document.at(&["contributes", "mcpServerDefinitionProviders"]);
    let providers = providers.map_or(&[][..], Node::items);
    let Some(name) = document.text_at("name").filter(|_| !providers.is_empty()) else { return };
    let publisher = document.text_at("publisher").unwrap_or("unknown");
    let path = reader.path();
    for (index, provider) in providers.iter().enumerate() {
        let id = provider.text_at("id").unwrap_or(name);
        let label = provider.text_at("label").unwrap_or(id);
        let mut tool =
            AgentDef::new(&path, format!("extension/{id}"), label, "agent.vscode-extension", Component::Tool)
                .at(provider.line)
                .attribute("package", format!("{publisher}.{name}"))
                .attribute("declared_at", pointer("/contributes/mcpServerDefinitionProviders", &index.to_string()));
        if let Some(version) = document.text_at("version") {
            tool = tool.attribute("version", version);
        }
        reader.agent(tool);
    }
}

/// Antigravity's registry of the folders that it works in.
pub(crate) fn read_antigravity_project(reader: &mut Reader<'_>, document: &Node) {
    let mut folders: Vec<String> = Vec::new();
    for key in ["path", "folder", "root", "projectPath", "uri", "workspace"] {
        folders.extend(document.text_at(key).map(ToOwned::to_owned));
    }
    for key in ["paths", "folders", "roots", "workspaces"] {
        let items = document.get(key).map_or(&[][..], Node::items);
        folders.extend(items.iter().filter_map(|item| item.text().or_else(|| item.text_at("path"))).map(Into::into));
    }
    let Some(name) = document.text_at("name").map(ToOwned::to_owned).or_else(|| folders.first().cloned()) else {
        return;
    };
    let path = reader.path();
    let mut project =
        AgentDef::new(&path, "antigravity-project", name, "agent.antigravity-project", Component::SubAgent)
            .at(1)
            .attribute("client", "antigravity")
            .attribute("folders", folders.join("\n"));
    project.parent = Parent::Client("antigravity", 4);
    let project = reader.agent(project);
    reader.sweep(Holder::Here(project), document, "", "");
}
