//! Findings and their life.

use whosekey::analysis::lifecycle::{Form, Life, Mute, StoredFinding};
use whosekey::analysis::{Confidence, Finding, FindingId, Severity, Status};
use whosekey::store::{FindingChange, Store, StoreError};
use whosekey_sdk::Timestamp;

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
    let life = Life { id: finding.id(), status, first_seen: day(first), last_seen: day(last), closed_at, mute: None };
    StoredFinding { life, form: Form::Kept(Box::new(finding)) }
}

fn save(store: &mut Store, findings: &[StoredFinding], now: Timestamp) {
    store.save_findings(findings, |_| unreachable!("these are not the rules' now"), now).unwrap();
}

/// Findings with their lives, in words.
fn told(findings: &[StoredFinding]) -> Vec<(Life, Finding)> {
    let finding = |stored: &StoredFinding| match &stored.form {
        Form::Kept(finding) => finding.as_ref().clone(),
        Form::Found(found) => panic!("{found:?} is not stored"),
    };
    findings.iter().map(|stored| (stored.life.clone(), finding(stored))).collect()
}

fn subject(stored: &StoredFinding) -> String {
    told(std::slice::from_ref(stored))[0].1.subject.to_string()
}

#[test]
fn a_findings_id_depends_on_rule_and_subject_alone() {
    let id = FindingId::of("zombie", "aws:AKIA1");
    assert_eq!(id.to_string(), "8c591459f1b01478");
    assert_ne!(FindingId::of("orphaned", "aws:AKIA1"), id);
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
    save(&mut lab.store, &findings, day(3));
    findings.sort_by_key(|stored| stored.life.id);
    assert_eq!(told(&lab.store.findings().unwrap()), told(&findings));
    let reader = Store::open_read_only(lab.store.path()).unwrap();
    assert_eq!(told(&reader.findings().unwrap()), told(&findings));
    let lives: Vec<Life> = findings.iter().map(|stored| stored.life.clone()).collect();
    assert_eq!(reader.lives().unwrap(), lives);
    let id = lives[1].id.to_string();
    assert_eq!(reader.findings_beginning(&id[..6]).unwrap(), [id]);
    assert_eq!(reader.findings_beginning("").unwrap().len(), 2, "two suffice to say that it is not the only one");
    assert!(reader.findings_beginning("%").unwrap().is_empty());
}

#[test]
fn a_finding_that_is_merely_seen_again_costs_no_write_of_its_own() {
    let mut lab = Lab::new();
    save(&mut lab.store, &[stored("aws:1", Status::Open, 0, 0), stored("aws:2", Status::Open, 0, 0)], day(0));
    let observer = rusqlite::Connection::open(lab.store.path()).unwrap();
    let rows = || -> Vec<(String, Option<i64>)> {
        let mut statement = observer.prepare("SELECT body, last_seen FROM finding ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let before = rows();
    save(&mut lab.store, &[stored("aws:1", Status::Open, 0, 5), stored("aws:2", Status::Open, 0, 5)], day(5));
    assert_eq!(rows(), before);
    assert!(lab.store.findings().unwrap().iter().all(|stored| stored.life.last_seen == day(5)));
    // One that is not concluded again, though nothing closes it, keeps the time at which it last was.
    save(&mut lab.store, &[stored("aws:1", Status::Open, 0, 9)], day(9));
    let last_seen = |wanted: &str| {
        let findings = lab.store.findings().unwrap();
        findings.into_iter().find(|stored| subject(stored) == wanted).unwrap().life.last_seen
    };
    assert_eq!((last_seen("aws:1"), last_seen("aws:2")), (day(9), day(5)));
}

#[test]
fn a_mute_is_kept_apart_from_what_is_saved() {
    let mut lab = Lab::new();
    let open = stored("aws:1", Status::Open, 0, 0);
    save(&mut lab.store, std::slice::from_ref(&open), day(0));
    let id = open.life.id.to_string();
    let life = |store: &Store| store.lives().unwrap().remove(0);
    let mute = Mute { reason: "migration in OPS-1".into(), until: day(30), muted_at: day(1) };
    lab.store.mute(&id, &mute).unwrap();
    assert_eq!(life(&lab.store).mute.as_deref(), Some(&mute));
    assert_eq!(life(&lab.store).status, Status::Open, "judging decides, not the store");
    let muted = StoredFinding { life: Life { status: Status::Muted, mute: None, ..open.life.clone() }, ..open };
    save(&mut lab.store, &[muted], day(1));
    assert_eq!(life(&lab.store).mute.as_deref(), Some(&mute));
    assert!(lab.store.unmute(&id).unwrap());
    assert!(!lab.store.unmute(&id).unwrap());
    assert_eq!(life(&lab.store).mute, None);
    let error = lab.store.unmute("0000000000000000").unwrap_err();
    assert!(matches!(error, StoreError::UnknownFinding(_)), "{error}");
}

#[test]
fn a_difference_names_findings_that_appeared_and_closed() {
    let mut lab = Lab::new();
    save(&mut lab.store, &[stored("aws:1", Status::Open, 0, 0)], day(0));
    let mut closed = stored("aws:1", Status::Closed, 0, 0);
    closed.life.closed_at = Some(day(2));
    save(&mut lab.store, &[closed, stored("aws:2", Status::Open, 2, 2)], day(2));
    save(&mut lab.store, &[stored("aws:1", Status::Open, 0, 4)], day(4));
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
        let open = findings.iter().filter(|stored| stored.life.status == Status::Open);
        open.map(subject).collect()
    };
    assert_eq!((open_on(-1).len(), open_on(1)), (0, vec!["aws:1".to_owned()]));
    assert_eq!((open_on(3), open_on(5).len()), (vec!["aws:2".to_owned()], 2));
}
