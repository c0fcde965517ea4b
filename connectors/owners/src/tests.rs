//! A directory, whole and with mistakes.

use std::path::PathBuf;
use std::sync::Arc;

use whosekey_sdk::testkit::{Collected, assert_contract, collect_all};
use whosekey_sdk::{Connector as _, Scope};

use crate::{Config, Owners, read_files};

const WHOLE: &str = r#"
[[person]]
email = "Ada@Example.com"
name = "Ada"
aliases = ["github:user/583231", "login:Ada"]

[[person]]
email = "bob@example.com"
left = 2026-01-31

[[person]]
email = "eve@example.com"
left = "2027-01-31"

[[team]]
name = "Platform Team"
members = ["ada@example.com", "eve@example.com"]

[[owns]]
match = "arn:aws:iam::000000000000:role/platform-*"
owner = "team:platform-team"

[[owns]]
match = "*"
owner = "zoe@example.com"
"#;

fn owners(texts: &[(&str, &str)]) -> (tempfile::TempDir, Owners) {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = texts
        .iter()
        .map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        })
        .collect();
    let clock = Arc::new(|| "2026-11-24T09:00:00Z".parse().unwrap());
    (folder, Owners::new("people", Config { files }, clock))
}

#[tokio::test]
async fn keeps_the_contract() {
    let (_folder, owners) = owners(&[("owners.toml", WHOLE)]);
    assert_contract(&owners, &[]).await;
}

#[tokio::test]
async fn a_whole_file_becomes_people_teams_and_patterns() {
    let (folder, owners) = owners(&[("owners.toml", WHOLE)]);
    let all = collect_all(&owners).await.unwrap();
    assert_eq!(all[0].0, Scope::new("owners.toml"));
    let lines: Vec<String> = all[0].1.records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
    let text = lines.join("\n").replace(&*folder.path().to_string_lossy(), "");
    insta::assert_snapshot!(text, @r#"
    {"entity":{"id":"person:ada@example.com","kind":"owner","type":"owners.person","name":"Ada","aliases":["email:ada@example.com","github:user/583231","login:ada","owner:ada"],"enabled":{"state":"known","value":true}}}
    {"entity":{"id":"person:bob@example.com","kind":"owner","type":"owners.person","name":"bob@example.com","aliases":["email:bob@example.com"],"enabled":{"state":"known","value":false},"attributes":{"left":"2026-01-31"}}}
    {"entity":{"id":"person:eve@example.com","kind":"owner","type":"owners.person","name":"eve@example.com","aliases":["email:eve@example.com"],"enabled":{"state":"known","value":true},"attributes":{"left":"2027-01-31"}}}
    {"entity":{"id":"team:people/platform-team","kind":"owner","type":"owners.team","name":"Platform Team","aliases":["team:platform-team","owner:platform-team","owner:platform team"],"enabled":{"state":"known","value":true}}}
    {"link":{"from":"email:ada@example.com","kind":"member_of","to":"team:people/platform-team","evidence":"declared","because":"owners.toml line 17","location":{"path":"/owners.toml","line":17}}}
    {"link":{"from":"email:eve@example.com","kind":"member_of","to":"team:people/platform-team","evidence":"declared","because":"owners.toml line 17","location":{"path":"/owners.toml","line":17}}}
    {"link":{"from":"glob:arn:aws:iam::000000000000:role/platform-*","kind":"owned_by","to":"team:people/platform-team","evidence":"declared","because":"owners.toml line 19","role":"team","location":{"path":"/owners.toml","line":19},"attributes":{"order":0}}}
    {"link":{"from":"glob:*","kind":"owned_by","to":"email:zoe@example.com","evidence":"declared","because":"owners.toml line 23","role":"owner","location":{"path":"/owners.toml","line":23},"attributes":{"order":1}}}
    "#);
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let text = r#"[[person]]
email = "ada"
[[person]]
name = "no email"
left = "soon"
[[person]]
email = "bob@example.com"
aliases = ["bob"]
emial = "x"
[[team]]
name = "---"
[[team]]
members = ["nobody"]
[[owns]]
match = "a[b"
owner = "team:x"
[[owns]]
match = "a"
[[onws]]
"#;
    let (folder, _) = owners(&[("owners.toml", text)]);
    let (_, problems) = read_files(&[folder.path().join("owners.toml")]);
    let told: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.line, p.what)).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    2: "ada" is not an email
    3: [person] lacks `email`
    5: `left` is not a date: "soon"
    8: "bob" is not an alias
    9: unknown key "emial" in [person]
    11: "---" is no name for a team
    12: [team] lacks `name`
    13: "nobody" is not an email
    15: `match` is not a pattern: unclosed character class; missing ']'
    17: [owns] lacks `owner`
    19: unknown key "onws"
    "#);
    assert!(problems.iter().all(|problem| problem.hint.is_some()));
}

#[test]
fn what_refers_to_nothing_or_is_there_twice_is_told() {
    let text = r#"[[person]]
email = "ada@example.com"
aliases = ["login:ada"]
[[person]]
email = "ADA@example.com"
[[person]]
email = "bob@example.com"
aliases = ["login:Ada"]
[[team]]
name = "platform"
members = ["ada@example.com", "aba@example.com"]
[[team]]
name = "Platform!"
[[owns]]
match = "*"
owner = "team:platfrom"
"#;
    let (folder, _) = owners(&[("a.toml", text)]);
    let (_, problems) = read_files(&[folder.path().join("a.toml")]);
    let told: Vec<String> =
        problems.iter().map(|p| format!("{}: {} ({})", p.line, p.what, p.hint.as_deref().unwrap_or(""))).collect();
    let told = told.join("\n").replace(&*folder.path().to_string_lossy(), "");
    insta::assert_snapshot!(told, @r#"
    4: two people have "email:ada@example.com" (first on line 1 of /a.toml)
    6: two people have "login:ada" (first on line 1 of /a.toml)
    11: no person has the email "aba@example.com" (did you mean ada@example.com? otherwise add a [[person]])
    12: two teams have the name "platform" (first on line 9 of /a.toml)
    16: no team has the name "platfrom" (did you mean team:platform?)
    "#);
}

#[tokio::test]
async fn a_file_with_a_mistake_is_a_failed_scope_and_the_other_is_not() {
    let (_folder, owners) = owners(&[("good.toml", WHOLE), ("bad.toml", "[[person]]\nemail = 1\n")]);
    let mut out = Collected::default();
    let _complete = owners.collect(&Scope::new("good.toml"), &mut out).await.unwrap();
    assert!(owners.collect(&Scope::new("bad.toml"), &mut out).await.is_err());
    assert!(owners.collect(&Scope::new("gone.toml"), &mut out).await.is_err());
}

#[tokio::test]
async fn two_files_are_one_directory() {
    let people = "[[person]]\nemail = \"ada@example.com\"\n[[owns]]\nmatch = \"a\"\nowner = \"team:x\"\n";
    let teams =
        "[[team]]\nname = \"x\"\nmembers = [\"ada@example.com\"]\n[[owns]]\nmatch = \"b\"\nowner = \"team:x\"\n";
    let (_folder, owners) = owners(&[("people.toml", people), ("teams.toml", teams)]);
    let all = collect_all(&owners).await.unwrap();
    let orders: Vec<_> = all.iter().flat_map(|(_, c)| c.links()).filter_map(|l| l.attributes.get("order")).collect();
    assert_eq!(orders, [&serde_json::json!(0), &serde_json::json!(1)]);
}
