//! Findings and their life.

use whosekey::analysis::finding_id;
use whosekey::analysis::lifecycle::{Mute, StoredFinding};
use whosekey::analysis::{Confidence, Finding, Severity, Status};
use whosekey::store::{FindingChange, Store, StoreError};

use crate::world::*;

fn stored(subject: &str, status: Status, first: i64, last: i64) -> StoredFinding {
    let finding = Finding {
        rule: "zombie".into(),
        reason: "unused".into(),
        subject: subject.into(),
        severity: Severity::High,
        confidence: Confidence::High,
        title: "unused".into(),
        because: "not used for 200 days".into(),
        evidence: Vec::new(),
        references: vec!["OWASP NHI1:2025".into()],
        remediation: Vec::new(),
        locations: Vec::new(),
        rests_on: vec![("aws".into(), "users".into())],
    };
    let closed_at = (status == Status::Closed).then(|| day(last + 1));
    let id = finding_id("zombie", finding.subject.as_str());
    StoredFinding { finding, id, status, first_seen: day(first), last_seen: day(last), closed_at, mute: None }
}

#[test]
fn a_findings_id_depends_on_rule_and_subject_alone() {
    let id = finding_id("zombie", "aws:AKIA1");
    assert_eq!(id, "8c591459f1b01478");
    assert_ne!(finding_id("orphaned", "aws:AKIA1"), id);
}

#[test]
fn findings_come_back_as_they_were_saved() {
    let mut lab = Lab::new();
    let mut findings = vec![
        stored("aws:1", Status::Open, 0, 3),
        stored("aws:2", Status::Closed, 0, 1),
        stored("aws:3", Status::Muted, 2, 3),
        stored("aws:4", Status::Accepted, 2, 2),
    ];
    lab.store.save_findings(&findings, day(3)).unwrap();
    findings.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(lab.store.findings().unwrap(), findings);
    assert_eq!(Store::open_read_only(lab.store.path()).unwrap().findings().unwrap(), findings);
}

#[test]
fn a_finding_that_is_merely_seen_again_costs_no_write_of_its_own() {
    let mut lab = Lab::new();
    lab.store
        .save_findings(&[stored("aws:1", Status::Open, 0, 0), stored("aws:2", Status::Open, 0, 0)], day(0))
        .unwrap();
    let observer = rusqlite::Connection::open(lab.store.path()).unwrap();
    let rows = || -> Vec<(String, Option<i64>)> {
        let mut statement = observer.prepare("SELECT body, last_seen FROM finding ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let before = rows();
    lab.store
        .save_findings(&[stored("aws:1", Status::Open, 0, 5), stored("aws:2", Status::Open, 0, 5)], day(5))
        .unwrap();
    assert_eq!(rows(), before);
    assert!(lab.store.findings().unwrap().iter().all(|finding| finding.last_seen == day(5)));
    // One that is not concluded again, though nothing closes it, keeps the time at which it last was.
    lab.store.save_findings(&[stored("aws:1", Status::Open, 0, 9)], day(9)).unwrap();
    let last_seen = |subject: &str| {
        let findings = lab.store.findings().unwrap();
        findings.into_iter().find(|finding| finding.finding.subject.as_str() == subject).unwrap().last_seen
    };
    assert_eq!((last_seen("aws:1"), last_seen("aws:2")), (day(9), day(5)));
}

#[test]
fn a_mute_is_kept_apart_from_what_is_saved() {
    let mut lab = Lab::new();
    let open = stored("aws:1", Status::Open, 0, 0);
    lab.store.save_findings(std::slice::from_ref(&open), day(0)).unwrap();
    let mute = Mute { reason: "migration in OPS-1".into(), until: day(30), muted_at: day(1) };
    lab.store.mute(&open.id, &mute).unwrap();
    assert_eq!(lab.store.findings().unwrap()[0].mute, Some(mute.clone()));
    assert_eq!(lab.store.findings().unwrap()[0].status, Status::Open, "judging decides, not the store");
    lab.store.save_findings(&[StoredFinding { status: Status::Muted, mute: None, ..open.clone() }], day(1)).unwrap();
    assert_eq!(lab.store.findings().unwrap()[0].mute, Some(mute));
    assert!(lab.store.unmute(&open.id).unwrap());
    assert!(!lab.store.unmute(&open.id).unwrap());
    assert_eq!(lab.store.findings().unwrap()[0].mute, None);
    let error = lab.store.unmute("0000000000000000").unwrap_err();
    assert!(matches!(error, StoreError::UnknownFinding(_)), "{error}");
}

#[test]
fn a_difference_names_findings_that_appeared_and_closed() {
    let mut lab = Lab::new();
    lab.store.save_findings(&[stored("aws:1", Status::Open, 0, 0)], day(0)).unwrap();
    let closed = StoredFinding { closed_at: Some(day(2)), ..stored("aws:1", Status::Closed, 0, 0) };
    lab.store.save_findings(&[closed, stored("aws:2", Status::Open, 2, 2)], day(2)).unwrap();
    lab.store.save_findings(&[stored("aws:1", Status::Open, 0, 4)], day(4)).unwrap();
    let changes = |from: i64, to: i64| -> Vec<String> {
        let diff = lab.store.diff(day(from), day(to)).unwrap();
        diff.findings
            .iter()
            .map(|change| match change {
                FindingChange::Appeared(finding) => format!("+{}", finding.subject),
                FindingChange::Closed(finding) => format!("-{}", finding.subject),
            })
            .collect()
    };
    assert_eq!(changes(-1, 1), ["+aws:1"]);
    assert_eq!(changes(1, 3), ["-aws:1", "+aws:2"]);
    assert_eq!(changes(3, 5), ["+aws:1"]);
    assert_eq!(changes(1, 5), ["+aws:2"]);
    let open_on = |on: i64| -> Vec<String> {
        let findings = lab.store.findings_as_of(day(on)).unwrap();
        let open = findings.into_iter().filter(|finding| finding.status == Status::Open);
        open.map(|finding| finding.finding.subject.to_string()).collect()
    };
    assert_eq!((open_on(-1).len(), open_on(1)), (0, vec!["aws:1".to_owned()]));
    assert_eq!((open_on(3), open_on(5).len()), (vec!["aws:2".to_owned()], 2));
}
