//! Recordings, whole and broken, through the engine.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use whosekey_sdk::{Attempt, Outcome, Timestamp};

use crate::scan::fakes::{one_at_a_time, run_source};
use crate::scan::replay::Replay;
use crate::scan::{Before, Event, SourceRun, Told, run};

const USER: &str = r#"{"record":{"entity":{"id":"aws:AIDA1","kind":"identity","type":"aws.iam-user","name":"ci"}}}"#;

struct Files(TempDir, Vec<PathBuf>);

fn files(texts: &[&str]) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let paths = texts
        .iter()
        .enumerate()
        .map(|(n, text)| {
            let path = folder.path().join(format!("{n}.ndjson"));
            std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            path
        })
        .collect();
    Files(folder, paths)
}

async fn replay(texts: &[&str]) -> Vec<String> {
    let files = files(texts);
    let (events, _) = run_source(Replay::new(files.1.clone()), one_at_a_time()).await;
    let folder = format!("{}/", files.0.path().display());
    events.into_iter().filter(|e| !e.starts_with("started")).map(|e| e.replace(&folder, "")).collect()
}

/// Replays a recording of the one scope `a` by who remembers this of it: how many records it showed, and its end.
async fn remembering(text: &str, before: Option<Before>) -> (usize, Attempt, Option<Told>) {
    let files = files(&[text]);
    let connector = Arc::new(Replay::new(files.1.clone()));
    let mut source = SourceRun::new("s", connector, one_at_a_time());
    source.before = Arc::new(move |scope| before.filter(|_| scope == "a"));
    let (events, mut arriving) = tokio::sync::mpsc::channel(100);
    let clock: crate::scan::Clock = Arc::new(|| Timestamp::from_secs(0));
    run(vec![source], clock, CancellationToken::new(), events).await;
    let mut shown = 0;
    while let Some(event) = arriving.recv().await {
        match event {
            Event::Page { records, .. } => shown += records.len(),
            Event::ScopeFinished { attempt, told, .. } => return (shown, attempt, told),
            _ => {}
        }
    }
    panic!("the scope did not end");
}

#[tokio::test]
async fn a_scope_that_is_byte_for_byte_as_before_is_complete_and_not_shown_again() {
    let text = format!("{{\"collect\":\"a\"}}\n{USER}\n{{\"done\":true}}\n");
    let (shown, _, told) = remembering(&text, None).await;
    let told = told.unwrap();
    assert!(shown == 1 && told.shown);
    let before = Some(Before { digest: told.digest, records: 1 });
    let (shown, attempt, again) = remembering(&text, before).await;
    assert_eq!((shown, attempt.outcome, attempt.records), (0, Outcome::Complete, 1));
    assert_eq!(again, Some(Told { digest: told.digest, shown: false }));
    let other = [
        text.replace("\"ci\"", "\"cd\""),
        text.replace(USER, &format!("{USER}\n{USER}")),
        text.replace("{\"done\":true}", "{\"issue\":{\"kind\":\"network\",\"message\":\"m\"}}\n{\"done\":true}"),
        text.replace("{\"done\":true}\n", ""),
        format!("{text}{{\"collect\":\"a\"}}\n{{\"done\":true}}\n"),
    ];
    for text in other {
        let (shown, _, told) = remembering(&text, before).await;
        assert!(shown > 0 && told.unwrap().shown, "{text}");
    }
    // What stands around the scope is not the scope.
    let (shown, ..) = remembering(&format!("{{\"v\":[1]}}\n\n{text}\n"), before).await;
    assert_eq!(shown, 0);
}

#[tokio::test]
async fn a_scope_with_a_line_that_is_too_long_has_no_digest() {
    let long = "x".repeat(2 << 20);
    let text = format!("{{\"collect\":\"a\"}}\n{USER}\n{long}\n{{\"done\":true}}\n");
    let (_, attempt, told) = remembering(&text, None).await;
    assert_eq!((attempt.outcome, told), (Outcome::Partial, None));
}

#[tokio::test]
async fn a_whole_recording_comes_back_whole() {
    let text = format!(
        "{{\"collect\":\"*\"}}\n{{\"scope\":\"a\",\"covers\":[\"aws:\"]}}\n{{\"scope\":\"b\"}}\n{{\"done\":true}}\n\
         {{\"collect\":\"a\"}}\n{USER}\n\n{USER}\n{{\"done\":true}}\n{{\"collect\":\"b\"}}\r\n{{\"done\":true}}\r\n"
    );
    let events = replay(&[&text]).await;
    assert_eq!(
        events,
        [r#"listed ["a", "b"] complete 0 []"#, "page a 2", "finished a complete 2 []", "finished b complete 0 []"]
    );
}

#[tokio::test]
async fn without_a_list_the_scopes_are_those_that_it_contains() {
    let text = format!("\u{feff}{{\"v\":[1]}}\n{{ \"collect\" : \"a\" }}\n{USER}\n{{\"done\":true}}");
    let other = format!("{{\"collect\":\"b\"}}\n{USER}\n{{\"done\":true}}\n");
    let events = replay(&[&text, &other]).await;
    assert_eq!(events[0], r#"listed ["a", "b"] complete 0 []"#);
    assert_eq!(events[2], "finished a complete 1 []");
    assert_eq!(events[4], "finished b complete 1 []");
}

#[tokio::test]
async fn a_scope_without_its_end_marker_failed_whatever_follows() {
    let text = format!("{{\"collect\":\"a\"}}\n{USER}\n{{\"collect\":\"b\"}}\n{{\"done\":true}}\n");
    let events = replay(&[&text]).await;
    assert_eq!(
        events[2],
        r#"finished a failed 1 ["parse: 0.ndjson:2: the scope has no end marker: the recording was cut"]"#
    );
    assert_eq!(events[3], "finished b complete 0 []");
}

#[tokio::test]
async fn a_recording_cut_at_any_byte_has_no_more_complete_scopes_than_end_markers() {
    let text = format!("{{\"collect\":\"a\"}}\n{USER}\n{{\"done\":true}}\n");
    let whole = text.trim_end().len();
    for end in 0..whole {
        let events = replay(&[&text[..end]]).await;
        assert!(!events.iter().any(|e| e.starts_with("finished a complete")), "cut at {end}: {events:#?}");
    }
}

#[tokio::test]
async fn a_bad_line_is_named_and_the_rest_goes_on() {
    let text = format!(
        "{{\"collect\":\"a\"}}\n{USER}\nnot json\n{{\"record\":{{\"entity\":{{\"id\":1}}}}}}\n{USER}\n{{\"done\":true}}\n"
    );
    let events = replay(&[&text]).await;
    assert_eq!(events[1], "page a 2");
    assert!(events[2].starts_with("finished a partial 2 [\"parse: 0.ndjson:3: "), "{events:#?}");
    assert!(events[2].contains("0.ndjson:4: invalid type"), "{events:#?}");
}

#[tokio::test]
async fn a_recorded_issue_makes_the_scope_partial() {
    let text = format!(
        "{{\"collect\":\"a\"}}\n{USER}\n{{\"issue\":{{\"kind\":\"permission\",\"message\":\"denied\"}}}}\n{{\"done\":true}}\n"
    );
    assert_eq!(replay(&[&text]).await[2], r#"finished a partial 1 ["permission: denied"]"#);
}

#[tokio::test]
async fn a_very_long_line_is_passed_over() {
    let long = format!("{{\"record\":{{\"entity\":{{\"id\":\"{}\"}}}}}}", "x".repeat(2 << 20));
    let text = format!("{{\"collect\":\"a\"}}\n{long}\n{USER}\n{{\"done\":true}}\n");
    assert_eq!(replay(&[&text]).await[2], r#"finished a partial 1 ["parse: 0.ndjson:2: longer than 1 MiB"]"#);
}

#[tokio::test]
async fn a_cut_list_is_a_failed_list() {
    let events = replay(&["{\"collect\":\"*\"}\n{\"scope\":\"a\"}\n"]).await;
    assert_eq!(events, [r#"listed [] failed 0 ["parse: 0.ndjson:2: the list of scopes has no end marker"]"#]);
}

#[tokio::test]
async fn what_belongs_to_no_scope_is_an_issue_of_the_list() {
    let text = format!(
        "{USER}\n{{\"collect\":\"*\"}}\n{{\"scope\":\"a\"}}\n{{\"done\":true}}\n{{\"collect\":\"b\"}}\n{{\"done\":true}}\n"
    );
    let events = replay(&[&text]).await;
    assert_eq!(
        events[0],
        r#"listed ["a", "b"] partial 0 ["parse: 0.ndjson:1: stands outside of any scope", "parse: 0.ndjson:5: begins a scope that the list of scopes does not have"]"#
    );
    assert!(events[1].starts_with("finished a failed"), "{events:#?}");
}

#[tokio::test]
async fn a_scope_in_two_parts_needs_both_to_be_done() {
    let done = format!("{{\"collect\":\"a\"}}\n{USER}\n{{\"done\":true}}\n");
    let cut = format!("{{\"collect\":\"a\"}}\n{USER}\n");
    assert_eq!(replay(&[&done, &done]).await.last().unwrap(), "finished a complete 2 []");
    assert!(replay(&[&done, &cut]).await.last().unwrap().starts_with("finished a failed 2"));
}

#[tokio::test]
async fn a_file_that_is_not_there_fails_the_list() {
    let (events, _) = run_source(Replay::new(vec!["/nowhere/x.ndjson".into()]), one_at_a_time()).await;
    assert!(events[0].starts_with("listed [] failed 0 [\"network: /nowhere/x.ndjson: "), "{events:#?}");
}

#[tokio::test]
async fn what_is_not_a_regular_file_fails_the_list_and_is_not_waited_for() {
    let (events, _) = run_source(Replay::new(vec!["/dev/zero".into()]), one_at_a_time()).await;
    assert!(events[0].contains("not a regular file"), "{events:#?}");
}

#[tokio::test]
async fn keeps_the_contract() {
    let files = files(&[&format!("{{\"collect\":\"a\"}}\n{USER}\n{{\"done\":true}}\n")]);
    whosekey_sdk::testkit::assert_contract(&Replay::new(files.1.clone()), &[]).await;
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Whatever happens to a recording's bytes, nothing panics, and a scope is complete only when its end marker is whole.
    #[test]
    fn a_damaged_recording_is_never_taken_for_a_whole_one(
        at in 0_usize..400,
        removed in 0_usize..120,
        inserted in proptest::collection::vec(proptest::num::u8::ANY, 0..8),
    ) {
        let text = format!(
            "{{\"collect\":\"*\"}}\n{{\"scope\":\"a\"}}\n{{\"done\":true}}\n{{\"collect\":\"a\"}}\n{USER}\n{{\"issue\":{{\"kind\":\"parse\",\"message\":\"m\"}}}}\n{{\"done\":true}}\n"
        );
        let mut bytes = text.into_bytes();
        let at = at.min(bytes.len());
        let end = (at + removed).min(bytes.len());
        bytes.splice(at..end, inserted);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.ndjson");
        std::fs::write(&path, &bytes).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (events, _) = runtime.block_on(run_source(Replay::new(vec![path]), one_at_a_time()));
        let text = String::from_utf8_lossy(&bytes);
        for event in &events {
            proptest::prop_assert!(!event.contains("a bug"), "{}", event);
            if event.starts_with("finished a complete") {
                // The issue is gone with the damage, and the end marker is not.
                proptest::prop_assert!(!text.contains("\"issue\""), "{:?}", events);
                proptest::prop_assert!(text.contains("true"), "{:?}", events);
            }
        }
    }
}

#[tokio::test]
async fn a_recording_in_another_version_is_not_guessed_at() {
    let text = format!("{{\"v\":[2]}}\n{{\"collect\":\"a\"}}\n{USER}\n{{\"done\":true}}\n");
    let events = replay(&[&text]).await;
    assert_eq!(events, [r#"listed [] failed 0 ["parse: 0.ndjson:1: the recording does not speak version 1"]"#]);
}
