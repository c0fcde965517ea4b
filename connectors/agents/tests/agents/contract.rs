//! What every connector keeps, and that no planted secret is ever told.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use whosekey_sdk::testkit::assert_contract;

use crate::support::{Tree, collect};

fn all() -> Vec<(&'static str, Tree)> {
    ["clients", "frameworks", "pipelines", "home", "canvas", "infrastructure"]
        .into_iter()
        .map(|name| (name, Tree::of(name)))
        .collect()
}

#[tokio::test]
async fn the_contract_is_kept() {
    for (name, tree) in all() {
        let secrets: Vec<&str> = tree.secrets.iter().map(String::as_str).collect();
        assert!(!secrets.is_empty(), "{name}");
        assert_contract(&tree.connector(), &secrets).await;
    }
}

/// The forms in which a value could slip through.
fn disguises(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let standard = STANDARD.encode(secret);
    // Whatever stands before it shifts base64 by up to two characters.
    let inner = |shift: usize| {
        let padded = format!("{}{secret}", "x".repeat(shift));
        let text = STANDARD.encode(padded);
        text[4..text.len() - 4].to_owned()
    };
    let tail = secret[secret.len() - secret.len().min(12)..].to_owned();
    vec![
        secret.to_owned(),
        hex,
        encoded,
        standard.trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(secret),
        inner(1),
        inner(2),
        tail,
    ]
}

#[test]
fn no_trace_of_any_planted_secret_is_in_records_or_issues() {
    let mut planted = 0;
    for (name, mut tree) in all() {
        // Files that cannot be parsed must not be quoted either.
        tree.write("broken/.mcp.json", "{\"mcpServers\": {\"x\": {\"env\": {\"TOKEN\": \"@@github:broken@@\" \"A\" }}");
        tree.write("broken/.codex/config.toml", "[mcp_servers.x]\ntoken = @@generic:broken-toml@@\n");
        tree.write("broken/compose.yaml", "services:\n  a: [\"@@slack:broken-yaml@@\"\n b: }\n");
        // Nor what people wrote where a name, a description, an address or a key of a map belongs.
        tree.write("odd/.claude/agents/x.md", "---\nname: bot @@github:odd-name@@\ndescription: log in with @@anthropic:odd-text@@\ntools: \"@@slack:odd-tools@@\"\n---\n");
        tree.write("odd/.mcp.json", r#"{"mcpServers":{"@@github:odd-key@@":{"command":"x","env":{"@@stripe:odd-variable@@":"@@gitlab:odd-value@@","GOOGLE_APPLICATION_CREDENTIALS":"{\"token\":\"@@github:odd-inline@@\"}"}},"y":{"command":"/opt/@@github:odd-command@@/x","url":"https://@@github:odd-user@@:x@example.com/@@huggingface:odd-path@@/mcp"}}}"#);
        tree.write("odd/flow.json", r#"{"nodes":[{"name":"@@github:odd-node@@","type":"@n8n/n8n-nodes-langchain.agent","credentials":{"x":{"id":"1","name":"@@google:odd-credential@@"}}}],"name":"@@openai:odd-flow@@"}"#);
        tree.write(
            "odd/a.py",
            "from agents import Agent\nagent = Agent(name='@@github:odd-code@@', model='@@anthropic:odd-model@@')\n",
        );
        tree.write("odd/agent-card.json", r#"{"name":"card","skills":[{"name":"@@github:odd-skill@@"}],"capabilities":{},"provider":{"organization":"@@slack:odd-org@@"}}"#);
        let (connector, scope) = match name {
            "home" => (tree.home_connector(), "home".to_owned()),
            _ => (tree.connector(), tree.path().to_string_lossy().into_owned()),
        };
        let collected = collect(&connector, &scope).unwrap();
        let said = format!("{}\n{:?}", serde_json::to_string(&collected.records).unwrap(), collected.issues);
        for secret in &tree.secrets {
            planted += 1;
            for form in disguises(secret) {
                assert!(!said.contains(&form), "{name}: a secret is told: {form}");
            }
        }
    }
    assert!(planted >= 30, "{planted} secrets are too few to prove anything");
}

#[test]
fn a_secret_in_an_unparsable_definition_is_still_found_and_the_line_of_the_mistake_is_told() {
    let mut tree = Tree::empty();
    tree.write(".mcp.json", "{\"mcpServers\": {\n\"x\": {\"env\": {\"TOKEN\": \"@@github:broken@@\" }},\n  ]\n}");
    insta::assert_snapshot!(tree.told(), @r"
    agent agent.claude-code Claude Code (repo) client=claude-code component=orchestrator
      holds secret github.token GitHub token [literal] .mcp.json:2
    credential secret github.token GitHub token
      known as github:hashed-token/…
    issue parse: .mcp.json: not valid JSON (line 3)
    ");
}
