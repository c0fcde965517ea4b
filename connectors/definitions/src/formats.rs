//! Which file is read how.
//!
//! A file is recognised by its path, by its name, or, for the few formats without a name of their own, by a mark in
//! its text. Everything else is plain text, in which only secrets are looked for.

mod adk;
mod agentic_workflows;
mod autogen;
pub(crate) mod backstage;
mod bedrock;
mod canvas;
mod cards;
pub(crate) mod clients;
mod cluster;
mod code;
pub(crate) mod codeowners;
mod compose;
mod continue_dev;
mod crewai;
mod devcontainer;
mod dify;
pub(crate) mod dotenv;
mod haystack;
pub(crate) mod keyfiles;
mod langgraph;
mod litellm;
mod marks;
mod mcp;
mod mcp_args;
mod n8n;
mod paths;
mod snowflake;
mod subagents;
mod workflows;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::credential::Minter;
use crate::doc::{self, DocError, Node};
use crate::found::{FileFacts, Holder};
use crate::reader::Reader;
use crate::secrets::Depth;

use self::clients::{CLIENTS, Client, Range, Syntax};
use self::paths::kind_of;

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub struct Format(Kind);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Client(&'static Client, Range, usize),
    ClaudeSubAgent,
    GitHubAgent,
    CrewAgents,
    CrewTasks,
    AutoGenList,
    LangGraph,
    Adk,
    Workflow,
    AgenticWorkflow,
    AgentCore,
    AgentCard,
    Smithery,
    DevContainer,
    AntigravityProject,
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
    Terraform,
    TerraformState,
    /// Settings of other kinds: names tell.
    Settings,
    /// Only shapes.
    Text,
}

impl Format {
    /// How the file at this path, relative to what is scanned, is read. `None`: it is not text that we read.
    pub fn of_path(path: &Path) -> Option<Self> {
        kind_of(path).map(Self)
    }

    /// The same for a file that lies elsewhere than its kind does, because somebody moved it: `like` is where it would
    /// be in a home directory. `None` when that is no client's.
    pub fn of_moved(like: &Path) -> Option<Self> {
        match kind_of(like)? {
            Kind::Client(client, ..) => Some(Self(Kind::Client(client, Range::User, 1))),
            _ => None,
        }
    }

    /// How the file that a variable names is read, whatever the file is called.
    pub(crate) fn of_variable(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "AWS_SHARED_CREDENTIALS_FILE" => Some(Self(Kind::AwsCredentials)),
            "KUBECONFIG" => Some(Self(Kind::Kubeconfig)),
            "GOOGLE_APPLICATION_CREDENTIALS" => Some(Self(Kind::Json)),
            _ => None,
        }
    }

    /// Whether an agent, what it holds or who owns it would be missed if this file could not be read.
    pub fn is_definition(self) -> bool {
        !matches!(
            self.0,
            Kind::CrewTasks
                | Kind::Json
                | Kind::Yaml
                | Kind::Code
                | Kind::Terraform
                | Kind::TerraformState
                | Kind::Settings
                | Kind::Text
        )
    }

    /// Whether agents may be defined in a file of this kind of which `part` is a part: to be asked of what is too large
    /// to be read.
    pub fn may_define(self, part: &[u8]) -> bool {
        marks::may_define(self.0, part)
    }

    /// For settings that are a user's own: how many levels above the file the home directory is.
    pub fn levels_below_home(self) -> Option<usize> {
        match self.0 {
            Kind::Client(_, Range::User, depth) => Some(depth),
            _ => None,
        }
    }
}

/// Files and folders that say that what they lie in is a project.
const PROJECT_MARKS: &[&str] =
    &[".git", "package.json", "pyproject.toml", "requirements.txt", "setup.py", "Cargo.toml", "go.mod", "pom.xml"];

/// Whether a thing of this name says that its folder is a project. Without an agent, a secret is its project's.
pub fn is_project_mark(name: &OsStr) -> bool {
    PROJECT_MARKS.iter().any(|mark| name == *mark)
}

/// Where well-known settings lie in a home directory, as patterns (`*`, `**`).
pub fn well_known_in_home() -> impl Iterator<Item = &'static str> {
    let clients = CLIENTS.iter().flat_map(|client| client.user.iter().chain(client.project));
    clients.chain(IN_HOME).copied()
}

/// Settings of a whole machine, by their absolute paths.
pub fn machine_settings() -> impl Iterator<Item = (&'static str, Format)> {
    CLIENTS
        .iter()
        .flat_map(|client| client.machine.iter().map(move |path| (*path, Format(Kind::Client(client, Range::User, 1)))))
}

/// Places in a home directory that are no client's settings.
const IN_HOME: &[&str] = &[
    ".claude/agents/*.md",
    ".copilot/agents/*.md",
    ".config/goose/secrets.yaml",
    ".claude/CLAUDE.md",
    ".gemini/config/projects/*.json",
    ".vscode/extensions/*/package.json",
];

/// Where a file stands: what readers need to know of it besides its bytes.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub(crate) path: &'a Path,
    home: Option<&'a Path>,
    user: Option<&'a str>,
    pub(crate) exists: &'a dyn Fn(&Path) -> bool,
}

impl<'a> Place<'a> {
    /// A file at a path.
    pub fn at(path: &'a Path) -> Self {
        Self { path, home: None, user: None, exists: &|_| false }
    }

    /// It was looked for in this home directory: it is a user's own, for all that they do.
    #[must_use]
    pub fn in_home(mut self, home: &'a Path) -> Self {
        self.home = Some(home);
        self
    }

    /// Whose home it is in, when it is known.
    #[must_use]
    pub fn of_user(mut self, user: Option<&'a str>) -> Self {
        self.user = user;
        self
    }

    /// How to tell whether there is a file at a path: a value that names one is a reference.
    #[must_use]
    pub fn among(mut self, exists: &'a dyn Fn(&Path) -> bool) -> Self {
        self.exists = exists;
        self
    }
}

impl std::fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").field("path", &self.path).field("home", &self.home).finish_non_exhaustive()
    }
}

/// Whether bytes are not text: a zero among the first eight thousand, as `git` and `grep` decide.
fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some()
}

/// Reads a file.
pub(crate) fn read(minter: &Minter, place: &Place<'_>, format: Format, bytes: &[u8]) -> FileFacts {
    let mut reader = Reader::new(minter, place);
    if !format.is_definition() && is_binary(bytes) {
        return reader.facts;
    }
    reader.facts.user = place.user.map(ToOwned::to_owned);
    reader.facts.in_home = place.home.is_some() || format.levels_below_home().is_some();
    // Lossy: a stray byte must not hide the rest of a definition. Secrets are searched for in the bytes themselves.
    let text = String::from_utf8_lossy(bytes);
    let text = zeroize::Zeroizing::new(text.into_owned());
    match format.0 {
        Kind::Client(client, range, depth) => {
            reader.facts.base = match place.home {
                Some(home) => home.to_owned(),
                None => ancestor(place.path, depth),
            };
            clients::read(&mut reader, client, range, &text);
        }
        Kind::ClaudeSubAgent => subagents::read_claude(&mut reader, &text),
        Kind::GitHubAgent => subagents::read_github(&mut reader, &text),
        Kind::CrewAgents => crewai::read(&mut reader, &text),
        Kind::CrewTasks => crewai::read_tasks(&mut reader, &text),
        Kind::AutoGenList => autogen::read_list(&mut reader, &text),
        Kind::LangGraph => langgraph::read(&mut reader, &text),
        Kind::Adk => adk::read(&mut reader, &text),
        Kind::Workflow => workflows::read(&mut reader, &text),
        Kind::AgenticWorkflow => agentic_workflows::read(&mut reader, &text),
        Kind::AgentCore => with_yaml(&mut reader, &text, bedrock::read_toolkit),
        Kind::AgentCard => with_json(&mut reader, &text, cards::read_a2a),
        Kind::Smithery => with_yaml(&mut reader, &text, cards::read_smithery),
        Kind::DevContainer => with_json(&mut reader, &text, devcontainer::read),
        Kind::AntigravityProject => with_json(&mut reader, &text, cards::read_antigravity_project),
        Kind::Dotenv => dotenv::read(&mut reader, &text),
        Kind::Compose => compose::read(&mut reader, &text),
        Kind::CodeOwners => codeowners::read(&mut reader, &text),
        Kind::Catalog => backstage::read(&mut reader, &text),
        Kind::AwsCredentials => keyfiles::read_aws(&mut reader, &text),
        Kind::Kubeconfig => keyfiles::read_kubeconfig(&mut reader, &text),
        Kind::GooseSecrets => dotenv::read_yaml(&mut reader, &text),
        Kind::Json => marks::read_json(&mut reader, &text),
        Kind::Yaml => marks::read_yaml(&mut reader, &text),
        Kind::Code => code::read(&mut reader, &text),
        Kind::Terraform => bedrock::read_terraform(&mut reader, &text),
        Kind::TerraformState => marks::read_state(&mut reader, &text),
        Kind::Instructions | Kind::Settings | Kind::Text => {}
    }
    // Names were judged already where the format has a reader of its own.
    let depth = match format.0 {
        Kind::Yaml | Kind::Code | Kind::Terraform | Kind::Settings => Depth::ShapesAndNames,
        _ => Depth::Shapes,
    };
    let holder = if reader.facts.agents.is_empty() || matches!(format.0, Kind::Compose) {
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

/// The front matter of a Markdown file.
fn doc_of_front_matter(reader: &mut Reader<'_>, text: &str) -> Option<Node> {
    match doc::parse_yaml(subagents::front_matter(text)?) {
        Ok(documents) => documents.into_iter().next(),
        Err(error) => {
            reader.issue(error);
            None
        }
    }
}

/// The beginning of a text that people wrote about an agent, to be shown.
fn shown(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(200).collect();
    (!text.is_empty()).then_some(text)
}

/// The last folder's name, for naming what has no name.
fn folder_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
