//! A repository with workflows that run agents, sub-agents, owners, key files, variables and services.

use crate::support::Tree;

#[test]
fn a_repository_links_agents_to_owners_identities_and_credentials() {
    insta::assert_snapshot!(Tree::of("pipelines").told());
}

#[test]
fn a_catalog_owns_what_other_sources_see_by_the_names_that_they_have_there() {
    let mut tree = Tree::empty();
    tree.write(
        "catalog-info.yaml",
        "kind: Component\nmetadata:\n  name: crm\n  annotations:\n    github.com/project-slug: acme/crm\n    backstage.io/kubernetes-id: crm\nspec: {type: service, owner: group:default/sales}\n---\nkind: AiResource\nmetadata: {name: bot}\nspec: {type: agent, owner: user:ada}\n",
    );
    let mut links: Vec<_> =
        tree.scan().links().map(|link| format!("{} {} {}", link.from, link.kind.as_str(), link.to)).collect();
    links.retain(|link| !link.starts_with("agent:"));
    assert_eq!(
        links,
        ["backstage:kubernetes-id/crm owned_by team:sales", "https://github.com/acme/crm owned_by team:sales"]
    );
}

#[test]
fn files_that_variables_name_are_read_within_the_tree_and_nowhere_else() {
    let mut tree = Tree::empty();
    let outside = tempfile::tempdir().unwrap();
    let credentials =
        "[default]\naws_access_key_id = @@aws-id:shared@@\naws_secret_access_key = @@aws-secret:shared@@\n";
    tree.write("app/keys/aws-creds", credentials);
    std::fs::write(outside.path().join("aws"), credentials.replace("@@aws-id:shared@@", "AKIAY34FZKBOKMUTVV7A"))
        .unwrap();
    let server = |path: &str| {
        format!(r#"{{"mcpServers":{{"x":{{"command":"x","env":{{"AWS_SHARED_CREDENTIALS_FILE":"{path}"}}}}}}}}"#)
    };
    tree.write("app/.mcp.json", &server("keys/aws-creds"));
    tree.write("evil/.mcp.json", &server(outside.path().join("aws").to_str().unwrap()));
    let collected = tree.scan();
    let keys: Vec<_> = collected.entities().filter(|entity| entity.type_name == "aws.access-key").collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_ne!(keys[0].name, "AKIAY34FZKBOKMUTVV7A");
    let references = collected.entities().filter(|entity| entity.type_name == "reference.file").count();
    assert_eq!(references, 1, "what lies outside stays a reference");
}
