//! When two places hold the same secret, and when they must not be seen to.

use std::collections::{BTreeMap, BTreeSet};

use whosekey_sdk::testkit::Collected;

use crate::support::{Tree, collect};

/// Fingerprints by the first folder of the place that holds them.
fn fingerprints(collected: &Collected, tree: &Tree) -> BTreeMap<String, BTreeSet<String>> {
    let known: BTreeMap<&str, &str> = collected
        .entities()
        .filter_map(|entity| Some((entity.id.as_str(), entity.attributes.get("fingerprint")?.as_str()?)))
        .collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for link in collected.links() {
        let (Some(at), Some(fingerprint)) = (&link.location, known.get(link.to.as_str())) else { continue };
        let path = at.path.strip_prefix(&format!("{}/", tree.path().display())).unwrap();
        let folder = path.split('/').next().unwrap().to_owned();
        found.entry(folder).or_default().insert((*fingerprint).to_owned());
    }
    found
}

#[test]
fn a_connection_string_matches_by_user_host_and_password() {
    let mut tree = Tree::empty();
    for (folder, url) in [
        ("a", "postgres://app:hunter2hunter2@db.acme.com/crm"),
        ("b", "postgresql+asyncpg://app:hunter2%68unter2@db.acme.com/other"),
        ("c", "postgres://crm:hunter2hunter2@db.acme.com/crm"),
        ("d", "postgres://app:hunter2hunter2@db.example.com/crm"),
    ] {
        tree.write(
            &format!("{folder}/.mcp.json"),
            &format!(r#"{{"mcpServers":{{"x":{{"command":"x","args":["{url}"]}}}}}}"#),
        );
    }
    let found = fingerprints(&tree.scan(), &tree);
    assert_eq!(found["a"], found["b"], "the same account, written twice");
    assert_ne!(found["a"], found["c"], "another user's equal password must not be seen");
    assert_ne!(found["a"], found["d"], "nor another host's");
}

#[test]
fn more_passwords_than_can_be_compared_are_an_issue_and_still_records() {
    let mut tree = Tree::empty();
    let lines: String =
        (0..420).map(|n| format!("DB_{n}=postgres://app{n}:hunter2hunter2@db.acme.com/crm\n")).collect();
    tree.write(".env", &lines);
    tree.write(".mcp.json", r#"{"mcpServers":{"x":{"command":"x"}}}"#);
    let collected = tree.scan();
    assert_eq!(collected.issues.len(), 1, "{:?}", collected.issues);
    assert!(collected.issues[0].message.contains("20 passwords beyond the first 400"), "{:?}", collected.issues);
    let strings = collected.entities().filter(|entity| entity.type_name == "database.connection-string");
    assert_eq!(strings.count(), 420);
}

#[test]
fn an_entra_secret_proves_the_application_beside_it_and_a_signed_url_says_when_it_ends() {
    let mut tree = Tree::empty();
    let app = "9f1c3a52-7b1e-4c57-a0a5-0d8e6c1f2b3a";
    tree.write(".mcp.json", &format!(r#"{{"mcpServers":{{"x":{{"command":"x","env":{{"AZURE_TENANT_ID":"1cfdbb80-6274-49bf-b0c2-737235a4c81f","AZURE_CLIENT_ID":"{app}","AZURE_CLIENT_SECRET":"@@azure:entra@@",
        "BLOB_URL":"https://acme.blob.core.windows.net/c?sv=2024-01-01&se=2027-03-01T00%3A00%3A00Z&sr=c&sig=@@generic:sig@@%2Fabcdefghij0123%3D"}}}}}}}}"#));
    let collected = tree.scan();
    let secret = collected.entities().find(|entity| entity.type_name == "entra.client-secret").unwrap();
    let link = collected.links().find(|link| link.from.as_str() == secret.id.as_str()).unwrap();
    assert_eq!(link.to.as_str(), format!("entra:app/{app}"));
    let url = collected.entities().find(|entity| entity.type_name == "azure.shared-access-signature").unwrap();
    assert_eq!(serde_json::to_value(url.expires_at).unwrap()["value"], "2027-03-01T00:00:00Z");
}

#[test]
fn a_token_in_place_of_a_urls_user_is_known_by_its_own_shape() {
    let mut tree = Tree::empty();
    tree.write(
        "a/.git/config",
        "[remote \"o\"]\n\turl = https://@@github:remote@@:x-oauth-basic@github.com/acme/app.git\n",
    );
    tree.write("a/.mcp.json", r#"{"mcpServers":{"x":{"url":"https://@@github:url@@:x@example.com/mcp"}}}"#);
    let collected = collect(&tree.connector(), tree.path().to_str().unwrap()).unwrap();
    let types: Vec<_> = collected
        .entities()
        .filter(|entity| entity.id.as_str().starts_with("secret:"))
        .map(|entity| (entity.type_name.as_str(), entity.aliases.len()))
        .collect();
    assert_eq!(types, [("github.token", 1), ("github.token", 1)]);
}
