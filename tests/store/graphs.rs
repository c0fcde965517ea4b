//! The graph of a state: straight from the database, and from its rows.

use std::cell::RefCell;

use serde_json::json;
use whosekey::graph::{Graph, GraphBuilder};
use whosekey::store::Store;
use whosekey_sdk::{
    AccessLevel, Activity, Entity, Evidence, Fact, Kind, Link, LinkKind, Location, OwnerRole, Record, Timestamp,
};

use crate::world::*;

/// Everything that a graph shows.
fn told(graph: &Graph) -> String {
    let nodes = graph.nodes().map(|node| {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}\n",
            (node.id(), node.kind(), node.type_name(), node.name()),
            node.aliases().collect::<Vec<_>>(),
            node.created_at(),
            node.last_used_at(),
            node.use_tracked_since(),
            node.expires_at(),
            node.enabled(),
            node.disabled_since(),
            node.first_seen(),
            node.last_seen(),
            node.liveness(),
            node.absence(),
            node.scope_label(),
            node.sources(),
            node.all_scopes().collect::<Vec<_>>(),
            node.attributes(),
        )
    });
    let links = graph.links().map(|link| {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}\n",
            (link.from().id(), link.to().id()),
            link.kind(),
            link.evidence(),
            link.because(),
            link.role(),
            link.level(),
            link.scope().label(),
            link.location(),
            link.attributes(),
            link.liveness(),
        )
    });
    nodes.chain(links).collect()
}

fn of_rows(store: &Store, as_of: Option<Timestamp>) -> Graph {
    let builder = RefCell::new(GraphBuilder::new());
    store
        .load(
            as_of,
            |coverage| builder.borrow_mut().coverage(coverage),
            |row| builder.borrow_mut().entity(row),
            |row| builder.borrow_mut().link(row),
            |row| builder.borrow_mut().activity(&row.activity),
        )
        .unwrap();
    builder.into_inner().build()
}

fn hostile(n: u32, used: i64) -> Vec<Record> {
    let mut entity = Entity::new(format!("aws:AIDA{n}"), Kind::Identity, "aws.iam-user", "ci \u{202e}\0\"\\ ü")
        .alias(format!("arn:aws:iam::1:user/\"{n}\""))
        .alias("plain")
        .attribute("tags", json!({"owner": ["\"ada\"", null, 1.5]}));
    entity.created_at = Fact::Known(day(-i64::from(n)));
    entity.expires_at = Fact::Known(None);
    entity.enabled = if n.is_multiple_of(3) { Fact::Known(false) } else { Fact::Denied };
    entity.last_used_at = Fact::Known(Some(day(used)));
    entity.use_tracked_since = Fact::Known(day(-400));
    let owned = Link::new(format!("aws:AIDA{n}"), LinkKind::OwnedBy, "email:a\"b", Evidence::Declared, "tag\towner")
        .role(OwnerRole::Sponsor)
        .location(Location { path: "/x\n".into(), line: Some(3), pointer: None })
        .attribute("tag", "owner");
    let may =
        Link::new(format!("aws:AIDA{n}"), LinkKind::CanAccess, "plain", Evidence::Proven, "").level(AccessLevel::Admin);
    let seen =
        Activity { subject: "plain".into(), last_used_at: Some(day(used)), tracked_since: None, because: "log".into() };
    vec![entity.into(), owned.into(), may.into(), seen.into()]
}

#[test]
fn a_graph_straight_from_the_database_is_the_graph_of_its_rows_at_every_time() {
    let mut lab = Lab::new();
    let records =
        |users: std::ops::Range<u32>, used: i64| -> Vec<Record> { users.flat_map(|n| hostile(n, used)).collect() };
    lab.scan(0, Complete, &records(0..40, 0));
    lab.scan_scope(0, "others", Complete, &records(30..50, 0));
    lab.scan(1, Complete, &records(2..41, 1));
    lab.scan(2, Complete, &records(2..41, 1));
    lab.scan_scope(2, "others", Partial, &records(30..31, 2));
    lab.scan(3, Failed, &[]);
    for at in [None, Some(day(-1)), Some(day(0)), Some(day(1)), Some(day(2)), Some(day(9))] {
        let (straight, of_rows) = (told(&lab.store.graph(at).unwrap()), told(&of_rows(&lab.store, at)));
        assert_eq!(straight, of_rows, "{at:?}");
        assert_eq!(straight.is_empty(), at == Some(day(-1)));
    }
    assert!(told(&lab.store.graph(None).unwrap()).contains("Gone"), "the estate has a past");
}

#[test]
fn a_body_that_cannot_be_read_is_an_error_and_no_smaller_graph() {
    let mut lab = Lab::new();
    lab.scan(0, Complete, &users(1..=2_000));
    let hand = rusqlite::Connection::open(lab.store.path()).unwrap();
    hand.execute("UPDATE entity_version SET body = '{' WHERE id = 1000", []).unwrap();
    assert!(lab.store.graph(None).is_err());
}
