//! The engine against a connector whose every move is known.

use tokio_util::sync::CancellationToken;

use crate::scan::fakes::{Do, Fake, one_at_a_time, run_source, run_until};

#[tokio::test]
async fn a_scope_is_complete_only_without_any_issue() {
    let fake = Fake::default()
        .scope("whole", [Do::Page(2), Do::Page(1)])
        .scope("empty", [])
        .scope("refused a detail", [Do::Page(1), Do::Issue("denied"), Do::Issue("denied")])
        .scope("cut on page two", [Do::Page(1), Do::Fail("reset")])
        .scope("refused at once", [Do::Issue("denied"), Do::Fail("denied")])
        .scope("broke off", [Do::Page(5), Do::Break("died")]);
    let (events, summary) = run_source(fake, one_at_a_time()).await;
    let finished: Vec<&str> = events.iter().filter_map(|e| e.strip_prefix("finished ")).collect();
    assert_eq!(
        finished,
        [
            "whole complete 3 []",
            "empty complete 0 []",
            r#"refused a detail partial 1 ["permission: denied"]"#,
            r#"cut on page two partial 1 ["network: reset"]"#,
            r#"refused at once failed 0 ["permission: denied", "network: denied"]"#,
            r#"broke off failed 5 ["parse: died"]"#,
        ]
    );
    assert_eq!((summary.complete, summary.partial, summary.failed, summary.stopped), (3, 2, 2, 0));
    assert_eq!((summary.records, summary.requests), (10, 5));
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_hangs_fails_at_its_deadline_and_the_next_goes_on() {
    let fake = Fake::default().scope("hangs", [Do::Page(1), Do::Hang]).scope("next", [Do::Page(1)]);
    let (events, _) = run_source(fake, one_at_a_time()).await;
    assert!(events.iter().any(|e| e.starts_with("finished hangs failed 1 [\"timeout: not finished after 60 s")));
    assert!(events.contains(&"finished next complete 1 []".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_everywhere_ends_at_its_own_deadline() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let fake = names.iter().fold(Fake::default(), |fake, name| fake.scope(name, [Do::Hang]));
    let began = tokio::time::Instant::now();
    let (_, summary) = run_source(fake, one_at_a_time()).await;
    assert_eq!(summary.failed, names.len());
    assert!(began.elapsed() < std::time::Duration::from_secs(602));
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_hangs_is_a_failed_listing_that_says_nothing_about_scopes() {
    let fake = Fake::default().scope("*", [Do::Hang]).scope("a", [Do::Page(1)]);
    let (events, summary) = run_source(fake, one_at_a_time()).await;
    assert_eq!(events.len(), 1, "{events:#?}");
    assert!(events[0].starts_with("listed [] failed 0 [\"timeout"), "{events:#?}");
    assert_eq!(summary.failed, 1);
}

#[tokio::test]
async fn a_panic_fails_its_own_scope_and_is_not_quoted() {
    let fake = Fake::default().scope("bad", [Do::Page(1), Do::Panic]).scope("good", [Do::Page(1)]);
    let (events, _) = run_source(fake, one_at_a_time()).await;
    let text = events.join("\n");
    assert!(text.contains("finished bad failed 1 [\"parse: a bug"), "{text}");
    assert!(text.contains("finished good complete"), "{text}");
    assert!(!text.contains("hunter2"));
}

#[tokio::test]
async fn a_connector_that_claims_to_be_stopped_failed() {
    let fake = Fake::default().scope("a", [Do::ClaimStopped]);
    let (events, _) = run_source(fake, one_at_a_time()).await;
    assert!(events.iter().any(|e| e.starts_with("finished a failed")), "{events:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_has_no_outcome() {
    let cancel = CancellationToken::new();
    let fake = Fake::default().scope("done", [Do::Page(1)]).scope("hangs", [Do::Page(1), Do::Hang]).scope("later", []);
    let stop = async {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        cancel.cancel();
    };
    let ((events, summary), ()) = tokio::join!(run_until(fake, one_at_a_time(), cancel.clone()), stop);
    assert!(events.contains(&"finished done complete 1 []".to_owned()));
    assert!(!events.iter().any(|e| e.starts_with("finished hangs") || e.contains("later") && !e.starts_with("listed")));
    assert_eq!((summary.complete, summary.stopped), (2, 2));
}

#[tokio::test]
async fn scopes_that_coverage_could_not_tell_apart_are_refused() {
    let fake = Fake::default().scope("a", [Do::Page(1)]).scope("a", []).scope("", []);
    let (events, _) = run_source(fake, one_at_a_time()).await;
    assert!(events[0].starts_with("listed [\"a\"] partial"), "{events:#?}");
}

#[tokio::test]
async fn a_flood_of_issues_is_counted_not_kept() {
    let messages: Vec<&'static str> =
        (0..5_000).map(|n| -> &'static str { Box::leak(format!("issue {n}").into_boxed_str()) }).collect();
    let fake = Fake::default().scope("a", messages.into_iter().map(Do::Issue).collect::<Vec<_>>());
    let (events, _) = run_source(fake, one_at_a_time()).await;
    let finished = events.last().unwrap();
    assert!(finished.contains("4800 more issues like these"), "{finished}");
}

#[tokio::test]
async fn a_scope_is_told_what_it_asked_for_and_asks_again() {
    let fake = Fake::default()
        .scope("*", [Do::Remember])
        .scope("told", [Do::Remember, Do::Fail("reset")])
        .scope("new", [Do::Remember])
        .scope("silent", []);
    let (events, _) = run_source(fake, one_at_a_time()).await;
    let finished: Vec<&str> = events.iter().filter_map(|e| e.strip_prefix("finished ")).collect();
    assert_eq!(
        finished,
        [
            r#"told failed 0 ["network: reset"] remembers before+"#,
            "new complete 0 [] remembers +",
            "silent complete 0 []"
        ]
    );
}
