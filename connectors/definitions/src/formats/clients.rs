//! The clients that start MCP servers: where each keeps its settings, in which syntax, and under which key.
//!
//! Sources: the public discovery tables of snyk-agent-scan 0.6.9 and agent-bom, and the vendors' documentation as of
//! November 2026. A path that two systems spell differently stands once for each.

use std::path::Path;
use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{continue_dev, folder_name, mcp, snowflake, with_syntax};
use crate::doc::Node;
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::Reader;

/// The syntax of a settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Json,
    Toml,
    Yaml,
}

/// Whose settings a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// All that a user does, or a whole machine.
    User,
    /// One folder.
    Project,
}

/// What a settings file that names no server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alone {
    /// The client is in use.
    AnAgent,
    /// Nothing: the file is there for other reasons.
    Nothing,
}

/// A settings file of a client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// Relative to a home directory.
    pub(crate) user: &'static [&'static str],
    /// Relative to a project.
    pub(crate) project: &'static [&'static str],
    /// Absolute: set by the machine's administrator.
    pub(crate) machine: &'static [&'static str],
    pub(crate) syntax: Syntax,
    /// Paths of keys under which servers are listed; the first that is there counts. Empty: the file has its own shape.
    pub(crate) keys: &'static [&'static [&'static str]],
    pub(crate) alone: Alone,
}

const MCP_SERVERS: &[&[&str]] = &[&["mcpServers"]];
/// `.mcp.json` in the shapes it is met in.
const TOLERANT: &[&[&str]] = &[&["mcpServers"], &["servers"], &["mcp", "servers"], &[]];

macro_rules! client {
    ($id:literal, $name:literal, user $user:expr, project $project:expr, $syntax:ident, $keys:expr, $alone:ident) => {
        client!($id, $name, user $user, project $project, machine &[], $syntax, $keys, $alone)
    };
    ($id:literal, $name:literal, user $user:expr, project $project:expr, machine $machine:expr, $syntax:ident, $keys:expr, $alone:ident) => {
        Client { id: $id, name: $name, user: $user, project: $project, machine: $machine, syntax: Syntax::$syntax, keys: $keys, alone: Alone::$alone }
    };
}

/// All settings files, one row each.
#[rustfmt::skip]
pub(crate) static CLIENTS: &[Client] = &[
    client!("claude-desktop", "Claude Desktop", user &[".config/Claude/claude_desktop_config.json", "Library/Application Support/Claude/claude_desktop_config.json", "AppData/Roaming/Claude/claude_desktop_config.json"], project &[], Json, TOLERANT, AnAgent),
    client!("claude-code", "Claude Code", user &[".claude.json", ".claude/.claude.json"], project &[], Json, &[&["mcpServers"]], AnAgent),
    client!("claude-code", "Claude Code", user &[], project &[".mcp.json"], machine &["/etc/claude-code/managed-mcp.json", "/Library/Application Support/ClaudeCode/managed-mcp.json", "/ProgramData/ClaudeCode/managed-mcp.json", "/Program Files/ClaudeCode/managed-mcp.json"], Json, TOLERANT, Nothing),
    client!("claude-code", "Claude Code", user &[".claude/plugins/**/.mcp.json"], project &[], Json, TOLERANT, Nothing),
    client!("claude-code", "Claude Code", user &[], project &[".claude/settings.json", ".claude/settings.local.json"], machine &["/etc/claude-code/managed-settings.json", "/Library/Application Support/ClaudeCode/managed-settings.json"], Json, MCP_SERVERS, AnAgent),
    client!("cursor", "Cursor", user &[], project &[".cursor/mcp.json"], Json, TOLERANT, AnAgent),
    client!("vscode", "VS Code", user &[".config/Code/User/mcp.json", "Library/Application Support/Code/User/mcp.json", "AppData/Roaming/Code/User/mcp.json", ".config/Code - Insiders/User/mcp.json", ".config/Code/User/profiles/*/mcp.json", ".vscode-server/data/User/mcp.json"], project &[".vscode/mcp.json"], Json, &[&["servers"], &["mcpServers"]], AnAgent),
    client!("vscode", "VS Code", user &[".config/Code/User/settings.json", "Library/Application Support/Code/User/settings.json", "AppData/Roaming/Code/User/settings.json"], project &[".vscode/settings.json"], Json, &[&["mcp", "servers"], &["mcp.servers"]], Nothing),
    client!("copilot", "GitHub Copilot", user &[".copilot/mcp-config.json"], project &[], Json, TOLERANT, AnAgent),
    client!("windsurf", "Windsurf", user &[".codeium/windsurf/mcp_config.json", ".codeium/mcp_config.json"], project &[], Json, TOLERANT, AnAgent),
    client!("gemini-cli", "Gemini CLI", user &[], project &[".gemini/settings.json"], Json, MCP_SERVERS, AnAgent),
    client!("antigravity", "Antigravity", user &[".gemini/antigravity/mcp_config.json"], project &[], Json, TOLERANT, AnAgent),
    client!("kiro", "Kiro", user &[], project &[".kiro/settings/mcp.json"], Json, TOLERANT, AnAgent),
    client!("amazon-q", "Amazon Q", user &[".aws/amazonq/mcp.json", ".aws/amazonq/agents/*.json", ".aws/amazonq/cli-agents/*.json"], project &[".amazonq/mcp.json", ".amazonq/agents/*.json", ".amazonq/cli-agents/*.json"], Json, TOLERANT, AnAgent),
    client!("codex", "Codex", user &[".codex/*.config.toml"], project &[".codex/config.toml"], machine &["/etc/codex/config.toml", "/etc/codex/managed_config.toml", "/ProgramData/OpenAI/Codex/config.toml"], Toml, &[&["mcp_servers"]], AnAgent),
    client!("opencode", "opencode", user &[".config/opencode/opencode.json", ".config/opencode/opencode.jsonc", ".config/opencode/config.json"], project &["opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"], machine &["/etc/opencode/opencode.json", "/Library/Application Support/opencode/opencode.json", "/ProgramData/opencode/opencode.json"], Json, &[&["mcp", "servers"], &["mcp"]], AnAgent),
    client!("goose", "Goose", user &[".config/goose/config.yaml", "AppData/Roaming/Block/goose/config/config.yaml"], project &[], Yaml, &[&["extensions"]], AnAgent),
    client!("zed", "Zed", user &[".config/zed/settings.json", "AppData/Roaming/Zed/settings.json", "Library/Application Support/Zed/settings.json"], project &[".zed/settings.json"], Json, &[&["context_servers"]], Nothing),
    client!("cline", "Cline", user &["**/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", ".cline/data/settings/cline_mcp_settings.json"], project &[], Json, TOLERANT, AnAgent),
    client!("roo", "Roo Code", user &["**/globalStorage/rooveterinaryinc.roo-cline/settings/*mcp_settings.json"], project &[".roo/mcp.json"], Json, TOLERANT, AnAgent),
    client!("continue", "Continue", user &[], project &[".continue/config.json"], Json, &[], AnAgent),
    client!("continue", "Continue", user &[], project &[".continue/config.yaml", ".continue/mcpServers/*.yaml", ".continue/mcpServers/*.yml"], Yaml, &[], AnAgent),
    client!("continue", "Continue", user &[], project &[".continue/mcpServers/*.json"], Json, TOLERANT, AnAgent),
    client!("jetbrains", "JetBrains AI", user &[".config/JetBrains/*/mcp.json", ".config/JetBrains/*/options/mcp.json", ".config/github-copilot/intellij/mcp.json", "Library/Application Support/JetBrains/*/mcp.json"], project &[], Json, TOLERANT, AnAgent),
    client!("junie", "Junie", user &[], project &[".junie/mcp/mcp.json"], Json, TOLERANT, AnAgent),
    client!("tabnine", "Tabnine", user &[".tabnine/mcp_servers.json"], project &[], Json, TOLERANT, AnAgent),
    client!("cody", "Cody", user &[".cody/mcp.json"], project &[], Json, TOLERANT, AnAgent),
    client!("trae", "Trae", user &[], project &[".trae/mcp.json"], Json, TOLERANT, AnAgent),
    client!("void", "Void", user &[".void/mcp.json"], project &[], Json, TOLERANT, AnAgent),
    client!("aide", "Aide", user &[".aide/mcp.json"], project &[], Json, TOLERANT, AnAgent),
    client!("openclaw", "OpenClaw", user &[], project &[".openclaw/openclaw.json"], Json, &[&["mcpServers"], &["mcp", "servers"]], AnAgent),
    client!("cortex", "Snowflake Cortex CLI", user &[".snowflake/cortex/mcp.json"], project &[], Json, TOLERANT, AnAgent),
    client!("snowflake", "Snowflake CLI", user &[".snowflake/connections.toml", ".snowflake/config.toml"], project &[], Toml, &[], Nothing),
    client!("aider", "Aider", user &[], project &[".aider.conf.yml"], Yaml, &[], AnAgent),
    client!("docker-mcp", "Docker MCP", user &[".docker/mcp/registry.yaml"], project &[], Yaml, &[&["registry"]], AnAgent),
    client!("docker-mcp", "Docker MCP", user &[".docker/mcp/config.yaml"], project &[], Yaml, &[], Nothing),
    client!("docker-mcp", "Docker MCP", user &[".docker/mcp/catalogs/*.yaml"], project &[], Yaml, &[&["registry"]], Nothing),
];

struct Patterns {
    set: GlobSet,
    rows: Vec<(&'static Client, Range, usize)>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let mut set = GlobSetBuilder::new();
    let mut rows = Vec::new();
    for client in CLIENTS {
        // A project's file in a home directory is the user's own.
        let user = client.user.iter().map(|path| (path, Range::User));
        let project = client.project.iter().map(|path| (path, Range::Project));
        for (path, range) in user.chain(project) {
            let pattern = if path.starts_with("**/") { (*path).to_owned() } else { format!("**/{path}") };
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(glob.expect("the patterns of the table are tested"));
            rows.push((client, range, path.split('/').filter(|step| *step != "**").count()));
        }
        for path in client.machine {
            let glob = GlobBuilder::new(path).literal_separator(true).build();
            set.add(glob.expect("the patterns of the table are tested"));
            rows.push((client, Range::User, 1));
        }
    }
    Patterns { set: set.build().expect("a few dozen patterns fit"), rows }
});

/// The client whose settings are at this path, and how many levels up its folder is.
pub(crate) fn of_path(path: &Path) -> Option<(&'static Client, Range, usize)> {
    let found = PATTERNS.set.matches(path);
    // Where two patterns fit (a plugin's `.mcp.json`), the longer one knows better.
    let (client, range, depth) = found
        .into_iter()
        .map(|at| PATTERNS.rows[at])
        .max_by_key(|(_, range, depth)| (*range == Range::User, *depth))?;
    let depth = if range == Range::User { levels_below_home(path).unwrap_or(depth) } else { depth };
    Some((client, range, depth))
}

/// How far below its home a user's file lies, where a pattern leaves it open: the first folder of settings is in the home.
fn levels_below_home(path: &Path) -> Option<usize> {
    let steps: Vec<&str> = path.iter().map(|step| step.to_str().unwrap_or("")).collect();
    let in_home = |step: &str| matches!(step, ".claude" | ".config" | "Library" | "AppData" | ".vscode-server");
    let at = steps.iter().position(|step| in_home(step))?;
    Some(steps.len() - at)
}

/// Reads a client's settings.
pub(crate) fn read(reader: &mut Reader<'_>, client: &'static Client, range: Range, text: &str) {
    if client.id == "snowflake" {
        snowflake::read(reader, text);
        return;
    }
    let before = reader.facts.issues.len();
    with_syntax(reader, client.syntax, text, |reader, document| match client.id {
        "continue" if client.keys.is_empty() => continue_dev::read(reader, client, range, document),
        "aider" => read_aider(reader, client, range, document),
        "docker-mcp" if client.alone == Alone::Nothing => read_docker(reader, client, range, document),
        _ => read_servers(reader, client, range, document),
    });
    // A definition that cannot be read is still one: what else is in it is this client's.
    let is_mcp_file = client.alone == Alone::AnAgent || client.keys.len() == TOLERANT.len();
    if reader.facts.issues.len() > before && reader.facts.agents.is_empty() && is_mcp_file {
        host(reader, client, range);
    }
}

fn read_servers(reader: &mut Reader<'_>, client: &'static Client, range: Range, document: &Node) {
    let servers = client.keys.iter().find_map(|path| {
        let node = document.at(path)?;
        // The flat shape has nothing but servers, or it is something else.
        let fits = if path.is_empty() { mcp::is_flat(node) } else { node.is_map() };
        fits.then(|| (format!("/{}", path.join("/")).trim_end_matches('/').to_owned(), node))
    });
    let is_claude_home = client.id == "claude-code" && document.get("projects").is_some();
    if servers.is_none() && client.alone == Alone::Nothing && !is_claude_home {
        return;
    }
    let host = host(reader, client, range);
    let inputs = mcp::Inputs::of(document);
    if let Some((pointer, servers)) = servers {
        mcp::read_servers(reader, host, servers, &pointer, &inputs);
    }
    if is_claude_home {
        read_claude_projects(reader, host, document, &inputs);
    }
    if let Some(env) = document.get("env") {
        reader.map(Holder::Here(host), env, "/env");
    }
    read_providers(reader, host, document);
    reader.sweep(Holder::Here(host), document, "", "");
}

/// Codex's providers of models: the variable that has the key, and headers.
fn read_providers(reader: &mut Reader<'_>, host: usize, document: &Node) {
    for (name, provider) in document.get("model_providers").map_or(&[][..], Node::entries) {
        let at = crate::doc::pointer("/model_providers", name);
        if let Some(node) = provider.get("env_key")
            && let Some(variable) = node.text()
        {
            let at = format!("{at}/env_key");
            let spot = crate::reader::Spot { name: variable, line: node.line, pointer: Some(&at) };
            reader.variable(Holder::Here(host), spot, crate::value_class::ValueClass::PlatformRef, variable);
        }
        if let Some(headers) = provider.get("http_headers") {
            reader.map(Holder::Here(host), headers, &format!("{at}/http_headers"));
        }
    }
}

/// `~/.claude.json` also keeps the servers of each folder that was worked in.
fn read_claude_projects(reader: &mut Reader<'_>, host: usize, document: &Node, inputs: &mcp::Inputs) {
    for (folder, project) in document.get("projects").map_or(&[][..], Node::entries) {
        let Some(servers) = project.get("mcpServers").filter(|servers| !servers.entries().is_empty()) else { continue };
        let pointer = crate::doc::pointer("/projects", folder) + "/mcpServers";
        mcp::read_servers_of(reader, host, servers, &pointer, inputs, folder);
    }
}

/// Docker's catalog lists every server there is, and `config.yaml` has settings of some: only what `registry.yaml` turned
/// on is in use.
fn read_docker(reader: &mut Reader<'_>, client: &'static Client, range: Range, document: &Node) {
    let host = host(reader, client, range);
    reader.facts.agents[host].is_description = true;
    let before = reader.facts.agents.len();
    match document.get("registry") {
        Some(registry) => mcp::read_servers(reader, host, registry, "/registry", &mcp::Inputs::default()),
        None => {
            for (name, settings) in document.entries() {
                let at = crate::doc::pointer("", name);
                mcp::read_server(reader, host, name, settings, &at, &mcp::Inputs::default(), "");
                let tool = reader.facts.agents.len() - 1;
                reader.map(Holder::Here(tool), settings, &at);
            }
        }
    }
    for tool in &mut reader.facts.agents[before..] {
        tool.is_description = true;
        tool.enabled = None;
    }
}

/// `.aider.conf.yml`: keys of models under names that end in `api-key`.
fn read_aider(reader: &mut Reader<'_>, client: &'static Client, range: Range, document: &Node) {
    let host = host(reader, client, range);
    for (name, node) in document.entries() {
        let pointer = crate::doc::pointer("", name);
        reader.node(Holder::Here(host), name, node, &pointer);
        for (index, item) in node.items().iter().enumerate() {
            let Some((name, value)) = item.text().and_then(|text| text.split_once('=')) else { continue };
            let pointer = format!("{pointer}/{index}");
            let spot =
                crate::reader::Spot { name: &format!("{name}_api_key"), line: item.line, pointer: Some(&pointer) };
            reader.value(Holder::Here(host), spot, value);
        }
    }
}

/// The agent that a client is in the folder of its settings.
pub(crate) fn host(reader: &mut Reader<'_>, client: &'static Client, range: Range) -> usize {
    let base = reader.facts.base.clone();
    let claim = if range == Range::Project && !reader.facts.in_home { Claim::Client } else { Claim::None };
    let whose = match &reader.facts.user {
        Some(user) => user.clone(),
        None => folder_name(&base),
    };
    let mut agent = AgentDef::new(
        &base,
        client.id,
        format!("{} ({whose})", client.name),
        format!("agent.{}", client.id),
        Component::Orchestrator,
    )
    .claiming(claim)
    .attribute("client", client.id);
    agent.enabled = Some(true);
    reader.agent(agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_is_found_at_its_places() {
        for (path, client, depth) in [
            ("home/ada/.claude.json", "claude-code", 1),
            ("x/.mcp.json", "claude-code", 1),
            (".mcp.json", "claude-code", 1),
            ("ada/.claude/plugins/cache/acme/.mcp.json", "claude-code", 5),
            ("x/.cursor/mcp.json", "cursor", 2),
            ("ada/.config/Claude/claude_desktop_config.json", "claude-desktop", 3),
            ("ada/Library/Application Support/Claude/claude_desktop_config.json", "claude-desktop", 4),
            ("x/.vscode/mcp.json", "vscode", 2),
            ("ada/.codex/config.toml", "codex", 2),
            ("ada/.config/JetBrains/IdeaIC2026.1/mcp.json", "jetbrains", 4),
            ("/etc/codex/config.toml", "codex", 1),
            ("ada/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", "cline", 7),
        ] {
            let found = of_path(Path::new(path)).unwrap_or_else(|| panic!("{path}"));
            assert_eq!((found.0.id, found.2), (client, depth), "{path}");
        }
        assert!(of_path(Path::new("x/package.json")).is_none());
        assert!(of_path(Path::new("x/mcp.json")).is_none());
    }
}
