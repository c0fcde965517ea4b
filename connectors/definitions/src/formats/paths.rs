//! Which kind of file stands at a path: by the whole path, by the name, by the extension.

use std::ffi::OsStr;
use std::path::Path;

use super::{Kind, clients};

/// The kind of the file at this path, relative to what is scanned. `None`: it is not text that we read.
pub(super) fn kind_of(path: &Path) -> Option<Kind> {
    if let Some((client, range, depth)) = clients::of_path(path) {
        return Some(Kind::Client(client, range, depth));
    }
    let name = path.file_name().and_then(OsStr::to_str)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let in_folder = |suffix: &str| folder.ends_with(suffix);
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or("");
    let is_yaml = matches!(extension, "yml" | "yaml");
    let lower = name.to_ascii_lowercase();
    Some(match name {
        "OAI_CONFIG_LIST" | "OAI_CONFIG_LIST.json" => Kind::AutoGenList,
        "langgraph.json" => Kind::LangGraph,
        "CODEOWNERS" => Kind::CodeOwners,
        "agent-card.json" => Kind::AgentCard,
        "agent.json" if in_folder(".well-known") => Kind::AgentCard,
        "smithery.yaml" | "smithery.yml" => Kind::Smithery,
        ".bedrock_agentcore.yaml" | ".bedrock_agentcore.yml" => Kind::AgentCore,
        "devcontainer.json" | ".devcontainer.json" => Kind::DevContainer,
        _ if extension == "json" && in_folder(".gemini/config/projects") => Kind::AntigravityProject,
        "AGENTS.md" | "CLAUDE.md" | "GEMINI.md" | ".cursorrules" | ".windsurfrules" => Kind::Instructions,
        "secrets.yaml" if in_folder("goose") => Kind::GooseSecrets,
        "credentials" if in_folder(".aws") => Kind::AwsCredentials,
        "kubeconfig" | "kubeconfig.yaml" | "kubeconfig.yml" => Kind::Kubeconfig,
        "config" if in_folder(".kube") => Kind::Kubeconfig,
        "config" if in_folder(".git") => Kind::Settings,
        _ if extension == "md" && in_folder(".claude/agents") => Kind::ClaudeSubAgent,
        _ if extension == "md"
            && [".github/agents", ".copilot/agents", ".github-private/agents"].iter().any(|place| in_folder(place)) =>
        {
            Kind::GitHubAgent
        }
        _ if extension == "md" && in_folder(".github/workflows") => Kind::AgenticWorkflow,
        _ if is_yaml && in_folder(".github/workflows") => Kind::Workflow,
        _ if is_yaml && in_folder("config") && matches!(name, "agents.yaml" | "agents.yml") => Kind::CrewAgents,
        _ if is_yaml && in_folder("config") && matches!(name, "tasks.yaml" | "tasks.yml") => Kind::CrewTasks,
        _ if is_yaml && matches!(name, "root_agent.yaml" | "root_agent.yml") => Kind::Adk,
        _ if is_yaml && matches!(name, "catalog-info.yaml" | "catalog-info.yml") => Kind::Catalog,
        _ if is_yaml && (lower.starts_with("docker-compose") || lower.starts_with("compose.")) => Kind::Compose,
        _ if lower == ".env"
            || lower.starts_with(".env.")
            || extension == "env"
            || lower == ".envrc"
            || lower == ".dev.vars" =>
        {
            Kind::Dotenv
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

fn of_extension(lower: &str, extension: &str) -> Option<Kind> {
    if GENERATED.contains(&lower) {
        return None;
    }
    Some(match extension.to_ascii_lowercase().as_str() {
        "json" | "jsonc" | "json5" => Kind::Json,
        "yaml" | "yml" => Kind::Yaml,
        "py" | "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "mts" | "cts" | "go" | "java" | "kt" | "rb" | "php"
        | "cs" | "rs" | "swift" | "scala" | "lua" | "pl" | "dart" | "ex" | "exs" => Kind::Code,
        "tf" => Kind::Terraform,
        "tfstate" => Kind::TerraformState,
        "toml" | "ini" | "cfg" | "conf" | "properties" | "tfvars" | "hcl" | "sh" | "bash" | "zsh" | "fish" | "ps1"
        | "bat" | "cmd" | "xml" | "plist" | "gradle" | "sql" => Kind::Settings,
        "md" | "mdx" | "mdc" | "txt" | "rst" | "ipynb" | "html" | "css" | "csv" | "log" | "pem" | "key" | "tmpl"
        | "tpl" | "j2" | "http" | "vue" | "svelte" | "ndjson" | "jsonl" => Kind::Text,
        "" => match lower {
            "dockerfile" | "makefile" | "procfile" | "jenkinsfile" | ".npmrc" | ".pypirc" | ".netrc" | ".bashrc"
            | ".zshrc" | ".profile" | ".bash_profile" | "justfile" | "vagrantfile" | ".git-credentials" | ".pgpass" => {
                Kind::Settings
            }
            _ => return None,
        },
        _ => return None,
    })
}
