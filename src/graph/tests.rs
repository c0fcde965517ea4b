//! What the graph makes of rows.

use whosekey_sdk::{Fact, Kind, LinkKind};

use super::testworld::{ago, build, world};
use super::{Absence, Graph, Liveness};

/// All that a reader of the graph could see, as text.
fn shown(graph: &Graph) -> String {
    let mut text = String::new();
    for node in graph.nodes() {
        let aliases: Vec<_> = node.aliases().collect();
        text += &format!("{} {:?} {} {aliases:?}", node.id(), node.kind().map(Kind::as_str), node.name());
        text += &format!(" {:?} {:?} {:?}", node.enabled(), node.last_used_at(), node.liveness());
        text += &format!(" {:?} {:?}\n", node.sources(), node.attributes());
    }
    for link in graph.links() {
        text += &format!("{} {} {} {}\n", link.from().id(), link.kind().as_str(), link.to().id(), link.because());
    }
    text
}

#[test]
fn the_order_of_rows_does_not_show() {
    let mut lines = vec![
        "scope b partial",
        "owner person:ada@x.org alias=email:ada@x.org alias=login:ada enabled=false",
        "owner github:user/7 alias=login:ada enabled=true attr.a=1 in=b",
        "owner team:acme/platform name=Platform",
        "identity aws:AIDA1 alias=arn:1 gone=5d attr.x=old",
        "identity aws:AIDA2 alias=arn:1 used=3d",
        "identity aws:AIDA2 in=b used=never attr.x=new",
        "arn:1 owned_by email:ada@x.org because=tag",
        "arn:1 owned_by owner:platform",
        "arn:1 owned_by email:eve@x.org",
        "aws:AKIA1 authenticates_as arn:1",
        "aws:AKIA1 authenticates_as arn:1 in=b",
        "email:eve@x.org member_of team:acme/platform",
    ];
    let expected = shown(&build(&lines));
    for turn in 0..lines.len() {
        lines.rotate_left(1);
        lines.swap(0, turn);
        assert_eq!(shown(&build(&lines)), expected);
    }
}

#[test]
fn two_sources_of_one_entity_are_one_node_with_what_both_know() {
    let graph = world(
        "scope b complete
         identity aws:AIDA1 name=ci created=10d attr.x=1
         identity aws:AIDA1 in=b used=denied enabled=true attr.y=2",
    );
    let node = graph.find("aws:AIDA1").unwrap();
    assert_eq!((graph.len(), node.name()), (1, "ci"));
    assert_eq!((node.created_at(), node.last_used_at()), (Fact::Known(ago("10d")), Fact::Denied));
    assert_eq!(node.attributes().len(), 2);
    assert_eq!(node.attribute("y").as_deref(), Some("2"));
}

#[test]
fn what_one_source_misses_and_another_shows_is_alive() {
    let graph = world(
        "scope b complete
         identity aws:AIDA1 gone=9d enabled=false
         identity aws:AIDA1 in=b enabled=true
         identity aws:AIDA2 gone=9d
         identity aws:AIDA2 in=b missing=3d",
    );
    let liveness = |id: &str| graph.find(id).unwrap().liveness();
    assert_eq!(liveness("aws:AIDA1"), Liveness::Alive);
    assert_eq!(liveness("aws:AIDA2"), Liveness::Missing { since: ago("3d") });
    assert_eq!(graph.find("aws:AIDA1").unwrap().enabled(), Fact::Known(true));
}

#[test]
fn an_arn_used_again_names_the_living_user() {
    let graph = world(
        "identity aws:AIDA2 alias=arn:1 gone=5d
         identity aws:AIDA1 alias=arn:1
         credential aws:AKIA1
         aws:AKIA1 authenticates_as arn:1",
    );
    assert_eq!(graph.find("arn:1").unwrap().id(), "aws:AIDA1");
    let key = graph.find("aws:AKIA1").unwrap();
    assert_eq!(key.out(LinkKind::AuthenticatesAs).next().unwrap().to().id(), "aws:AIDA1");
}

#[test]
fn an_alias_that_two_kinds_share_means_the_kind_that_the_link_expects() {
    let graph = world(
        "owner person:ci@x.org alias=email:ci@x.org
         identity entra:1 alias=email:ci@x.org
         credential entra:key/1
         entra:key/1 authenticates_as email:ci@x.org
         entra:key/1 owned_by email:ci@x.org",
    );
    let key = graph.find("entra:key/1").unwrap();
    assert_eq!(key.out(LinkKind::AuthenticatesAs).next().unwrap().to().id(), "entra:1");
    assert_eq!(key.out(LinkKind::OwnedBy).next().unwrap().to().id(), "person:ci@x.org");
}

#[test]
fn an_email_that_no_directory_covers_is_an_owner_of_unknown_state() {
    let graph = world(
        "identity aws:AIDA1
         aws:AIDA1 owned_by email:Ada@x.org
         aws:AIDA1 owned_by email:ci@p.iam.gserviceaccount.com",
    );
    let ada = graph.find("person:ada@x.org").unwrap();
    assert_eq!((ada.kind(), ada.enabled(), ada.is_entity()), (Some(Kind::Owner), Fact::NotExposed, false));
    assert_eq!(graph.find("email:Ada@x.org").unwrap().id(), "person:ada@x.org");
    assert_eq!(graph.find("email:ci@p.iam.gserviceaccount.com").unwrap().kind(), None);
}

#[test]
fn a_bare_owner_is_a_slug_then_a_login_then_a_name_and_nobody_when_two_share_it() {
    let graph = world(
        "owner team:acme/platform name=Platform-Team
         owner person:ada@x.org name=Ada alias=login:Platform
         owner person:bob@x.org name=Bob
         owner person:bob@y.org name=Bob
         owner person:cyd@x.org name=Cyd gone=9d
         owner person:cyd@y.org name=Cyd
         identity i:1
         i:1 owned_by owner:PLATFORM
         i:1 owned_by owner:ada
         i:1 owned_by owner:bob
         i:1 owned_by owner:cyd",
    );
    let owners: Vec<_> = graph.find("i:1").unwrap().out(LinkKind::OwnedBy).map(|link| link.to().id()).collect();
    assert_eq!(owners, ["owner:bob", "person:ada@x.org", "person:cyd@y.org", "team:acme/platform"]);
}

#[test]
fn a_dangling_end_of_a_complete_scope_does_not_exist_and_of_another_may() {
    let graph = world(
        "scope users complete covers=arn:user/
         scope roles partial covers=arn:role/
         identity aws:AROA1
         aws:AROA1 trusts arn:user/x
         aws:AROA1 trusts arn:role/x
         aws:AROA1 trusts lambda.amazonaws.com",
    );
    let absence = |id: &str| graph.find(id).unwrap().absence().unwrap();
    assert!(matches!(absence("arn:user/x"), Absence::Proven(_)));
    assert!(matches!(absence("arn:role/x"), Absence::Unseen(_)));
    assert_eq!(absence("lambda.amazonaws.com"), Absence::Uncovered);
    assert_eq!(graph.find("aws:AROA1").unwrap().absence(), None);
}

#[test]
fn a_pattern_is_absent_when_nothing_there_begins_like_it() {
    let graph = world(
        "scope repos complete covers=repo:acme/
         resource github:repo/1 in=repos alias=repo:acme/shop:main
         resource github:repo/2 in=repos alias=repo:acme/old:main gone=9d
         identity i:1
         i:1 trusts repo:acme/shop:*
         i:1 trusts repo:acme/*
         i:1 trusts repo:acme/old:*
         i:1 trusts repo:other/*
         i:1 trusts *",
    );
    let absence = |id: &str| graph.find(id).unwrap().absence().unwrap();
    assert_eq!(absence("repo:acme/shop:*"), Absence::Uncovered);
    assert_eq!(absence("repo:acme/*"), Absence::Uncovered);
    assert!(matches!(absence("repo:acme/old:*"), Absence::Proven(_)));
    assert_eq!(absence("repo:other/*"), Absence::Uncovered);
    assert_eq!(absence("*"), Absence::Uncovered);
}

#[test]
fn an_alias_that_ends_in_a_star_is_every_name_that_begins_so() {
    let graph = world(
        "scope repos complete covers=repo:acme/
         resource github:repo/1 in=repos alias=repo:acme/shop:*
         resource github:repo/2 in=repos alias=repo:acme/shop:environment:prod
         identity i:1
         i:1 trusts repo:acme/shop:ref:refs/heads/release
         i:1 trusts repo:acme/shop:environment:prod
         i:1 trusts repo:acme/shop:ref:*
         i:1 trusts repo:acme/shopping:ref:x
         i:1 trusts repo:acme/shopping:*",
    );
    let ends: Vec<&str> = graph.find("i:1").unwrap().out(LinkKind::Trusts).map(|link| link.to().id()).collect();
    assert!(ends.contains(&"github:repo/1") && ends.contains(&"github:repo/2"), "{ends:?}");
    let absence = |id: &str| graph.find(id).unwrap().absence().unwrap();
    assert_eq!(absence("repo:acme/shop:ref:*"), Absence::Uncovered, "the repository has whatever its pattern names");
    assert!(matches!(absence("repo:acme/shopping:ref:x"), Absence::Proven(_)));
    assert!(matches!(absence("repo:acme/shopping:*"), Absence::Proven(_)));
}

#[test]
fn activity_that_another_source_saw_counts_as_use() {
    let graph = world(
        "identity aws:AROA1 alias=arn:1 used=100d tracked=50d
         use arn:1 used=3d
         identity aws:AROA2
         use aws:AROA2 tracked=80d
         use nobody used=1d",
    );
    let role = graph.find("aws:AROA1").unwrap();
    assert_eq!(role.last_used_at(), Fact::Known(Some(ago("3d"))));
    let idle = graph.find("aws:AROA2").unwrap();
    assert_eq!((idle.last_used_at(), idle.use_tracked_since()), (Fact::Known(None), Fact::Known(ago("80d"))));
}

#[test]
fn links_of_a_kind_stand_together_both_ways() {
    let graph = world(
        "agent agent:1
         credential c:1
         identity i:1
         agent:1 runs_as i:1
         agent:1 holds c:1 file=.env
         c:1 authenticates_as i:1 gone=3d
         agent:2 holds c:1",
    );
    let c = graph.find("c:1").unwrap();
    let holders: Vec<_> = c.incoming(LinkKind::Holds).map(|link| link.from().id()).collect();
    assert_eq!(holders, ["agent:1", "agent:2"]);
    let held = c.incoming(LinkKind::Holds).next().unwrap();
    assert_eq!(held.location().unwrap().path, ".env");
    assert_eq!(graph.targets(c.node_id(), LinkKind::AuthenticatesAs).count(), 0, "gone links lead nowhere");
    assert_eq!(c.out(LinkKind::AuthenticatesAs).count(), 1, "but they are there to be read");
}

#[test]
fn what_is_shown_elsewhere_no_longer_goes_by_the_name_that_it_had() {
    let of = |old: &str| {
        let graph = world(&format!(
            "identity gh:1 in=acme {old} alias=oidc:gh#repo:acme/shop:*
            identity gh:1 in=globex alias=oidc:gh#repo:globex/shop:*
            identity aws:AROA1
            aws:AROA1 trusts oidc:gh#repo:acme/shop:ref:x"
        ));
        let end = graph.find("aws:AROA1").unwrap().out(LinkKind::Trusts).next().unwrap().to().id().to_owned();
        let aliases: Vec<String> = graph.find("gh:1").unwrap().aliases().map(str::to_owned).collect();
        (end, aliases.len())
    };
    assert_eq!(of("gone=9d"), ("oidc:gh#repo:acme/shop:ref:x".to_owned(), 1));
    assert_eq!(of("missing=1d"), ("gh:1".to_owned(), 2), "one scan is not enough");
}

#[test]
fn what_a_scope_has_shown_is_not_seen_when_the_platform_says_that_there_is_nothing() {
    let is_blind = |rows: &str| {
        let graph = world(&format!("scope tokens unsupported\n{rows}"));
        let scope = graph.scopes().iter().find(|scope| scope.scope == "tokens").unwrap();
        scope.is_blind()
    };
    assert!(!is_blind(""));
    assert!(is_blind("credential c:1 in=tokens"));
    assert!(is_blind("c:1 owned_by person:a@x.org in=tokens"));
    assert!(!is_blind("credential c:1 in=tokens gone=3d"));
    let graph = world("scope tokens unsupported\ncredential c:1 in=tokens");
    assert!(graph.find("c:1").unwrap().unseen_scope().is_some());
}

#[test]
fn a_log_that_forgets_does_not_show_that_a_thing_is_still_there() {
    let unseen = |tokens: &str| {
        let text = format!(
            "scope tokens {tokens}\nscope log complete forgets=true\ncredential c:1 in=tokens\ncredential c:1 in=log"
        );
        world(&text).find("c:1").unwrap().unseen_scope().is_some()
    };
    assert!(unseen("failed") && unseen("unsupported"));
    assert!(!unseen("complete"));
    let graph = world("scope log complete forgets=true\ncredential c:1 in=log");
    assert_eq!(graph.find("c:1").unwrap().unseen_scope(), None, "nothing else would show it");
}
