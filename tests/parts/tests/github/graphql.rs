//! GraphQL: repositories in pages, files by their paths, refusals as GitHub's.

use serde_json::{Value, json};
use whosekey_parts::github::{Deny, GitHub, Installation, Repository};

use super::{ADA, ask_with, get, world};

const FILES: &str = include_str!("files.graphql");

async fn query(github: &GitHub, token: &str, query: &str, variables: Value) -> super::Answer {
    let body = json!({"query": query, "variables": variables}).to_string();
    ask_with(reqwest::Method::POST, &format!("{}/graphql", github.url()), token, &[], &body).await
}

#[tokio::test]
async fn an_organisations_files_come_in_pages_of_repositories() {
    let mut world = world();
    for (path, content) in
        [(".mcp.json", "{}"), (".github/workflows/ci.yml", "on: push"), (".github/workflows/x.bin", "\0")]
    {
        world.repository("acme/shop-4").files.insert(path.into(), content.into());
    }
    let github = GitHub::start(world).unwrap();
    let (mut after, mut nodes) = (Value::Null, Vec::new());
    loop {
        let answer = query(&github, ADA, FILES, json!({"login": "acme", "after": after})).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-resource")), (200, "graphql"));
        let page = &answer.body["data"]["organization"]["repositories"];
        nodes.extend(page["nodes"].as_array().unwrap().clone());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!((nodes.len(), github.count_of("/graphql"), github.cost()), (7, 3, 3));
    assert_eq!((&nodes[0]["defaultBranchRef"], &nodes[0]["mcp"]), (&Value::Null, &Value::Null), "it has no commit");
    let shop = &nodes[4];
    assert_eq!(shop["mcp"], json!({"text": "{}", "isBinary": false, "byteSize": 2}));
    assert_eq!((&shop["agents"], &shop["nameWithOwner"]), (&Value::Null, &json!("acme/shop-4")));
    let names: Vec<_> = shop["workflows"]["entries"].as_array().unwrap().iter().map(|entry| &entry["name"]).collect();
    assert_eq!(names, ["ci.yml", "x.bin"]);
    assert_eq!(shop["workflows"]["entries"][1]["object"], json!({"text": null, "byteSize": 1, "isBinary": true}));
    let by_rest = get(&github, ADA, "/repos/acme/shop-4/branches/main").await;
    assert_eq!(by_rest.body["commit"]["sha"], shop["defaultBranchRef"]["target"]["oid"]);
}

#[tokio::test]
async fn members_come_with_their_roles_in_one_query() {
    let github = GitHub::start(world()).unwrap();
    let text =
        "{ organization(login: \"acme\") { membersWithRole(first: 9) { edges { role node { login databaseId } } } } }";
    let answer = query(&github, ADA, text, Value::Null).await;
    let edges = &answer.body["data"]["organization"]["membersWithRole"]["edges"];
    assert_eq!((&edges[0]["role"], &edges[1]["node"]["login"]), (&json!("ADMIN"), &json!("bob")), "{}", answer.body);
}

#[tokio::test]
async fn what_is_wrong_is_told_in_an_answer_of_status_200() {
    let mut world = world();
    world.limits.graphql = 6;
    let acme = world.organisation("acme");
    acme.installations.push(Installation::new("reader", &[("metadata", "read")]));
    acme.repositories.push(Repository::new("docs").file("README.md", "docs"));
    let id = acme.installations[0].id;
    world.installation_token("ghs_reader", id);
    let github = GitHub::start(world).unwrap();
    let errors = async |token: &str, text: &str| {
        let answer = query(&github, token, text, Value::Null).await;
        assert_eq!(answer.status, 200);
        answer.body
    };
    let lost = errors(ADA, "{ organization(login: \"nobody\") { login } }").await;
    assert_eq!((&lost["errors"][0]["type"], &lost["data"]), (&json!("NOT_FOUND"), &json!({"organization": null})));
    let unpaged = errors(ADA, "{ organization(login: \"acme\") { repositories { totalCount } } }").await;
    assert!(unpaged["errors"][0]["message"].as_str().unwrap().starts_with("You must provide a `first`"), "{unpaged}");
    assert!(unpaged.get("data").is_none());
    let large = errors(ADA, "{ organization(login: \"acme\") { repositories(first: 101) { totalCount } } }").await;
    assert!(large["errors"][0]["message"].as_str().unwrap().contains("exceeds the `first` limit"), "{large}");
    let unknown = errors(ADA, "{ organization(login: \"acme\") { passwords } }").await;
    assert_eq!(unknown["errors"][0]["message"], "Field 'passwords' doesn't exist on type 'Organization'");
    let hidden = errors("ghs_reader", "{ repository(owner: \"acme\", name: \"docs\") { name object(expression: \"HEAD:README.md\") { id: __typename } } }").await;
    assert_eq!(
        (&hidden["errors"][0]["type"], &hidden["data"]["repository"]["name"]),
        (&json!("FORBIDDEN"), &json!("docs"))
    );
    for _ in 0..2 {
        errors(ADA, "{ viewer { login } }").await;
    }
    let limited = errors(ADA, "{ viewer { login } }").await;
    assert_eq!(limited["errors"][0]["type"], "RATE_LIMITED");
    github.change(|world| world.deny("/graphql", Deny::SecondaryLimit { status: 403, retry_after_s: None }));
    assert_eq!(query(&github, ADA, "{ viewer { login } }", Value::Null).await.status, 403);
}
