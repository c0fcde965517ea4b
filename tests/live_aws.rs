//! An AWS account over its real API, agents on disk and a file of owners, in one graph.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use whosekey_parts::moto::{Moto, Seed};

fn whosekey(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whosekey"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory.join("home"))
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-west-1")
        .output()
        .unwrap()
}

fn entity<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["entities"].as_array().unwrap().iter().find(|entity| entity["id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn a_key_in_an_agents_file_leads_to_its_iam_user_and_that_users_owner() {
    let moto = Moto::start().unwrap();
    let seeded = moto.seed(&Seed { users: 1000, users_with_keys: 500, roles: 500, policies: 200 }).unwrap();
    let key = &seeded.access_keys[0];
    let estate = tempfile::tempdir().unwrap();
    let directory = estate.path();
    fs::create_dir_all(directory.join("agents/billing")).unwrap();
    // The stand-in does not look at the secret half; it is made up, of the right shape.
    let secret: String = ('a'..='z').cycle().zip('0'..='9').flat_map(|(a, b)| [a, b]).cycle().take(40).collect();
    fs::write(
        directory.join("agents/billing/.mcp.json"),
        format!(
            r#"{{"mcpServers": {{"s3": {{"command": "s3-mcp", "env": {{"AWS_ACCESS_KEY_ID": "{key}", "AWS_SECRET_ACCESS_KEY": "{secret}"}}}}}}}}"#
        ),
    )
    .unwrap();
    fs::write(directory.join("owners.toml"), "[[person]]\nemail = \"ada@example.com\"\nname = \"Ada\"\n").unwrap();
    fs::write(
        directory.join("whosekey.toml"),
        format!(
            "database = \"whosekey.db\"\n\
             [sources.aws]\nconnector = \"aws\"\nregions = [\"eu-west-1\"]\nendpoint_url = \"{}\"\n\
             [sources.agents]\nconnector = \"agents\"\npaths = [\"agents\"]\n\
             [sources.people]\nconnector = \"owners\"\nfiles = [\"owners.toml\"]\n",
            moto.url()
        ),
    )
    .unwrap();

    let output = whosekey(directory, &["scan", "--format", "json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{stderr}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let coverage = report["coverage"].as_array().unwrap();
    for kind in ["iam.users", "iam.roles", "iam.access-keys"] {
        let scope = coverage.iter().find(|scope| scope["scope"].as_str().unwrap().ends_with(kind)).unwrap();
        assert_eq!(scope["outcome"], "complete", "{scope:#}");
    }
    let requests: u64 = coverage.iter().filter(|s| s["source"] == "aws").map(|s| s["requests"].as_u64().unwrap()).sum();
    assert!(requests <= 500 + 60, "{requests} requests for 500 active keys");

    let id = format!("aws:{key}");
    let credential = entity(&report, &id);
    assert_eq!(credential["sources"], serde_json::json!(["agents", "aws"]));
    assert_eq!(credential["owners"][0]["id"], "person:ada@example.com");
    assert!(!credential["agents"].as_array().unwrap().is_empty(), "{credential:#}");
    let user = report["links"]
        .as_array()
        .unwrap()
        .iter()
        .find(|link| link["from"] == id.as_str() && link["kind"] == "authenticates_as")
        .unwrap()["to"]
        .as_str()
        .unwrap();
    assert_eq!(entity(&report, user)["name"], "user-00000");
    assert_eq!(entity(&report, user)["owners"][0]["id"], "person:ada@example.com");
    let findings = report["findings"].as_array().unwrap();
    let hard_coded = findings.iter().find(|f| f["rule"] == "hard-coded" && f["subject"] == id.as_str()).unwrap();
    assert!(hard_coded["locations"][0]["path"].as_str().unwrap().ends_with(".mcp.json"));
    assert!(!String::from_utf8_lossy(&output.stdout).contains(&secret));

    let agent = credential["agents"][0].as_str().unwrap();
    let path = whosekey(directory, &["path", agent, user]);
    assert_eq!(path.status.code(), Some(0), "{}", String::from_utf8_lossy(&path.stderr));
    assert!(String::from_utf8_lossy(&path.stdout).contains("authenticates_as"));
}
