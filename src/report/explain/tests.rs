//! Explanations of small worlds.

use super::*;
use crate::graph::Graph;
use crate::graph::testworld::world;
use crate::report::assemble::assemble;
use crate::report::assemble::tests::with_parts;
use crate::report::{Color, Signs};

const PLAIN: Options = Options { color: Color::Never, signs: Signs::Unicode, width: Some(140) };

fn written(graph: &Graph, id: &str, format: Format) -> String {
    let report = with_parts(graph, assemble);
    let index = Index::new(&report);
    let subject = look_up(graph, &index, id).unwrap();
    let ends = Ends::of(graph, graph.find(subject.id()).unwrap());
    let mut bytes = Vec::new();
    write(&index, &ends, subject, format, &mut bytes, &PLAIN).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The lines of one section of the screen.
fn section(text: &str, title: &str, headings: &[&str]) -> String {
    let lines = text.lines().skip_while(|line| !line.starts_with(title)).skip(1);
    let own = lines.take_while(|line| !line.is_empty() && !headings.iter().any(|heading| line.starts_with(heading)));
    own.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

const SHOP: &str = "
    scope repos complete covers=oidc:gh#repo:acme/
    scope secrets partial covers=s:org/
    workload w:ci name=ci
    workload w:all name=all
    credential s:repo/1/NPM name=NPM
    credential s:repo/1/DB name=DB
    w:ci holds s:repo/1/NPM because=secrets.NPM
    w:ci holds s:org/9/NPM because=secrets.NPM
    w:all holds s:repo/1/* because=inherit
    identity i:shop in=repos name=shop alias=oidc:gh#repo:acme/shop:*
    identity i:api in=repos name=api alias=oidc:gh#repo:acme/api:*
    identity aws:AROA1 name=deploy
    aws:AROA1 trusts oidc:gh#repo:acme/* because=policy
    aws:AROA1 trusts oidc:gh#repo:acme/gone:ref because=policy
    aws:AROA1 trusts oidc:gh#repo:acme/shop:ref:* because=policy
    aws:AROA1 trusts lambda.amazonaws.com because=policy";

#[test]
fn who_may_use_a_thing_by_a_pattern_holds_it_as_the_verdict_says() {
    let graph = world(SHOP);
    let text = written(&graph, "DB", Format::Table);
    assert!(text.contains("all may use it."), "{text}");
    assert_eq!(section(&text, "WHO HOLDS IT", &[]), "all workload holds as s:repo/1/* proven inherit");
    assert!(section(&text, "LINKS", &[]).contains("← holds all test.thing proven as s:repo/1/*"), "{text}");
    let text = written(&graph, "NPM", Format::Table);
    assert!(text.contains("ci and all hold it."), "{text}");
}

#[test]
fn what_a_workload_holds_by_a_pattern_is_told_once_and_by_name() {
    let graph = world(&format!("{SHOP}\n w:all holds s:repo/1/NPM because=secrets.NPM"));
    let held = section(&written(&graph, "all", Format::Table), "WHAT IT HOLDS", &[]);
    assert_eq!(
        held,
        "NPM credential holds proven 1 finding secrets.NPM\nDB credential holds as s:repo/1/* proven inherit"
    );
    let held = section(&written(&graph, "ci", Format::Table), "WHAT IT HOLDS", &[]);
    assert_eq!(
        held,
        "NPM credential holds proven 1 finding secrets.NPM\ns:org/9/NPM not seen holds proven secrets.NPM"
    );
}

#[test]
fn a_trust_says_whom_it_lets_in_and_what_is_known_of_a_subject_that_no_source_lists() {
    let links = section(&written(&world(SHOP), "deploy", Format::Table), "LINKS", &[]);
    insta::assert_snapshot!(links, @r"
    → trusts lambda.amazonaws.com not listed proven policy
    → trusts oidc:gh#repo:acme/* matches 2 proven policy; lets in all 2 identiti… and those to come that match
    api test.thing
    shop test.thing
    → trusts oidc:gh#repo:acme/gone:ref does not exist proven policy
    → trusts oidc:gh#repo:acme/shop:ref:* matches 1 proven policy
    shop test.thing
    ");
    let links = section(&written(&world(SHOP), "api", Format::Table), "LINKS", &[]);
    assert_eq!(links, "← trusts deploy test.thing proven as oidc:gh#repo:acme/*");
}

#[test]
fn a_name_that_no_source_lists_is_explained_by_what_links_and_listings_say_of_it() {
    let graph = world(SHOP);
    let explained = |name: &str| written(&graph, name, Format::Table);
    let names = ["oidc:gh#repo:acme/gone:ref", "s:org/9/NPM", "lambda.amazonaws.com", "oidc:gh#repo:acme/*"];
    insta::assert_snapshot!(names.map(explained).join("\n=====\n"), @r"
    oidc:gh#repo:acme/gone:ref
      links name it; it does not exist: test/repos, which lists all such names, was seen whole without it

    LINKS ────────────────────────────────────────────────────────────────────────────────────────────
      ←  trusts  deploy  test.thing  proven  policy

    =====
    s:org/9/NPM
      links name it; whether it exists cannot be told: test/secrets, which lists such names, was not seen whole

    LINKS ────────────────────────────────────────────────────────────────────────────────────────────
      ←  holds  ci  test.thing  proven  secrets.NPM

    =====
    lambda.amazonaws.com
      links name it; whether it exists cannot be told: no scope lists such names

    LINKS ────────────────────────────────────────────────────────────────────────────────────────────
      ←  trusts  deploy  test.thing  proven  policy

    =====
    oidc:gh#repo:acme/*
      links end at this pattern

    WHAT IT MATCHES ──────────────────────────────────────────────────────────────────────────────────
      api   test.thing  i:api
      shop  test.thing  i:shop

    LINKS ────────────────────────────────────────────────────────────────────────────────────────────
      ←  trusts  deploy  test.thing  proven  policy; lets in all 2 identiti… and those to come that match
    ");
}

#[test]
fn a_pattern_that_names_thousands_is_counted_and_the_first_are_shown() {
    let mut text = "identity aws:AROA1\naws:AROA1 trusts oidc:gh#repo:acme/*\nworkload w:1\nw:1 holds s:*\n".to_owned();
    for n in 0..2_000 {
        text += &format!("identity i:{n} alias=oidc:gh#repo:acme/r{n}:*\ncredential s:{n}\n");
    }
    let graph = world(&text);
    for id in ["aws:AROA1", "w:1", "oidc:gh#repo:acme/*"] {
        let screen = written(&graph, id, Format::Table);
        assert!(screen.lines().count() < 60, "{screen}");
        let json: serde_json::Value = serde_json::from_str(&written(&graph, id, Format::Json)).unwrap();
        let end = &json["ends"][0];
        assert_eq!((end["names_total"].as_u64(), end["names"].as_array().unwrap().len()), (Some(2_000), MOST_HOLDERS));
        assert!(json["holders"].as_array().unwrap().len() <= MOST_HOLDERS);
    }
}
