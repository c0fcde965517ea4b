//! The published schema of the connector protocol: it is what the types say, and the examples and pages keep to it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use whosekey::scan::replay::Replay;
use whosekey::scan::{self, Clock, Event, Limits, SourceRun};
use whosekey_sdk::Timestamp;
use whosekey_sdk::protocol::{self, Line, Request};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn recordings() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = ["schema/examples", "examples/acme"]
        .iter()
        .filter_map(|folder| fs::read_dir(root().join(folder)).ok())
        .flat_map(|entries| entries.map(|entry| entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "ndjson"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

#[test]
fn the_published_record_schema_is_the_one_of_the_types() {
    let path = root().join("schema/record.v1.json");
    let generated = format!("{}\n", serde_json::to_string_pretty(&protocol::schema()).unwrap());
    #[expect(clippy::disallowed_methods, reason = "the switch of `cargo xtask schema`, which no user ever sets")]
    if std::env::var_os("WHOSEKEY_UPDATE_SCHEMA").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(published == generated, "schema/record.v1.json is not what the types say: run `cargo xtask schema`");
}

#[test]
fn every_line_of_the_example_recordings_keeps_to_the_schema() {
    let validator = jsonschema::validator_for(&protocol::schema()).unwrap();
    for path in recordings() {
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let value: Value = serde_json::from_str(line).unwrap();
            let place = format!("{}:{}", path.display(), number + 1);
            assert!(validator.is_valid(&value), "{place}: {:?}", validator.iter_errors(&value).next());
            serde_json::from_str::<Line>(line).unwrap_or_else(|error| panic!("{place}: {error}"));
        }
    }
}

#[test]
fn the_schema_and_the_reader_refuse_the_same_lines() {
    let validator = jsonschema::validator_for(&protocol::schema()).unwrap();
    for line in [
        "{}",
        r#"{"done":false}"#,
        r#"{"record":{}}"#,
        r#"{"record":{"entity":{"id":"a:1","kind":"robot","type":"t"}}}"#,
        r#"{"record":{"entity":{"id":"a:1","kind":"agent"}}}"#,
        r#"{"record":{"entity":{"id":"a:1","kind":"agent","type":"t","enabled":true}}}"#,
        r#"{"record":{"entity":{"id":"a:1","kind":"agent","type":"t","enabled":{"state":"known"}}}}"#,
        r#"{"record":{"link":{"from":"a","kind":"likes","to":"b","evidence":"proven"}}}"#,
        r#"{"issue":{"kind":"bad luck","message":"x"}}"#,
        r#"{"v":1}"#,
    ] {
        let value: Value = serde_json::from_str(line).unwrap();
        assert!(!validator.is_valid(&value), "the schema takes {line}");
        assert!(serde_json::from_str::<Line>(line).is_err(), "the reader takes {line}");
    }
}

/// Every example on the page is one that the program understands.
#[test]
fn every_line_on_the_protocol_page_is_read() {
    let page = fs::read_to_string(root().join("schema/protocol.md")).unwrap();
    let blocks = page.split("```").skip(1).step_by(2);
    let (mut lines, mut requests) = (0, 0);
    for line in blocks.filter_map(|block| block.strip_prefix("ndjson\n")).flat_map(str::lines) {
        if line.contains("\"do\"") {
            serde_json::from_str::<Request>(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            requests += 1;
        } else {
            serde_json::from_str::<Line>(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            lines += 1;
        }
    }
    assert!(lines >= 20 && requests == 2, "{lines} lines and {requests} requests");
}

/// Replays an example, and says how its scopes ended.
async fn replayed(name: &str) -> Vec<String> {
    let files = vec![root().join("schema/examples").join(name)];
    let limits = Limits { concurrency: 1, ..Limits::default() };
    let source = SourceRun::new("example", Arc::new(Replay::new(files)), limits);
    let (events, mut arriving) = tokio::sync::mpsc::channel(8);
    let clock: Clock = Arc::new(|| Timestamp::from_secs(0));
    let running = scan::run(vec![source], clock, CancellationToken::new(), events);
    let keeping = async {
        let mut kept = Vec::new();
        while let Some(event) = arriving.recv().await {
            match event {
                Event::SourceListed { attempt, .. } => kept.push(format!("* {}", attempt.outcome.as_str())),
                Event::ScopeFinished { scope, attempt, .. } => {
                    kept.push(format!("{scope} {} {}", attempt.outcome.as_str(), attempt.records));
                }
                Event::ScopeStarted { .. } | Event::Page { .. } => {}
            }
        }
        kept
    };
    tokio::join!(running, keeping).1
}

#[tokio::test]
async fn the_examples_replay_as_the_page_says() {
    assert_eq!(
        replayed("small.ndjson").await,
        ["* complete", "acme/users complete 2", "acme/access-keys complete 2", "acme/agents complete 4"]
    );
    assert_eq!(replayed("denied.ndjson").await, ["* complete", "acme/users partial 1", "acme/roles failed 0"]);
}
