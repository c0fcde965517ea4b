//! Which file is read how.
//!
//! A file is recognised by its path, by its name, or, for the few formats without a name of their own, by a mark in
//! its text. Everything else is plain text, in which only secrets are looked for.

mod adk;
mod autogen;
pub(crate) mod backstage;
mod bedrock;
pub(crate) mod clients;
mod code;
pub(crate) mod codeowners;
mod compose;
mod continue_dev;
mod crewai;
pub(crate) mod dotenv;
pub(crate) mod keyfiles;
mod langgraph;
mod mcp;
mod mcp_args;
mod n8n;
mod subagents;
mod workflows;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::credential::Minter;
use crate::doc::{self, DocError, Node};
use crate::found::{FileFacts, Holder};
use crate::reader::Reader;
use crate::secrets::Depth;

use self::clients::{Client, Range, Syntax};

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Client(&'static Client, Range, usize),
    ClaudeSubAgent,
    GitHubAgent,
    CrewAgents,
    AutoGenList,
    LangGraph,
    Adk,
    Workflow,
    Dotenv,
    Compose,
    CodeOwners,
    Catalog,
    AwsCredentials,
    Kubeconfig,
    GooseSecrets,
    Instructions,
    /// By a mark in the text, if at all.
    Json,
    Yaml,
    Code,
    /// Settings of other kinds: names tell.
    Settings,
    /// Only shapes.
    Text,
}

impl Format {
    /// Whether an agent would be missed if this file could not be read.
    pub(crate) fn is_definition(self) -> bool {
        !matches!(self, Format::Json | Format::Yaml | Format::Code | Format::Settings | Format::Text)
    }
}

/// How the file at this path, relative to what is scanned, is read. `None`: it is not text that we read.
pub(crate) fn of_path(path: &Path) -> Option<Format> {
    if let Some((client, range, depth)) = clients::of_path(path) {
        return Some(Format::Client(client, range, depth));
    }
    let name = path.file_name().and_then(OsStr::to_str)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let in_folder = |suffix: &str| folder.ends_with(suffix);
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or("");
    let is_yaml = matches!(extension, "yml" | "yaml");
    let lower = name.to_ascii_lowercase();
    Some(match name {
        "OAI_CONFIG_LIST" | "OAI_CONFIG_LIST.json" => Format::AutoGenList,
        "langgraph.json" => Format::LangGraph,
        "CODEOWNERS" => Format::CodeOwners,
        "AGENTS.md" | "CLAUDE.md" | "GEMINI.md" | ".cursorrules" | ".windsurfrules" => Format::Instructions,
        "secrets.yaml" if in_folder("goose") => Format::GooseSecrets,
        "credentials" if in_folder(".aws") => Format::AwsCredentials,
        "kubeconfig" | "kubeconfig.yaml" | "kubeconfig.yml" => Format::Kubeconfig,
        "config" if in_folder(".kube") => Format::Kubeconfig,
        "config" if in_folder(".git") => Format::Settings,
        _ if extension == "md" && in_folder(".claude/agents") => Format::ClaudeSubAgent,
        _ if extension == "md" && (in_folder(".github/agents") || in_folder(".copilot/agents")) => Format::GitHubAgent,
        _ if is_yaml && in_folder(".github/workflows") => Format::Workflow,
        _ if is_yaml && in_folder("config") && matches!(name, "agents.yaml" | "agents.yml") => Format::CrewAgents,
        _ if is_yaml && matches!(name, "root_agent.yaml" | "root_agent.yml") => Format::Adk,
        _ if is_yaml && matches!(name, "catalog-info.yaml" | "catalog-info.yml") => Format::Catalog,
        _ if is_yaml && (lower.starts_with("docker-compose") || lower.starts_with("compose.")) => Format::Compose,
        _ if lower == ".env"
            || lower.starts_with(".env.")
            || extension == "env"
            || lower == ".envrc"
            || lower == ".dev.vars" =>
        {
            Format::Dotenv
        }
        _ => return of_extension(&lower, extension),
    })
}

/// Written by programs from other files: large, and no one's definition.
const GENERATED: &[&str] = &[
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "cargo.lock",
    "poetry.lock",
    "uv.lock",
    "go.sum",
    "composer.lock",
    "gemfile.lock",
    "npm-shrinkwrap.json",
    "flake.lock",
    "pdm.lock",
    "bun.lock",
];

fn of_extension(lower: &str, extension: &str) -> Option<Format> {
    if GENERATED.contains(&lower) {
        return None;
    }
    Some(match extension.to_ascii_lowercase().as_str() {
        "json" | "jsonc" | "json5" => Format::Json,
        "yaml" | "yml" => Format::Yaml,
        "py" | "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "mts" | "cts" | "go" | "java" | "kt" | "rb" | "php"
        | "cs" | "rs" | "swift" | "scala" | "lua" | "pl" | "dart" | "ex" | "exs" => Format::Code,
        "toml" | "ini" | "cfg" | "conf" | "properties" | "tf" | "tfvars" | "hcl" | "sh" | "bash" | "zsh" | "fish"
        | "ps1" | "bat" | "cmd" | "xml" | "plist" | "gradle" | "sql" => Format::Settings,
        "md" | "mdx" | "mdc" | "txt" | "rst" | "ipynb" | "html" | "css" | "csv" | "log" | "pem" | "key" | "tmpl"
        | "tpl" | "j2" | "http" | "vue" | "svelte" | "tfstate" | "ndjson" | "jsonl" => Format::Text,
        "" => match lower {
            "dockerfile" | "makefile" | "procfile" | "jenkinsfile" | ".npmrc" | ".pypirc" | ".netrc" | ".bashrc"
            | ".zshrc" | ".profile" | ".bash_profile" | "justfile" | "vagrantfile" | ".git-credentials" | ".pgpass" => {
                Format::Settings
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Where a file stands: what readers need to know of it besides its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The whole path.
    pub(crate) path: PathBuf,
    /// It is a user's own, for all that they do.
    pub(crate) in_home: bool,
    /// The home directory, when it was looked for there.
    pub(crate) home: Option<PathBuf>,
    /// Whose home it is in, when it is known.
    pub(crate) user: Option<String>,
}

/// Reads a file.
pub(crate) fn read(minter: &Minter, place: &Place, format: Format, bytes: &[u8]) -> FileFacts {
    let folder = place.path.parent().unwrap_or(Path::new("/"));
    let mut reader = Reader::new(minter, &place.path, folder);
    reader.facts.user.clone_from(&place.user);
    reader.facts.in_home = place.in_home;
    // Lossy: a stray byte must not hide the rest of a definition. Secrets are searched for in the bytes themselves.
    let text = String::from_utf8_lossy(bytes);
    let text = zeroize::Zeroizing::new(text.into_owned());
    match format {
        Format::Client(client, range, depth) => {
            reader.facts.base = match &place.home {
                Some(home) => home.clone(),
                None => ancestor(&place.path, depth),
            };
            clients::read(&mut reader, client, range, &text);
        }
        Format::ClaudeSubAgent => subagents::read_claude(&mut reader, &text),
        Format::GitHubAgent => subagents::read_github(&mut reader, &text),
        Format::CrewAgents => crewai::read(&mut reader, &text),
        Format::AutoGenList => autogen::read_list(&mut reader, &text),
        Format::LangGraph => langgraph::read(&mut reader, &text),
        Format::Adk => adk::read(&mut reader, &text),
        Format::Workflow => workflows::read(&mut reader, &text),
        Format::Dotenv => dotenv::read(&mut reader, &text),
        Format::Compose => compose::read(&mut reader, &text),
        Format::CodeOwners => codeowners::read(&mut reader, &text),
        Format::Catalog => backstage::read(&mut reader, &text),
        Format::AwsCredentials => keyfiles::read_aws(&mut reader, &text),
        Format::Kubeconfig => keyfiles::read_kubeconfig(&mut reader, &text),
        Format::GooseSecrets => dotenv::read_yaml(&mut reader, &text),
        Format::Json => read_json(&mut reader, &text),
        Format::Yaml => read_yaml(&mut reader, &text),
        Format::Code => code::read(&mut reader, &text),
        Format::Instructions | Format::Settings | Format::Text => {}
    }
    let depth = match format {
        Format::Text | Format::Json | Format::Instructions => Depth::Shapes,
        _ => Depth::ShapesAndNames,
    };
    let holder = if reader.facts.agents.is_empty() || matches!(format, Format::Compose) {
        Holder::Place
    } else {
        Holder::Here(0)
    };
    reader.text(holder, bytes, depth);
    reader.facts
}

/// The folder this many levels above a file.
fn ancestor(path: &Path, levels: usize) -> PathBuf {
    path.ancestors().nth(levels).unwrap_or(Path::new("/")).to_owned()
}

/// JSON without a name of its own: read when a mark of a known format is in it.
fn read_json(reader: &mut Reader<'_>, text: &str) {
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    if has("\"service_account\"") && has("\"private_key_id\"") {
        if let Ok(document) = doc::parse_json(text) {
            keyfiles::read_gcp(reader, &document);
        }
    } else if has("n8n-nodes-") && has("\"nodes\"") {
        with_json(reader, text, n8n::read);
    } else if has("\"component_type\"") && has("\"provider\"") {
        with_json(reader, text, autogen::read_component);
    } else if has("AWS::Bedrock") {
        with_json(reader, text, bedrock::read);
    } else if has("\"mcpServers\"") {
        with_json(reader, text, mcp::read_unnamed);
    }
}

/// YAML without a name of its own.
fn read_yaml(reader: &mut Reader<'_>, text: &str) {
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    if has("agent_class:") || has("AgentConfig.json") {
        adk::read(reader, text);
    } else if has("AWS::Bedrock") {
        with_yaml(reader, text, bedrock::read);
    } else if has("mcpServers:") {
        with_yaml(reader, text, mcp::read_unnamed);
    }
}

/// Parses a definition and reads it; a syntax error is an issue that names the file and the line.
fn with_json(reader: &mut Reader<'_>, text: &str, read: impl FnOnce(&mut Reader<'_>, &Node)) {
    with(reader, doc::parse_json(text), read);
}

fn with_yaml(reader: &mut Reader<'_>, text: &str, mut read: impl FnMut(&mut Reader<'_>, &Node)) {
    match doc::parse_yaml(text) {
        Ok(documents) => documents.iter().for_each(|document| read(reader, document)),
        Err(error) => reader.issue(error),
    }
}

fn with(reader: &mut Reader<'_>, document: Result<Node, DocError>, read: impl FnOnce(&mut Reader<'_>, &Node)) {
    match document {
        Ok(document) => read(reader, &document),
        Err(error) => reader.issue(error),
    }
}

/// Parses by syntax.
fn with_syntax(reader: &mut Reader<'_>, syntax: Syntax, text: &str, read: impl FnMut(&mut Reader<'_>, &Node)) {
    match syntax {
        Syntax::Json => with_json(reader, text, read),
        Syntax::Toml => with(reader, doc::parse_toml(text), read),
        Syntax::Yaml => with_yaml(reader, text, read),
    }
}

/// The last folder's name, for naming what has no name.
fn folder_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned())
}
