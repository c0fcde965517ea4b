//! Use that moves.

use whosekey_sdk::{Activity, Entity, Fact, Record, Timestamp};

use crate::world::*;

fn used(last: Option<Timestamp>, tracked: Timestamp) -> Record {
    Entity { last_used_at: Fact::Known(last), use_tracked_since: Fact::Known(tracked), ..user(1) }.into()
}

fn seen(lab: &Lab, on: Option<i64>) -> (Fact<Option<Timestamp>>, Fact<Timestamp>) {
    let state = on.map_or_else(|| lab.state(), |on| lab.state_on(on));
    let entity = &state.entity(1).entity;
    (entity.last_used_at, entity.use_tracked_since)
}

#[test]
fn use_moves_without_a_new_version() {
    let mut lab = Lab::new();
    for on in 0..10 {
        lab.scan(on, Complete, &[used(Some(day(on - 1)), day(-400))]);
        assert_eq!(seen(&lab, None), (Fact::Known(Some(day(on - 1))), Fact::Known(day(-400))));
    }
    let counts = lab.store.counts().unwrap();
    assert_eq!((counts.entity_versions, counts.uses), (1, 1));
}

#[test]
fn a_window_that_only_slides_writes_nothing_and_is_remembered_from_its_beginning() {
    let mut lab = Lab::new();
    for on in 0..10 {
        lab.scan(on, Complete, &[used(None, day(on - 400))]);
    }
    assert_eq!(seen(&lab, None), (Fact::Known(None), Fact::Known(day(-400))));
    assert_eq!(lab.store.counts().unwrap().uses, 0);
}

#[test]
fn use_that_was_seen_later_leaves_an_earlier_state_untold() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &[used(Some(day(-5)), day(-400))]);
    lab.scan(1, Complete, &[used(Some(day(-5)), day(-400))]);
    lab.scan(5, Complete, &[used(Some(day(4)), day(-400))]);
    assert_eq!(seen(&lab, None).0, Fact::Known(Some(day(4))));
    assert_eq!(seen(&lab, Some(5)).0, Fact::Known(Some(day(4))));
    assert_eq!(seen(&lab, Some(1)).0, Fact::NotExposed, "unused since day -5, or used since: it is not known any more");
}

#[test]
fn a_change_carries_the_use_facts_along() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &[used(Some(day(-5)), day(-400))]);
    lab.scan(1, Complete, &[used(Some(day(1)), day(-399))]);
    let Record::Entity(entity) = used(None, day(2)) else { unreachable!() };
    lab.scan(2, Complete, &[Entity { name: "renamed".into(), ..*entity }.into()]);
    assert_eq!(
        seen(&lab, None),
        (Fact::Known(None), Fact::Known(day(2))),
        "windows that do not overlap are not joined"
    );
    assert_eq!(seen(&lab, Some(1)).0, Fact::Known(Some(day(1))));
}

#[test]
fn what_a_log_shows_is_kept_under_the_name_it_uses() {
    let mut lab = Lab::new();
    let activity = |last: Option<i64>, since: Option<i64>, because: &str| -> Record {
        Activity {
            subject: "arn:aws:iam::000000000000:role/ci".into(),
            last_used_at: last.map(day),
            tracked_since: since.map(day),
            because: because.into(),
        }
        .into()
    };
    lab.scan(1, Complete, &[activity(Some(0), Some(-90), "s3:GetObject"), activity(Some(-3), Some(-90), "older")]);
    lab.scan(2, Complete, &[activity(None, Some(-89), "")]);
    let state = lab.state();
    assert_eq!(state.activity.len(), 1);
    let kept = &state.activity[0].activity;
    assert_eq!((kept.last_used_at, kept.tracked_since), (Some(day(0)), Some(day(-90))));
    assert_eq!(kept.because, "s3:GetObject");
    assert_eq!(state.activity[0].scope, "users");
    lab.scan(3, Complete, &[]);
    lab.scan(4, Complete, &[]);
    assert_eq!(lab.state().activity.len(), 1, "a use stays true");
    lab.scan(5, Partial, &[activity(Some(5), None, "sts:AssumeRole")]);
    let state = lab.state();
    assert_eq!(state.activity[0].activity.last_used_at, Some(day(5)));
    assert_eq!(state.activity[0].activity.tracked_since, None);
    assert!(lab.state_on(4).activity.is_empty(), "what it was before is not known any more");
}
