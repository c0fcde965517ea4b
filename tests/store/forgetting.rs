//! Logs that forget: what they showed stands until it has expired or what it is about is gone.

use whosekey_sdk::{Entity, Evidence, Fact, Kind, Link, LinkKind, Outcome, Record, Scope};

use crate::world::*;

fn made(n: u32) -> Record {
    Link::new(format!("aws:AIDA{n}"), LinkKind::CreatedBy, "email:ada@example.com", Evidence::Observed, "log").into()
}

fn session(n: u32, until: i64) -> Record {
    let mut session = Entity::new(format!("aws:ASIA{n}"), Kind::Credential, "aws.sts-session", "run");
    session.expires_at = Fact::Known(Some(day(until)));
    session.into()
}

impl Lab {
    /// A scan of the listing `users` and of the log.
    fn scan_with_log(
        &mut self,
        on: i64,
        numbers: &[u32],
        outcome: Outcome,
        log: &[Record],
    ) -> whosekey::store::Applied {
        let mut writer = self.begin(on);
        let scopes = [Scope::new("users"), Scope::new("elsewhere"), Scope::new("log").forgetting()];
        writer.source_listed("aws", &scopes, &attempt(Complete, day(on))).unwrap();
        writer.page("aws", "users", &users(numbers.iter().copied())).unwrap();
        writer.finish_scope("aws", "users", &attempt(Complete, day(on))).unwrap();
        writer.page("aws", "log", log).unwrap();
        let applied = writer.finish_scope("aws", "log", &attempt(outcome, day(on))).unwrap();
        writer.finish().unwrap();
        applied
    }
}

fn links_there(lab: &Lab) -> Vec<String> {
    let there = lab.state().links;
    let there = there.iter().filter(|row| row.gone_at.is_none() && row.missing_since.is_none());
    there.map(|row| row.link.from.to_string()).collect()
}

#[test]
fn what_a_log_showed_once_stands_however_often_it_is_silent() {
    let mut lab = Lab::new();
    lab.scan_with_log(0, &[1, 2], Complete, &[made(1), made(2)]);
    for on in 1..=5 {
        let applied = lab.scan_with_log(on, &[1, 2], Complete, &[]);
        assert_eq!((applied.links.missing, applied.links.closed, applied.suspect), (0, 0, false));
    }
    assert_eq!(links_there(&lab), ["aws:AIDA1", "aws:AIDA2"]);
    assert!(lab.state().scope("log").forgets && !lab.state().scope("users").forgets);
}

#[test]
fn what_a_log_said_of_a_thing_ends_after_the_thing() {
    let mut lab = Lab::new();
    lab.scan_with_log(0, &[1, 2], Complete, &[made(1), made(2)]);
    lab.scan_with_log(1, &[1], Complete, &[]);
    assert_eq!(links_there(&lab), ["aws:AIDA1", "aws:AIDA2"], "missing once is not gone");
    lab.scan_with_log(2, &[1], Failed, &[]);
    assert_eq!(links_there(&lab), ["aws:AIDA1", "aws:AIDA2"], "a log that was not read to its end says nothing");
    lab.scan_with_log(3, &[1], Complete, &[]);
    let applied = lab.scan_with_log(4, &[1], Complete, &[]);
    assert_eq!(applied.links.closed, 1);
    assert_eq!(links_there(&lab), ["aws:AIDA1"]);
}

#[test]
fn what_came_back_or_is_seen_elsewhere_keeps_what_a_log_said_of_it() {
    let mut lab = Lab::new();
    lab.scan_with_log(0, &[1, 2], Complete, &[made(1), made(2)]);
    lab.scan_scope(0, "elsewhere", Complete, &users([2]));
    lab.scan_with_log(1, &[], Complete, &[]);
    lab.scan_with_log(2, &[], Complete, &[]);
    lab.scan_with_log(3, &[1], Complete, &[made(1)]);
    for on in 4..=6 {
        lab.scan_with_log(on, &[1], Complete, &[]);
    }
    assert_eq!(links_there(&lab), ["aws:AIDA1", "aws:AIDA2"]);
}

#[test]
fn what_has_expired_in_a_log_goes_and_what_has_not_stays() {
    let mut lab = Lab::new();
    lab.scan_with_log(0, &[], Complete, &[session(1, 1), session(2, 90)]);
    for on in 1..=3 {
        lab.scan_with_log(on, &[], Complete, &[]);
    }
    let state = lab.state();
    assert_eq!(state.gone(), ["aws:ASIA1".to_owned()].into());
    assert_eq!(state.alive(), ["aws:ASIA2".to_owned()].into());
}

#[test]
fn things_that_expired_make_no_listing_suspect() {
    let mut lab = Lab::new();
    let sessions =
        |numbers: std::ops::Range<u32>, until| -> Vec<Record> { numbers.map(|n| session(n, until)).collect() };
    lab.scan_scope(0, "sessions", Complete, &sessions(0..40, 1));
    let applied = lab.scan_scope(2, "sessions", Complete, &sessions(100..140, 3));
    assert_eq!((applied.suspect, applied.entities.missing), (false, 40));
    assert_eq!(lab.scan_scope(3, "sessions", Complete, &sessions(100..140, 3)).entities.closed, 40);
    let applied = lab.scan_scope(2, "sessions", Complete, &[]);
    assert!(applied.suspect, "these had not expired");
}
