//! Agents as they stand on a disk: what the `agents` connector finds is real files.
//!
//! The secrets in them are invented (see `names`): they open nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::names::{self, PROD};
use super::people::email;

/// Every file under `agents/`.
pub(super) fn files() -> BTreeMap<String, String> {
    let key = |name: &str| names::access_key_id(PROD, name);
    let mut files = BTreeMap::new();
    let mut add = |path: &str, text: String| files.insert(format!("agents/{path}"), text);

    // Hard-coded: the access key of ticket-search, which is Grace's, in plain text.
    add(
        "support-desk/.mcp.json",
        pretty(&json!({"mcpServers": {
            "tickets": {
                "command": "npx", "args": ["-y", "@acme/mcp-tickets"],
                "env": {
                    "AWS_REGION": "eu-west-1",
                    "AWS_ACCESS_KEY_ID": key("ticket-search"),
                    "AWS_SECRET_ACCESS_KEY": names::secret("ticket-search")
                }
            },
            "wiki": {"type": "http", "url": "https://wiki.example.com/mcp", "headers": {"Authorization": "Bearer ${WIKI_TOKEN}"}}
        }})),
    );
    add("support-desk/CODEOWNERS", format!("* {}\n", email("radia")));
    add(
        "support-desk/.claude/agents/triage.md",
        "---\nname: triage\ndescription: Sorts incoming tickets\ntools: Read, Grep, mcp__tickets__search\n---\n\nSort each ticket \
         into one of the queues that queues.md names.\n"
            .to_owned(),
    );

    // A default that is itself a secret, and the same connection string in two places.
    let dsn = format!("postgresql://orders_agent:{}@db.example.com:5432/orders", &names::secret("orders db")[..24]);
    add(
        "order-desk/.cursor/mcp.json",
        pretty(&json!({"mcpServers": {
            "orders-db": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-postgres", dsn]},
            "search": {"command": "acme-search-mcp", "env": {"SEARCH_API_KEY": format!("${{SEARCH_API_KEY:-{}}}", names::secret("search"))}}
        }})),
    );
    add(
        "order-desk-copy/.vscode/mcp.json",
        pretty(&json!({
            "inputs": [{"type": "promptString", "id": "tracker-token", "description": "Tracker token", "password": true}],
            "servers": {
                "orders-db": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-postgres", dsn]},
                "tracker": {"type": "http", "url": "https://tracker.example.com/mcp", "headers": {"Authorization": "Bearer ${input:tracker-token}"}}
            }
        })),
    );
    add("order-desk/CODEOWNERS", format!("* {}\n", email("barbara")));

    // References only: nothing to find here but good edges.
    add(
        "release-bot/.codex/config.toml",
        "[mcp_servers.github]\nurl = \"https://mcp.example.com/github\"\nbearer_token_env_var = \"GITHUB_TOKEN\"\n\n\
         [mcp_servers.deploy]\ncommand = \"acme-deploy-mcp\"\nenv_vars = [\"DEPLOY_TOKEN\"]\n"
            .to_owned(),
    );
    add(
        "release-bot/.github/workflows/review.yml",
        "name: review\non: pull_request\npermissions:\n  contents: read\n  id-token: write\njobs:\n  review:\n    runs-on: ubuntu-latest\n    \
         steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
         role-to-assume: "
            .to_owned()
            + &names::iam_arn(PROD, "role/platform-ci")
            + "\n          aws-region: eu-west-1\n      - uses: anthropics/claude-code-action@v1\n        with:\n          \
               use_bedrock: \"true\"\n          github_token: ${{ secrets.REVIEW_TOKEN }}\n",
    );
    add("release-bot/CODEOWNERS", "* @acme/platform\n".to_owned());

    // A crew whose settings file holds a key in plain text, and which nobody answers for.
    add(
        "market-crew/config/agents.yaml",
        "researcher:\n  role: Market researcher\n  goal: Find what competitors charge\n  backstory: Knows every shop\n  llm: gpt-5\n\n\
         writer:\n  role: Writer\n  goal: Put it into a page\n  backstory: Writes plainly\n  allow_delegation: false\n"
            .to_owned(),
    );
    add("market-crew/.env", format!("LOG_LEVEL=info\nPRICES_API_KEY={}\n", names::secret("prices")));
    files
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is JSON") + "\n"
}
