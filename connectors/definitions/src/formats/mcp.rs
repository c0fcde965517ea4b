//! The server entry that nearly all clients share: one reader for the union of its fields.
//!
//! Nothing is started. A disabled server is recorded like any other: its literal is leaked all the same.

use std::collections::BTreeMap;

use super::mcp_args::{self, read_args};
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::{Reader, Spot};
use crate::secrets::{self, Confidence};
use crate::value_class::ValueClass;

/// VS Code's inputs: whether each is kept like a password.
#[derive(Debug, Default)]
pub(crate) struct Inputs(Option<BTreeMap<String, bool>>);

impl Inputs {
    pub(crate) fn of(document: &Node) -> Self {
        let list =
            document.get("inputs").or_else(|| document.at(&["mcp", "inputs"])).or_else(|| document.get("mcp.inputs"));
        let Some(list) = list else { return Self::default() };
        let inputs = list.items().iter().filter_map(|input| {
            let is_prompt = input.text_at("type").is_none_or(|kind| kind == "promptString");
            let is_password = input.get("password").and_then(Node::flag) == Some(true);
            Some((input.text_at("id")?.to_owned(), is_prompt && is_password))
        });
        Self(Some(inputs.collect()))
    }

    /// What is wrong with a prompt of this id, where the client has a list of them.
    fn warning(&self, id: &str) -> Option<&'static str> {
        match self.0.as_ref()?.get(id) {
            Some(true) => None,
            Some(false) => Some("the input is not marked as a password"),
            None => Some("no input has this id"),
        }
    }
}

/// Keys under which a server's address stands.
const URLS: &[&str] = &["url", "serverUrl", "httpUrl", "uri", "endpoint"];

/// Whether a map has nothing but servers.
pub(crate) fn is_flat(node: &Node) -> bool {
    let is_server = |node: &Node| node.get("command").is_some() || node.any(URLS).is_some();
    !node.entries().is_empty() && node.entries().iter().all(|(_, server)| is_server(server))
}

/// Reads all servers of a map as tools of `host`.
pub(crate) fn read_servers(reader: &mut Reader<'_>, host: usize, servers: &Node, at: &str, inputs: &Inputs) {
    read_servers_of(reader, host, servers, at, inputs, "");
}

/// The same for one of several groups of servers, such as the folders that a client remembers.
pub(crate) fn read_servers_of(
    reader: &mut Reader<'_>,
    host: usize,
    servers: &Node,
    at: &str,
    inputs: &Inputs,
    group: &str,
) {
    for (name, server) in servers.entries() {
        if server.is_map() {
            read_server(reader, host, name, server, &pointer(at, name), inputs, group);
        }
    }
}

/// A document that has servers and a name that says nothing: an agent of its own.
pub(crate) fn read_unnamed(reader: &mut Reader<'_>, document: &Node) {
    let Some(servers) = document.get("mcpServers") else { return };
    let name = super::folder_name(&reader.path());
    let mut agent = AgentDef::new(reader.path(), "mcp", name, "agent.mcp-config", Component::Orchestrator)
        .claiming(Claim::Client)
        .at(servers.line);
    agent.enabled = Some(true);
    let host = reader.agent(agent);
    let inputs = Inputs::of(document);
    if servers.is_map() {
        read_servers(reader, host, servers, "/mcpServers", &inputs);
    } else {
        read_list(reader, host, servers, "/mcpServers", &inputs);
    }
}

/// Servers in a list, each with its name inside.
pub(crate) fn read_list(reader: &mut Reader<'_>, host: usize, servers: &Node, at: &str, inputs: &Inputs) {
    for (index, server) in servers.items().iter().enumerate() {
        let name = server.text_at("name").or_else(|| server.text_at("id")).unwrap_or("server").to_owned();
        read_server(reader, host, &name, server, &format!("{at}/{index}"), inputs, "");
    }
}

/// Reads one server.
pub(crate) fn read_server(
    reader: &mut Reader<'_>,
    host: usize,
    name: &str,
    server: &Node,
    at: &str,
    inputs: &Inputs,
    group: &str,
) {
    let parent = &reader.facts.agents[host];
    let key = [parent.key.as_str(), group, name].join("/");
    let place = parent.place.clone();
    let mut tool = AgentDef::new(place, key, name, "agent.mcp-server", Component::Tool).of(host).at(server.line);
    tool.enabled = Some(is_enabled(server));
    if !group.is_empty() {
        tool = tool.attribute("folder", group);
    }
    tool = describe(tool, server);
    let tool = reader.agent(tool);
    let first = reader.facts.slots.len();
    read_slots(reader, tool, server, at);
    reader.sweep(Holder::Here(tool), server, "", at);
    mark_prompts(reader, first, inputs);
}

fn is_enabled(server: &Node) -> bool {
    let flag = |key| server.get(key).and_then(Node::flag);
    flag("enabled").unwrap_or_else(|| !flag("disabled").unwrap_or(false))
}

/// What may be shown of a server: its program's name, its package, its host, how it is reached, what it may do unasked.
pub(super) fn describe(mut tool: AgentDef, server: &Node) -> AgentDef {
    let transport = server.get("transport");
    let kind = server.text_at("type").or_else(|| transport.and_then(Node::text)).or_else(|| transport?.text_at("type"));
    let (program, args) = mcp_args::command(server);
    let url = server.any(URLS).or_else(|| transport?.any(URLS)).and_then(|(_, node)| node.text());
    let kind = kind.or(if program.is_some() { Some("stdio") } else { url.map(|_| "http") });
    if let Some(kind) = kind {
        tool = tool.attribute("transport", kind.chars().take(32).collect::<String>());
    }
    if let Some(program) = program.and_then(mcp_args::program_name) {
        tool = tool.attribute("command", program);
    }
    if let Some(package) = args.iter().find_map(|arg| mcp_args::package(arg.text()?)) {
        tool = tool.attribute("package", package);
    }
    if let Some(host) = url.and_then(host_of) {
        tool = tool.attribute("host", host);
    }
    for key in ["alwaysAllow", "autoApprove", "always_allow"] {
        let names: Vec<&str> = server.get(key).map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
        if !names.is_empty() {
            tool = tool.attribute("auto_approve", names.join(", "));
        }
    }
    if server.get("trust").and_then(Node::flag) == Some(true) {
        tool = tool.attribute("auto_approve", "*");
    }
    if let Some(kind) = server.text_at("authProviderType") {
        tool = tool.attribute("authentication", kind);
    }
    tool
}

/// Host and port; never user, path or query, any of which may be a secret.
pub(super) fn host_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?;
    (!host.contains(['$', '{', '%'])).then(|| match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

pub(super) fn read_slots(reader: &mut Reader<'_>, tool: usize, server: &Node, at: &str) {
    let holder = Holder::Here(tool);
    for key in ["env", "environment", "envs", "headers", "http_headers"] {
        if let Some(map) = server.get(key).filter(|node| node.is_map()) {
            reader.map(holder, map, &pointer(at, key));
        }
    }
    for (outer, inner) in [
        ("requestInit", "headers"),
        ("transport", "headers"),
        ("requestOptions", "headers"),
        ("transport", "env"),
        ("command", "env"),
    ] {
        if let Some(map) = server.at(&[outer, inner]) {
            reader.map(holder, map, &format!("{at}/{outer}/{inner}"));
        }
    }
    for (base, node) in [(at.to_owned(), Some(server)), (format!("{at}/transport"), server.get("transport"))] {
        for key in URLS {
            if let Some(url) = node.and_then(|node| node.get(key)) {
                let at = pointer(&base, key);
                reader.node(holder, key, url, &at);
                read_path(reader, holder, key, url, &at);
            }
        }
    }
    read_named_variables(reader, holder, server, at);
    if let Some(path) = server.text_at("envFile").or_else(|| server.text_at("env_file")) {
        reader.facts.env_files.push((tool, path.to_owned()));
    }
    if let Some(node) = server.get("targetServiceAccount")
        && let Some(email) = node.text()
    {
        let because = "targetServiceAccount of the server";
        reader.runs_as(
            tool,
            format!("gcp:serviceaccount/{email}"),
            because,
            node.line,
            &pointer(at, "targetServiceAccount"),
        );
    }
    read_args(reader, tool, server, at);
}

/// Some servers are reached at an address that nobody else knows (`/s/<random>/mcp`): who has it, is let in.
fn read_path(reader: &mut Reader<'_>, holder: Holder, name: &str, node: &Node, at: &str) {
    let Some(url) = node.text() else { return };
    let path = url.split_once("://").map_or("", |(_, rest)| rest).split(['?', '#']).next().unwrap_or("");
    for part in path.split('/').skip(1).filter(|part| secrets::is_random_word(part)) {
        let spot = Spot { name, line: node.line, pointer: Some(at) };
        let credential = reader.minter.literal(&secrets::URL_PATH, part);
        reader.push(holder, spot, ValueClass::Literal, Confidence::Medium, credential);
    }
}

/// Fields whose value is the name of a variable, not a value.
fn read_named_variables(reader: &mut Reader<'_>, holder: Holder, server: &Node, at: &str) {
    let class = ValueClass::PlatformRef;
    if let Some(node) = server.get("bearer_token_env_var")
        && let Some(variable) = node.text()
    {
        let at = pointer(at, "bearer_token_env_var");
        reader.variable(holder, Spot { name: "bearer_token", line: node.line, pointer: Some(&at) }, class, variable);
    }
    if let Some(map) = server.get("env_http_headers") {
        let base = pointer(at, "env_http_headers");
        for (header, node) in map.entries() {
            let Some(variable) = node.text() else { continue };
            let at = pointer(&base, header);
            reader.variable(holder, Spot { name: header, line: node.line, pointer: Some(&at) }, class, variable);
        }
    }
    for key in ["env_vars", "env_keys"] {
        for (index, node) in server.get(key).map_or(&[][..], Node::items).iter().enumerate() {
            let Some(variable) = node.text().or_else(|| node.text_at("name")) else { continue };
            let at = format!("{at}/{key}/{index}");
            reader.variable(holder, Spot { name: variable, line: node.line, pointer: Some(&at) }, class, variable);
        }
    }
    for (index, node) in server.get("secrets").map_or(&[][..], Node::items).iter().enumerate() {
        let Some(name) = node.text_at("name") else { continue };
        let at = format!("{at}/secrets/{index}");
        let spot = Spot { name: node.text_at("env").unwrap_or(name), line: node.line, pointer: Some(&at) };
        reader.reference(holder, spot, class, &format!("docker secret {name}"), "");
    }
}

/// A prompt that is not kept like a password is shown while it is typed and stored in the open.
fn mark_prompts(reader: &mut Reader<'_>, first: usize, inputs: &Inputs) {
    for slot in &mut reader.facts.slots[first..] {
        if slot.class != ValueClass::PromptRef {
            continue;
        }
        let crate::found::Held::Credential(credential) = &slot.held else { continue };
        let id = credential.entity.attributes.get("reference").and_then(|id| id.as_str()).unwrap_or("");
        if let Some(warning) = inputs.warning(id) {
            slot.note = Some(("warning", warning.into()));
        }
    }
}
