//! Programs that behave, and programs that do not.

use std::time::{Duration, Instant};

use serde_json::json;
use whosekey_sdk::Secret;

use crate::scan::Limits;
use crate::scan::fakes::{one_at_a_time, run_source};
use crate::scan::process::{Caps, Process, Program};

const USER: &str = r#"{"record":{"entity":{"id":"x:1","kind":"identity","type":"x.user","name":"n"}}}"#;

fn shell(script: &str) -> Program {
    Program {
        executable: "/bin/sh".into(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        folder: "/".into(),
        environment: Vec::new(),
        settings: json!({"region": "eu"}),
    }
}

/// A program that lists the scope `a` and answers `collect` with this script.
fn collecting(script: &str) -> Process {
    let text = format!(
        "read -r question\ncase $question in *scopes*) echo '{{\"v\":[1]}}'; echo '{{\"scope\":\"a\"}}'; echo '{{\"done\":true}}'; exit;; esac\n\
         V='{{\"v\":[1]}}'; U='{USER}'; D='{{\"done\":true}}'\n{script}\n"
    );
    Process::new("s", shell(&text))
}

async fn outcome(process: Process) -> String {
    let (events, _) = run_source(process, one_at_a_time()).await;
    let last = events.last().unwrap().clone();
    assert_eq!(events[0], r#"listed ["a"] complete 0 []"#, "{events:#?}");
    last.strip_prefix("finished a ").unwrap().to_owned()
}

#[tokio::test]
async fn a_program_that_keeps_to_the_protocol_is_complete() {
    assert_eq!(outcome(collecting("echo $V; echo $U; echo; echo $U; echo $D")).await, "complete 2 []");
}

#[tokio::test]
async fn the_question_has_the_scope_and_the_settings() {
    let script = r#"
        want='{"v":1,"do":"collect","scope":"a","config":{"region":"eu"}}'
        [ "$question" = "$want" ] || exit 3
        echo $V; echo $D"#;
    assert_eq!(outcome(collecting(script)).await, "complete 0 []");
}

#[tokio::test]
async fn it_gets_no_environment_but_what_is_named() {
    let script = r#"
        [ "$TOKEN" = hunter22 ] || { echo "no token" >&2; exit 3; }
        [ -z "$HOME$CARGO$USER_NAME" ] || exit 4
        echo $V; echo '{"issue":{"kind":"auth","message":"hunter22 is bad"}}'; echo "log hunter22" >&2; echo $D"#;
    let mut process = collecting(script);
    process.program.environment.push(("TOKEN".to_owned(), Secret::new("hunter22".to_owned())));
    assert_eq!(outcome(process).await, r#"partial 0 ["auth: [redacted] is bad"]"#);
}

#[tokio::test]
async fn a_program_that_dies_half_way_failed() {
    for (script, said) in [
        ("echo $V; echo $U; exit 3", "ended with exit status: 3 before its end marker"),
        ("echo $V; echo $U", "the program ended before its end marker"),
        ("echo $V; kill -9 $$", "signal: 9"),
        ("echo $V; printf '{\"record\":{\"ent'", "(it was cut)"),
        ("echo $V; echo garbage", "line 2 of the answer: expected value"),
        ("echo $V; echo $U; echo '{\"scope\":\"x\"}'; echo $D", "no place"),
        ("echo $U; echo $D", "did not begin with the versions"),
        ("echo '{\"v\":[2,3]}'; echo $D", "does not speak version 1"),
        ("exec /no/such/program", "before its end marker"),
    ] {
        let outcome = outcome(collecting(script)).await;
        assert!(outcome.starts_with("failed 0 ["), "{script}: {outcome}");
        assert!(outcome.contains(said), "{script}: {outcome}");
    }
}

#[tokio::test]
async fn a_bad_exit_or_more_talk_after_the_end_marker_is_an_issue() {
    let exit = outcome(collecting("echo $V; echo $U; echo $D; exit 7")).await;
    assert_eq!(exit, r#"partial 1 ["parse: the program ended with exit status: 7"]"#);
    let talk = outcome(collecting("echo $V; echo $U; echo $D; echo $U")).await;
    assert_eq!(talk, r#"partial 1 ["parse: the program went on after its end marker"]"#);
}

#[tokio::test]
async fn a_flood_ends_in_failure() {
    let caps = Caps { line_bytes: 10_000, answer_bytes: 100_000, ..Caps::default() };
    let records = outcome(collecting("echo $V; while echo $U; do :; done").with_caps(caps)).await;
    assert!(records.starts_with("failed"), "{records}");
    assert!(records.contains("more than 100000 bytes"), "{records}");
    let line = outcome(collecting("echo $V; while printf xxxxxxxxxxxxxxxxxxxxxxxxx; do :; done").with_caps(caps)).await;
    assert!(line.contains("longer than 10000 bytes"), "{line}");
    let log = outcome(collecting("i=0; while [ $i -lt 20000 ]; do echo noise >&2; i=$((i+1)); done; echo $V; echo $D"));
    assert_eq!(log.await, "complete 0 []");
}

#[tokio::test]
async fn a_program_that_hangs_fails_and_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = collecting("sh -c 'sleep 2; touch alive' & echo $V; echo $U; sleep 100");
    process.program.folder = folder.path().to_owned();
    process.program.environment.push(("PATH".to_owned(), Secret::new("/usr/bin:/bin".to_owned())));
    let limits = Limits { scope_timeout: Duration::from_secs(1), ..one_at_a_time() };
    let began = Instant::now();
    let (events, _) = run_source(process, limits).await;
    assert!(events.last().unwrap().starts_with("finished a failed 0 [\"timeout: "), "{events:#?}");
    assert!(began.elapsed() < Duration::from_secs(5));
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(!folder.path().join("alive").exists(), "a grandchild outlived its question");
}

#[tokio::test]
async fn a_program_that_falls_silent_failed_and_one_that_logs_is_waited_for() {
    let caps = Caps { silence: Duration::from_secs(1), ..Caps::default() };
    let silent = outcome(collecting("echo $V; echo $U; exec /bin/sleep 100").with_caps(caps)).await;
    assert_eq!(silent, r#"failed 0 ["timeout: the program said nothing for 1 s, not even in its log"]"#);
    let wait = "for i in 1 2 3; do echo waiting >&2; /bin/sleep 0.6; done";
    let busy = outcome(collecting(&format!("echo $V; {wait}; echo $U; echo $D")).with_caps(caps)).await;
    assert_eq!(busy, "complete 1 []");
}

#[tokio::test]
async fn a_program_that_is_not_there_fails_the_list() {
    let mut program = shell("");
    program.executable = "/no/such/program".into();
    let (events, _) = run_source(Process::new("s", program), one_at_a_time()).await;
    assert!(events[0].starts_with("listed [] failed 0 [\"network: /no/such/program cannot be run: "));
}

#[tokio::test]
async fn a_program_that_never_reads_its_question_can_still_answer() {
    let text = format!("echo '{{\"v\":[1]}}'; echo '{{\"scope\":\"a\"}}'; echo '{{\"done\":true}}'; : '{USER}'");
    let (events, _) = run_source(Process::new("s", shell(&text)), one_at_a_time()).await;
    assert_eq!(events[0], r#"listed ["a"] complete 0 []"#);
}
