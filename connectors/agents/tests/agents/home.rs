//! The well-known places of a home directory.

use whosekey_agents::{AgentsConnector, Config, Surroundings};
use whosekey_sdk::Connector;

use crate::support::{Tree, collect, key, told};

#[test]
fn the_well_known_places_of_a_home_are_read_without_a_walk() {
    let mut tree = Tree::of("home");
    // Not a well-known place: not read.
    tree.write("work/x/.mcp.json", r#"{"mcpServers":{"x":{"command":"x","env":{"X_TOKEN":"@@generic:unseen@@"}}}}"#);
    let collected = collect(&tree.home_connector(), "home").unwrap();
    insta::assert_snapshot!(told(&collected, &tree.path()));
}

#[tokio::test]
async fn without_paths_the_scopes_are_the_home_and_the_working_directory() {
    let tree = Tree::empty();
    let (scopes, _) = tree.home_connector().scopes(&mut whosekey_sdk::testkit::Collected::default()).await.unwrap();
    assert_eq!(scopes.iter().map(|scope| scope.name.as_str()).collect::<Vec<_>>(), ["home"]);
}

#[cfg(unix)]
#[test]
fn a_dot_file_that_links_within_the_home_is_read_and_one_that_leads_out_is_an_issue() {
    let mut tree = Tree::empty();
    tree.write("dotfiles/claude.json", r#"{"mcpServers":{"a":{"command":"a"}}}"#);
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("mcp.json"), "{}").unwrap();
    std::os::unix::fs::symlink(tree.path().join("dotfiles/claude.json"), tree.path().join(".claude.json")).unwrap();
    std::fs::create_dir(tree.path().join(".cursor")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("mcp.json"), tree.path().join(".cursor/mcp.json")).unwrap();
    let collected = collect(&tree.home_connector(), "home").unwrap();
    assert!(collected.entities().any(|entity| entity.name == "a"));
    assert_eq!(collected.issues.len(), 1, "{:?}", collected.issues);
    assert!(collected.issues[0].message.contains(".cursor/mcp.json"));
}

#[test]
fn what_lies_in_a_home_is_its_users() {
    let mut tree = Tree::empty();
    tree.write("home/ada/.claude.json", r#"{"mcpServers":{"a":{"command":"a"}}}"#);
    insta::assert_snapshot!(tree.told(), @r"
    agent agent.claude-code Claude Code (ada) client=claude-code component=orchestrator
      owned_by login:ada
    agent agent.mcp-server a command=a component=tool transport=stdio
      part_of Claude Code (ada)
    ");
}

#[test]
fn settings_that_a_variable_moved_are_read_where_they_are() {
    let mut tree = Tree::empty();
    tree.write("elsewhere/.claude.json", r#"{"mcpServers":{"a":{"command":"a"}}}"#);
    tree.write("elsewhere/agents/reviewer.md", "---\nname: reviewer\n---\n");
    tree.write("elsewhere/plugins/cache/acme/.mcp.json", r#"{"mcpServers":{"b":{"command":"b"}}}"#);
    tree.write(
        "home/.vscode/extensions/acme.crm-1.0.0/package.json",
        r#"{"name":"crm","publisher":"acme","contributes":{"mcpServerDefinitionProviders":[{"id":"acme.crm"}]}}"#,
    );
    tree.write("home/.vscode/extensions/acme.crm-1.0.0/node_modules/x/package.json", "{}");
    let surroundings = Surroundings {
        home: Some(tree.path().join("home")),
        claude_config_dir: Some(tree.path().join("elsewhere")),
        ..Surroundings::default()
    };
    let connector = AgentsConnector::new("s", Config::default(), surroundings, key());
    let collected = collect(&connector, "home").unwrap();
    let names: Vec<_> = collected.entities().map(|entity| entity.name.as_str()).collect();
    for name in ["a", "b", "reviewer", "acme.crm"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}
