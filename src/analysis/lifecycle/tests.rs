//! A finding's life, scan by scan.

use super::*;
use crate::analysis::policy::{Accept, DAY};
use crate::analysis::{Input, analyze};
use crate::graph::testworld::{ago, now, world};

const UNUSED: &str = "credential c:1 used=100d alias=arn:key/legacy-1 in=iam\nc:1 owned_by email:a@x.org in=iam";
const USED: &str = "credential c:1 used=1d alias=arn:key/legacy-1 in=iam\nc:1 owned_by email:a@x.org in=iam";

/// The next state of findings, after a scan that ended so and saw this.
fn next(previous: Vec<StoredFinding>, scope: &str, rows: &str, policy: &Policy, at: Timestamp) -> Reconciled {
    let graph = world(&format!("scope iam {scope}\n{rows}"));
    let input = Input::new(&graph, policy, now());
    let analysis = analyze(&input);
    let kept = |ids: &[FindingId]| -> Result<Vec<Finding>, std::convert::Infallible> {
        let of = |id: &FindingId| previous.iter().find(|stored| stored.life.id == *id).unwrap().in_words(&input);
        Ok(ids.iter().map(|id| of(id).into_owned()).collect())
    };
    let lives = previous.iter().map(|stored| stored.life.clone()).collect();
    let Ok(mut reconciled) = reconcile(lives, kept, &analysis, &graph, policy, at);
    // As they come back from where they are stored.
    for stored in &mut reconciled.findings {
        stored.form = Form::Kept(Box::new(stored.in_words(&input).into_owned()));
    }
    reconciled
}

fn open() -> Vec<StoredFinding> {
    next(vec![], "complete", UNUSED, &Policy::default(), ago("9d")).findings
}

fn statuses(reconciled: &Reconciled) -> Vec<(&str, Status)> {
    reconciled.findings.iter().map(|stored| (stored.rule(), stored.life.status)).collect()
}

#[test]
fn a_finding_opens_is_kept_and_closes_when_it_is_no_longer_so() {
    let opened = open();
    assert_eq!((opened[0].life.status, opened[0].life.first_seen), (Status::Open, ago("9d")));
    let kept = next(opened, "complete", UNUSED, &Policy::default(), ago("8d")).findings;
    assert_eq!((kept[0].life.first_seen, kept[0].life.last_seen), (ago("9d"), ago("8d")));
    let closed = next(kept, "complete", USED, &Policy::default(), ago("7d")).findings;
    assert_eq!((closed[0].life.status, closed[0].life.closed_at), (Status::Closed, Some(ago("7d"))));
    let still = next(closed, "complete", USED, &Policy::default(), ago("6d")).findings;
    assert_eq!((still[0].life.closed_at, still[0].life.last_seen), (Some(ago("7d")), ago("8d")));
    let again = next(still, "complete", UNUSED, &Policy::default(), ago("5d")).findings;
    let Life { status, closed_at, first_seen, .. } = &again[0].life;
    assert_eq!((*status, *closed_at, *first_seen), (Status::Open, None, ago("9d")));
}

#[test]
fn a_scope_that_was_not_seen_whole_closes_nothing() {
    for scope in ["partial", "failed", "suspect"] {
        let kept = next(open(), scope, "", &Policy::default(), now());
        assert_eq!(statuses(&kept), [("zombie", Status::Open)], "{scope}");
        assert_eq!(kept.findings[0].life.last_seen, ago("9d"));
    }
}

#[test]
fn a_verdict_that_can_no_longer_be_told_closes_nothing() {
    let kept = next(open(), "complete", &UNUSED.replace("used=100d", "used=denied"), &Policy::default(), now());
    assert_eq!(statuses(&kept), [("zombie", Status::Open)]);
}

#[test]
fn a_thing_that_went_with_its_whole_scope_closes_its_findings() {
    let gone = next(open(), "failed gone=1d", &UNUSED.replace("in=iam", "in=iam gone=1d"), &Policy::default(), now());
    assert_eq!(statuses(&gone), [("zombie", Status::Closed)]);
}

#[test]
fn a_mute_lasts_until_its_day_and_outlives_a_change() {
    let mut muted = open();
    muted[0].life.mute = Some(Box::new(Mute { reason: "known".into(), until: ago("3d"), muted_at: ago("9d") }));
    let before = next(muted, "complete", UNUSED, &Policy::default(), ago("4d"));
    assert_eq!(statuses(&before), [("zombie", Status::Muted)]);
    let after = next(before.findings, "partial", "", &Policy::default(), ago("3d"));
    assert_eq!(statuses(&after), [("zombie", Status::Open)], "a mute runs out even while nothing is seen");
    assert!(after.findings[0].life.mute.is_some());
}

#[test]
fn an_accepted_risk_covers_what_its_pattern_matches_until_it_expires() {
    let accept = |rule: &str, subject: &str, until| Accept {
        rule: rule.into(),
        subject: subject.into(),
        reason: "OPS-1".into(),
        until,
    };
    let policy = |accept: Vec<Accept>| Policy { accept, ..Policy::default() };
    let run = |policy: &Policy| next(vec![], "complete", UNUSED, policy, now());
    let covering = run(&policy(vec![accept("zombie", "arn:key/legacy-*", now().plus(DAY))]));
    assert_eq!(statuses(&covering), [("zombie", Status::Accepted)]);
    assert!(covering.notices.is_empty());
    let expired = run(&policy(vec![accept("zombie", "c:1", now())]));
    assert_eq!(statuses(&expired), [("zombie", Status::Open)]);
    assert_eq!(expired.notices[0].kind, NoticeKind::Expired);
    let idle = run(&policy(vec![accept("zombie", "c:2*", ago("-9d")), accept("orphaned", "c:1", ago("-9d"))]));
    assert_eq!(statuses(&idle), [("zombie", Status::Open)]);
    insta::assert_snapshot!(
        idle.notices[1].to_string(),
        @r#"the accepted risk orphaned of "c:1" (OPS-1) matches no finding"#
    );
}
