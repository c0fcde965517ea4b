//! What changed, what it cost, and how it was before.

use whosekey::store::{Counts, EntityChange};
use whosekey_sdk::{Entity, Fact, Record};

use crate::world::*;

fn named(n: u32, name: &str) -> Record {
    Entity { name: name.into(), ..user(n) }.into()
}

#[test]
fn an_unchanged_estate_costs_its_coverage_and_nothing_else() {
    let mut lab = Lab::new();
    let mut records = users(1..=100);
    records.extend((1..=100).map(|n| owned(n, "email:ada@example.com")));
    lab.scan(0, Complete, &records);
    let before = lab.store.counts().unwrap();
    records.reverse();
    let applied = lab.scan(1, Complete, &records);
    assert_eq!((applied.entities.unchanged, applied.links.unchanged), (100, 100));
    let after = lab.store.counts().unwrap();
    assert_eq!(after, Counts { runs: before.runs + 1, attempts: before.attempts + 1, ..before });
}

#[test]
fn what_changed_is_closed_and_opened_anew() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=3));
    let applied = lab.scan(1, Complete, &[named(1, "renamed"), user(2).into(), user(3).into()]);
    assert_eq!((applied.entities.changed, applied.entities.unchanged, applied.entities.opened), (1, 2, 0));
    assert_eq!(lab.store.counts().unwrap().entity_versions, 4);
    assert_eq!(lab.state().entity(1).entity.name, "renamed");
    assert_eq!(lab.state().entity(1).first_seen, day(0));
    assert_eq!(lab.state_on(0).entity(1).entity.name, "user 1");
}

#[test]
fn of_several_records_of_one_thing_the_last_counts_and_repeats_cost_nothing() {
    let mut lab = Lab::new();
    let records =
        [named(1, "a"), named(1, "b"), user(2).into(), user(2).into(), named(1, "c"), owned(1, "x"), owned(1, "x")];
    let applied = lab.scan(0, Complete, &records);
    assert_eq!((applied.entities.opened, applied.links.opened), (2, 1));
    assert_eq!(lab.state().entity(1).entity.name, "c");
    let before = lab.store.counts().unwrap();
    lab.scan(1, Complete, &records);
    let after = lab.store.counts().unwrap();
    assert_eq!((after.entity_versions, after.link_versions), (before.entity_versions, before.link_versions));
    lab.scan(2, Complete, &[named(1, "c"), named(1, "d"), named(1, "e"), user(2).into(), owned(1, "x")]);
    assert_eq!(lab.state().entity(1).entity.name, "e");
    assert_eq!(lab.store.counts().unwrap().entity_versions, before.entity_versions + 1);
}

#[test]
fn pages_of_many_scopes_may_come_interleaved() {
    let mut lab = Lab::new();
    for on in 0..2 {
        let mut writer = lab.begin(on);
        for n in 0..30 {
            writer.page("aws", &format!("scope {}", n % 3), &users([n])).unwrap();
        }
        for scope in ["scope 2", "scope 0", "scope 1"] {
            let applied = writer.finish_scope("aws", scope, &attempt(Complete, day(on))).unwrap();
            assert_eq!(if on == 0 { applied.entities.opened } else { applied.entities.unchanged }, 10);
        }
        writer.finish().unwrap();
    }
    assert_eq!(lab.state().alive(), ids(0..30));
}

#[test]
fn two_sources_that_see_one_thing_keep_two_rows() {
    let mut lab = Lab::new();
    let sources = [("aws", "aws"), ("cmdb", "process")];
    let mut writer = lab.store.begin_run(day(0), &sources, 2).unwrap();
    for (source, _) in sources {
        writer.page(source, "all", &[named(1, source)]).unwrap();
        writer.finish_scope(source, "all", &attempt(Complete, day(0))).unwrap();
    }
    assert!(writer.page("nobody", "all", &[]).is_err());
    writer.finish().unwrap();
    let state = lab.state();
    let rows: Vec<_> = state.entities.iter().map(|row| (row.source.as_str(), row.entity.name.as_str())).collect();
    assert_eq!(rows, [("aws", "aws"), ("cmdb", "cmdb")]);
}

#[test]
fn switched_off_since_is_the_first_scan_of_the_unbroken_row() {
    let mut lab = Lab::new();
    let switched =
        |enabled: Fact<bool>, name: &str| -> Record { Entity { enabled, name: name.into(), ..user(1) }.into() };
    let since = |lab: &Lab| lab.state().entity(1).disabled_since;
    lab.scan(0, Complete, &[switched(Fact::Known(true), "a")]);
    assert_eq!(since(&lab), None);
    lab.scan(1, Complete, &[switched(Fact::Known(false), "a")]);
    lab.scan(2, Complete, &[switched(Fact::Known(false), "b")]);
    assert_eq!(since(&lab), Some(day(1)));
    lab.scan(3, Complete, &[switched(Fact::NotExposed, "b")]);
    assert_eq!(since(&lab), None);
    lab.scan(4, Complete, &[switched(Fact::Known(false), "b")]);
    assert_eq!(since(&lab), Some(day(4)));
    assert_eq!(lab.state_on(2).entity(1).disabled_since, Some(day(1)));
}

#[test]
fn everything_of_a_record_comes_back() {
    let mut lab = Lab::new();
    let mut entity = user(1)
        .alias("arn:aws:iam::000000000000:user/\u{202e}x\0")
        .attribute("tags", serde_json::json!({"a": [1, null]}));
    entity.created_at = Fact::Known(day(-9));
    entity.expires_at = Fact::Known(None);
    entity.last_used_at = Fact::Known(Some(day(-1)));
    entity.use_tracked_since = Fact::Denied;
    let Record::Link(link) = owned(1, "owner:\"; DROP TABLE run; --") else { unreachable!() };
    lab.scan(0, Complete, &[entity.clone().into(), Record::Link(link.clone())]);
    let state = lab.state();
    assert_eq!(state.entity(1).entity, entity);
    assert_eq!(state.links[0].link, *link);
}

#[test]
fn a_difference_names_what_appeared_changed_and_went() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=4));
    lab.scan(1, Complete, &[named(1, "renamed"), user(2).into(), user(5).into(), user(4).into()]);
    lab.scan(2, Complete, &[named(1, "renamed"), user(2).into(), user(5).into(), named(4, "x")]);
    lab.scan(3, Complete, &[named(1, "renamed"), user(2).into(), user(5).into(), user(4).into()]);
    let changes = |from: i64, to: i64| -> Vec<String> {
        let diff = lab.store.diff(day(from), day(to)).unwrap();
        diff.entities
            .iter()
            .map(|change| match change {
                EntityChange::Appeared(entity) => format!("+{}", entity.name),
                EntityChange::Changed { before, after } => format!("{} -> {}", before.name, after.name),
                EntityChange::Gone(entity) => format!("-{}", entity.name),
            })
            .collect()
    };
    assert_eq!(changes(0, 3), ["user 1 -> renamed", "-user 3", "+user 5"]);
    assert_eq!(changes(3, 0), ["renamed -> user 1", "+user 3", "-user 5"]);
    assert_eq!(changes(1, 2), ["-user 3", "user 4 -> x"]);
    assert_eq!(changes(3, 30), [""; 0]);
    assert_eq!(changes(-2, -1), [""; 0]);
    assert_eq!(changes(-1, 0).len(), 4);
}

#[test]
fn before_the_first_scan_there_is_nothing() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=3));
    let state = lab.state_on(-1);
    assert!(state.entities.is_empty() && state.coverage.is_empty());
}
