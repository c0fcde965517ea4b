//! What was not seen: missing, gone, back again, or not said.

use whosekey_sdk::Record;

use crate::world::*;

#[test]
fn a_thing_is_missing_after_one_complete_scan_and_gone_after_two() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=3));
    let applied = lab.scan(1, Complete, &users(1..=2));
    assert_eq!((applied.entities.missing, applied.entities.closed, applied.entities.unchanged), (1, 0, 2));
    let state = lab.state();
    assert_eq!((state.missing(), state.gone()), (ids([3]), ids([])));
    assert_eq!(state.entity(3).missing_since, Some(day(1)));
    assert_eq!(state.entity(3).last_seen, day(0));
    let applied = lab.scan(2, Complete, &users(1..=2));
    assert_eq!((applied.entities.missing, applied.entities.closed), (0, 1));
    let state = lab.state();
    assert_eq!((state.alive(), state.gone()), (ids([1, 2]), ids([3])));
    let gone = state.entity(3);
    assert_eq!((gone.first_seen, gone.last_seen), (day(0), day(0)));
    assert_eq!((gone.missing_since, gone.gone_at), (Some(day(1)), Some(day(2))));
    assert_eq!(gone.entity.name, "user 3");
    assert_eq!(state.entity(1).last_seen, day(2));
}

#[test]
fn partial_and_failed_scopes_open_and_update_but_miss_nothing() {
    for outcome in [Partial, Failed] {
        let mut lab = Lab::new();
        lab.scan(0, Complete, &users(1..=3));
        let renamed = Record::from(whosekey_sdk::Entity { name: "renamed".into(), ..user(1) });
        for on in 1..=5 {
            let applied = lab.scan(on, outcome, &[renamed.clone(), user(4).into()]);
            assert_eq!((applied.entities.missing, applied.entities.closed), (0, 0));
        }
        let state = lab.state();
        assert_eq!((state.alive(), state.missing(), state.gone()), (ids(1..=4), ids([]), ids([])));
        assert_eq!(state.entity(1).entity.name, "renamed");
        assert_eq!(state.entity(2).last_seen, day(0), "nobody saw it since");
    }
}

#[test]
fn an_incomplete_scan_between_two_complete_ones_neither_counts_nor_resets() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=3));
    lab.scan(1, Complete, &users(1..=2));
    lab.scan(2, Partial, &users(1..=1));
    assert_eq!(lab.state().missing(), ids([3]));
    lab.scan(3, Complete, &users(1..=2));
    assert_eq!(lab.state().gone(), ids([3]));
}

#[test]
fn a_missing_thing_that_is_seen_again_is_not_missing_even_by_an_incomplete_scan() {
    for outcome in [Complete, Partial, Failed] {
        let mut lab = Lab::new();
        lab.scan(0, Complete, &users(1..=3));
        lab.scan(1, Complete, &users(1..=2));
        lab.scan(2, outcome, &users(1..=3));
        let state = lab.state();
        assert_eq!(state.missing(), ids([]), "{outcome:?}");
        assert_eq!(state.entity(3).last_seen, day(2));
        lab.scan(3, Complete, &users(1..=2));
        assert_eq!(lab.state().missing(), ids([3]), "the count begins anew");
        assert_eq!(lab.state().entity(3).missing_since, Some(day(3)));
        assert_eq!(lab.state().entity(3).last_seen, day(2));
    }
}

#[test]
fn a_gone_thing_that_comes_back_keeps_its_first_day() {
    let mut lab = Lab::new();
    for (on, range) in [(0, 1..=3), (1, 1..=2), (2, 1..=2), (3, 1..=3)] {
        lab.scan(on, Complete, &users(range));
    }
    let state = lab.state();
    assert_eq!((state.alive(), state.gone()), (ids(1..=3), ids([])));
    assert_eq!((state.entity(3).first_seen, state.entity(3).missing_since), (day(0), None));
    let then = lab.state_on(2);
    assert_eq!((then.alive(), then.gone()), (ids(1..=2), ids([3])));
    assert_eq!(then.entity(3).gone_at, Some(day(2)));
}

#[test]
fn links_go_as_entities_do() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &[user(1).into(), owned(1, "email:ada@example.com")]);
    for on in 1..=2 {
        lab.scan(on, Complete, &[user(1).into(), owned(1, "email:bob@example.com")]);
    }
    let state = lab.state();
    let links: Vec<_> = state.links.iter().map(|row| (row.link.to.as_str(), row.missing_since, row.gone_at)).collect();
    assert_eq!(links, [("email:ada@example.com", Some(day(1)), Some(day(2))), ("email:bob@example.com", None, None)]);
}

#[test]
fn a_scan_that_misses_too_much_closes_nothing_until_the_next_agrees() {
    let mut lab = Lab::new();
    lab.confirm_absence = 1;
    lab.scan(0, Complete, &users(1..=50));
    let applied = lab.scan(1, Complete, &users(1..=39));
    assert!(applied.suspect);
    assert_eq!((applied.entities.missing, applied.entities.closed), (11, 0));
    assert!(lab.state().scope("users").suspect);
    assert_eq!(lab.state().missing(), ids(40..=50));
    let applied = lab.scan(2, Complete, &users(1..=39));
    assert!(!applied.suspect);
    assert_eq!(applied.entities.closed, 11);
    assert_eq!(lab.state().gone(), ids(40..=50));
}

#[test]
fn a_suspect_scan_does_not_close_what_was_missing_before_it_either() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=50));
    lab.scan(1, Complete, &users(2..=50));
    assert!(lab.scan(2, Complete, &users(2..=30)).suspect);
    assert_eq!(lab.state().gone(), ids([]));
    let applied = lab.scan(3, Complete, &users(2..=50));
    assert_eq!(applied.entities.closed, 1);
    assert_eq!((lab.state().gone(), lab.state().missing()), (ids([1]), ids([])));
}

#[test]
fn an_emptied_scope_is_suspect_even_when_half_of_it_was_missing_before() {
    let mut lab = Lab::new();
    lab.confirm_absence = 1;
    lab.scan(0, Complete, &users(1..=60));
    lab.confirm_absence = 2;
    lab.scan(1, Complete, &users(1..=50));
    lab.scan(2, Complete, &users(1..=50));
    assert_eq!(lab.state().alive(), ids(1..=50));
    let applied = lab.scan(3, Complete, &[]);
    assert!(applied.suspect);
    let applied = lab.scan(4, Complete, &[]);
    assert!(!applied.suspect);
    assert_eq!(lab.state().alive(), ids([]));
}

#[test]
fn a_scope_of_links_alone_is_judged_by_its_links() {
    let mut lab = Lab::new();
    lab.confirm_absence = 1;
    let links: Vec<Record> = (1..=20).map(|n| owned(n, "email:ada@example.com")).collect();
    lab.scan(0, Complete, &links);
    assert!(lab.scan(1, Complete, &[]).suspect);
    assert_eq!(lab.store.counts().unwrap().links, 20);
    lab.scan(2, Complete, &[]);
    assert_eq!(lab.store.counts().unwrap().links, 0);
}

#[test]
fn a_thing_that_moves_to_another_scope_is_alive_all_the_while() {
    let mut lab = Lab::new();
    lab.scan_scope(0, "account 1", Complete, &users([1]));
    for on in 1..=3 {
        let mut writer = lab.begin(on);
        writer.page("aws", "account 2", &users([1])).unwrap();
        for scope in ["account 1", "account 2"] {
            writer.finish_scope("aws", scope, &attempt(Complete, day(on))).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(lab.state().alive(), ids([1]));
    }
    let state = lab.state();
    let rows: Vec<_> = state.entities.iter().map(|row| (row.scope.as_str(), row.gone_at)).collect();
    assert_eq!(rows, [("account 1", Some(day(2))), ("account 2", None)]);
    assert_eq!(lab.store.diff(day(0), day(3)).unwrap().entities, [], "it neither came nor went");
}
