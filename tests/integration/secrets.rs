//! No secret value leaves the place where it was found: thirty planted ones, in every place where one can hide, and not a
//! trace of any in the database, its log, the program's log at the highest level, or any report.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::estate::Estate;

/// The n-th planted value: high entropy, no structure, so that only the value itself can give it away.
pub(crate) fn canary(n: u32) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(format!("canary {n}"));
    STANDARD.encode(digest).chars().filter(char::is_ascii_alphanumeric).take(36).collect()
}

/// Every way in which a value could be told.
pub(crate) fn traces(value: &str) -> Vec<String> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let reversed: String = value.chars().rev().collect();
    vec![
        value.to_owned(),
        value[..value.len() / 2].to_owned(),
        value[value.len() / 2..].to_owned(),
        reversed,
        hex,
        STANDARD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
    ]
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Plants the values and says how many there are.
fn plant(root: &Path) -> u32 {
    let c = canary;
    write(
        root,
        "repo/.mcp.json",
        &format!(
            r#"{{"mcpServers": {{
  "gh": {{"command": "npx", "args": ["server-github", "--token", "ghp_{}"], "env": {{"GITHUB_TOKEN": "ghp_{}"}}}},
  "db": {{"command": "npx", "args": ["postgres", "postgresql://app:{}@db.example.com:5432/prod"]}},
  "web": {{"url": "https://user:{}@mcp.example.com/sse?api_key={}", "headers": {{"Authorization": "Bearer {}", "X-Api-Key": "{}"}}}},
  "docker": {{"command": "docker", "args": ["run", "-e", "API_TOKEN={}", "img"]}},
  "env": {{"command": "env", "args": ["SECRET_KEY={}", "node", "x.js"]}},
  "default": {{"command": "x", "env": {{"API_KEY": "${{API_KEY:-{}}}"}}}},
  "off": {{"command": "x", "disabled": true, "env": {{"OPENAI_API_KEY": "sk-{}"}}}}
}}}}"#,
            c(0),
            c(1),
            c(2),
            c(3),
            c(4),
            c(5),
            c(6),
            c(7),
            c(8),
            c(9),
            c(10)
        ),
    );
    write(
        root,
        "repo/.env",
        &format!(
            "OPENAI_API_KEY={}\nDATABASE_URL=\"mysql://root:{}@h/db\"\nexport X_TOKEN='{}'\n",
            c(11),
            c(12),
            c(13)
        ),
    );
    write(
        root,
        "repo/docker-compose.yml",
        &format!(
            "services:\n  mcp:\n    image: acme/mcp-server\n    environment:\n      API_KEY: {}\n      - \n",
            c(14)
        ),
    );
    write(
        root,
        "repo/compose.yaml",
        &format!("services:\n  n8n:\n    image: n8nio/n8n\n    environment:\n      - N8N_SECRET_TOKEN={}\n", c(15)),
    );
    write(
        root,
        "repo/.codex/config.toml",
        &format!(
            "[mcp_servers.a]\ncommand = \"x\"\nenv = {{ API_TOKEN = \"{}\" }}\nhttp_headers = {{ Authorization = \"Bearer {}\" }}\n",
            c(16),
            c(17)
        ),
    );
    write(
        root,
        "repo/.vscode/mcp.json",
        &format!(
            r#"{{"servers": {{"a": {{"url": "https://x.example/{}", "headers": {{"token": "{}"}}}}}}, // {}"#,
            c(18),
            c(19),
            c(20)
        ),
    );
    write(
        root,
        "repo/.github/workflows/agent.yml",
        &format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: anthropics/claude-code-action@v1\n        with:\n          anthropic_api_key: {}\n",
            c(21)
        ),
    );
    write(
        root,
        "repo/langgraph.json",
        &format!(r#"{{"graphs": {{"a": "./a.py:g"}}, "env": {{"LANGSMITH_API_KEY": "lsv2_pt_{}"}}}}"#, c(22)),
    );
    write(root, "repo/a.py", &format!("client = ChatOpenAI(openai_api_key=\"{}\")  # {}\n", c(23), c(24)));
    write(root, "repo/AGENTS.md", &format!("Use the token ghp_{} to push.\n", c(25)));
    write(
        root,
        "repo/sa.json",
        &format!(
            r#"{{"type": "service_account", "client_email": "a@p.iam.gserviceaccount.com", "private_key_id": "0123456789abcdef0123456789abcdef01234567", "private_key": "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n"}}"#,
            c(26)
        ),
    );
    write(
        root,
        "repo/.cursor/mcp.json",
        &format!(
            r#"{{"mcpServers": {{"aws": {{"command": "x", "env": {{"AWS_ACCESS_KEY_ID": "AKIAQYLPMN5HHHFPZAM2", "AWS_SECRET_ACCESS_KEY": "{}abcd", "GOOGLE_APPLICATION_CREDENTIALS": "../sa.json"}}}}}}}}"#,
            c(27)
        ),
    );
    // A name that is a secret, and a file that breaks off in the middle of one.
    write(
        root,
        &format!("repo/.claude/agents/{}.md", "helper"),
        &format!("---\nname: helper\ntools: x\n---\npassword={}\n", c(28)),
    );
    write(root, "broken/.mcp.json", &format!(r#"{{"mcpServers": {{"x": {{"env": {{"API_KEY": "{}"#, c(29)));
    30
}

#[test]
fn thirty_planted_secrets_leave_no_trace() {
    let estate = Estate::new();
    let root = estate.path("tree");
    let planted = plant(&root);
    estate.configure("[sources.agents]\nconnector = \"agents\"\npaths = [\"tree\"]\n");
    let mut told = Vec::new();
    let mut keep = |name: &str, output: std::process::Output| {
        assert!(matches!(output.status.code(), Some(0 | 3)), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        told.push((format!("{name} stdout"), output.stdout));
        told.push((format!("{name} stderr"), output.stderr));
    };
    keep("scan", estate.run(&["scan", "-vvvv", "--format", "ndjson"]));
    for format in ["json", "csv", "sarif", "html", "markdown", "table", "ndjson"] {
        keep(format, estate.run(&["report", "--format", format]));
    }
    for what in ["credentials", "agents", "findings", "scopes"] {
        keep(what, estate.run(&["list", what, "--format", "json"]));
    }
    for file in fs::read_dir(estate.directory()).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        told.push((file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).unwrap()));
    }
    let found = String::from_utf8(told.iter().find(|(name, _)| name == "json stdout").unwrap().1.clone()).unwrap();
    assert!(found.matches("\"hard-coded\"").count() >= 15, "the planted secrets are found at all");
    for n in 0..planted {
        for trace in traces(&canary(n)) {
            for (name, bytes) in &told {
                let leaked = bytes.windows(trace.len()).any(|window| window == trace.as_bytes());
                assert!(!leaked, "planted secret {n} is told in {name}");
            }
        }
    }
}

#[test]
fn an_error_about_the_configuration_tells_no_value() {
    let estate = Estate::new();
    let secret = canary(99);
    estate.configure(&format!(
        "[sources.gh]\nconnector = \"github\"\ntoken = \"ghp_{secret}\"\n[sources.x]\npassword = \"{secret}\"\n"
    ));
    let output = estate.run(&["scan", "-vvvv"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    for trace in traces(&secret) {
        assert!(!stderr.contains(&trace), "{stderr}");
    }
}
