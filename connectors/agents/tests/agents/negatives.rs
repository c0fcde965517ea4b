//! What must not be taken for a secret.

use crate::support::Tree;

#[test]
fn settings_placeholders_ids_and_references_are_not_hard_coded() {
    let collected = Tree::of("negatives").scan();
    let hard_coded: Vec<_> = collected
        .links()
        .filter(|link| {
            link.attributes.get("value_class").is_some_and(|class| class == "literal" || class == "default-leak")
        })
        .map(|link| (&link.because, &link.location))
        .collect();
    assert!(hard_coded.is_empty(), "{hard_coded:#?}");
    assert!(collected.issues.is_empty());
}

#[test]
fn a_secret_without_an_agent_is_its_projects_and_only_when_it_is_sure() {
    let mut tree = Tree::empty();
    tree.write("app/package.json", "{}");
    tree.write("app/src/a.js", "const key = \"@@stripe:a@@\";\nconst token = \"@@generic:maybe@@\";\n");
    insta::assert_snapshot!(tree.told(), @r"
    workload files.project app
      holds secret stripe.api-key Stripe key [literal] app/src/a.js:1
    ");
}

#[test]
fn names_and_values_that_only_look_telling_are_plain_in_every_format() {
    let values = [
        ("GITHUB_TOOLSETS", "repos,issues,pull_requests,actions"),
        ("FASTMCP_LOG_LEVEL", "ERROR"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_PROFILE", "readonly-audit-2026"),
        ("PROJECT_UUID", "9f1c3a52-7b1e-4c57-a0a5-0d8e6c1f2b3a"),
        ("ACTUAL_BUDGET_SYNC_ID", "1cfdbb80-6274-49bf-b0c2-737235a4c81f"),
        ("API_KEY", "${API_KEY}"),
        ("OTHER_KEY", "<your key>"),
        ("DB_PASSWORD", "changeme"),
    ];
    let json: Vec<String> = values.iter().map(|(name, value)| format!("{name:?}: {value:?}")).collect();
    let yaml: Vec<String> = values.iter().map(|(name, value)| format!("      {name}: {value:?}")).collect();
    let toml: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
    let dotenv: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut tree = Tree::empty();
    let servers = format!(
        "{{\"x\": {{\"command\": \"docker\", \"args\": [\"run\", \"-e\", \"GITHUB_TOKEN\", \"--env\", \"API_SECRET\"], \"env\": {{{}}}}}}}",
        json.join(",")
    );
    tree.write(".mcp.json", &format!("{{\"mcpServers\": {servers}}}"));
    tree.write(".vscode/mcp.json", &format!("{{\"servers\": {servers}}}"));
    tree.write(
        "compose.yaml",
        &format!("services:\n  mcp:\n    image: mcp/x\n    environment:\n{}\n", yaml.join("\n")),
    );
    tree.write(
        ".codex/config.toml",
        &format!("[mcp_servers.x]\ncommand = \"x\"\n[mcp_servers.x.env]\n{}\n", toml.join("\n")),
    );
    tree.write(".env", &dotenv.join("\n"));
    tree.write("settings.ini", &dotenv.join("\n"));
    let collected = tree.scan();
    let wrong: Vec<_> = collected
        .links()
        .filter(|link| {
            link.attributes.get("value_class").is_some_and(|class| class == "literal" || class == "default-leak")
        })
        .map(|link| (&link.because, &link.location))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(collected.entities().count() >= 8, "the definitions were read");
    let passed_on =
        collected.links().filter(|link| link.attributes.get("variable").is_some_and(|name| name == "GITHUB_TOKEN"));
    assert_eq!(passed_on.count(), 2, "`-e NAME` without `=` is a reference");
}
