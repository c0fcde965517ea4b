use std::path::Path;

use proptest::prelude::*;
use whosekey_sdk::FingerprintKey;

use super::{Format, Kind, Place, read};
use crate::credential::Minter;

/// One path for each reader.
const PATHS: &[&str] = &[
    ".mcp.json",
    ".claude.json",
    ".vscode/mcp.json",
    ".codex/config.toml",
    "opencode.json",
    ".config/goose/config.yaml",
    ".zed/settings.json",
    ".continue/config.yaml",
    ".continue/config.json",
    ".aider.conf.yml",
    ".docker/mcp/registry.yaml",
    ".claude/agents/a.md",
    ".github/agents/a.md",
    "config/agents.yaml",
    "OAI_CONFIG_LIST",
    "langgraph.json",
    "root_agent.yaml",
    ".github/workflows/a.yml",
    ".env",
    "compose.yaml",
    "CODEOWNERS",
    "catalog-info.yaml",
    ".aws/credentials",
    ".kube/config",
    "goose/secrets.yaml",
    "AGENTS.md",
    "a.json",
    "a.yaml",
    "a.py",
    "a.ini",
    "a.txt",
];

/// Words that lead readers into their branches.
const WORDS: &[&str] = &[
    "mcpServers",
    "servers",
    "mcp",
    "command",
    "args",
    "env",
    "headers",
    "url",
    "nodes",
    "connections",
    "credentials",
    "jobs",
    "steps",
    "uses",
    "with",
    "anthropics/claude-code-action@v1",
    "services",
    "environment",
    "image",
    "name",
    "role",
    "goal",
    "tools",
    "sub_agents",
    "component_type",
    "provider",
    "config",
    "participants",
    "n8n-nodes-base.x",
    "AWS::Bedrock::Agent",
    "Resources",
    "type",
    "service_account",
    "private_key_id",
    "client_email",
    "private_key",
    "---",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "\n",
    "\n  ",
    "=",
    "${",
    "}",
    "${{ secrets.",
    "Bearer ",
    "://",
    "@",
    ":",
    "AKIA",
    "ghp_",
    "sk-",
    "eyJ",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "\\n",
    "\\u0041",
    "&a",
    "*a",
    "<<",
    "é",
    "\u{feff}",
    "\r\n",
    "\t",
    "1e999",
    "null",
    "--api-key",
    "-e",
    "mcp_servers",
    "[mcp_servers.x]",
];

fn read_as(path: &str, bytes: &[u8]) {
    let minter = Minter::new(FingerprintKey::from_bytes([1; 32]), "s");
    let whole = Path::new("/nowhere").join(path);
    let format = Format::of_path(Path::new(path)).unwrap_or(Format(Kind::Text));
    let _facts = read(&minter, &Place::at(&whole), format, bytes);
}

#[test]
fn every_path_of_the_list_has_its_reader() {
    for path in PATHS {
        assert!(Format::of_path(Path::new(path)).is_some(), "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_reader_panic(path in prop::sample::select(PATHS), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_as(path, &bytes);
    }

    #[test]
    fn no_words_make_a_reader_panic(path in prop::sample::select(PATHS), words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        read_as(path, words.concat().as_bytes());
        read_as(path, words.join("\n").as_bytes());
    }
}
