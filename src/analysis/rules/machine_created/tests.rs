//! When only machines stand behind a thing, and when nobody can tell.

use crate::analysis::testrules::findings;

const CHAIN: &str = "identity i:new\ni:new trusts x\nidentity i:bot name=bot\ni:bot trusts x\ni:new created_by i:bot because=CreateRole";

fn count(text: &str) -> usize {
    findings("machine-created", text).len()
}

#[test]
fn what_a_machine_made_with_nobody_behind_it_is_found() {
    let found = &findings("machine-created", CHAIN)[0];
    assert_eq!((found.subject.as_str(), found.reason.as_str()), ("i:new", "no_human"));
    assert_eq!(found.because, "it was made by bot, and no person or team stands behind that");
    assert_eq!(found.references, ["OWASP NHI1:2025"]);
}

#[test]
fn the_whole_chain_is_named() {
    let text = format!("{CHAIN}\nidentity i:root name=root\ni:root trusts x\ni:bot created_by i:root");
    let found = findings("machine-created", &text);
    assert_eq!(found.len(), 2, "the creator was made by a machine as well");
    assert!(found.iter().any(|f| f.because.starts_with("it was made by bot, made by root")));
    let round = "identity i:1\ni:1 trusts x\ni:1 created_by i:1";
    assert_eq!(count(round), 1, "a chain that ends in itself ends");
}

#[test]
fn a_human_anywhere_in_the_chain_stands_behind_it() {
    let person = "owner person:ada@example.com";
    assert_eq!(count(&format!("{CHAIN}\n{person}\ni:bot owned_by person:ada@example.com")), 0);
    assert_eq!(count(&format!("{CHAIN}\n{person}\ni:new owned_by person:ada@example.com")), 0);
    assert_eq!(count(&format!("{CHAIN}\n{person} enabled=false\ni:bot created_by person:ada@example.com")), 0);
}

#[test]
fn a_creator_that_is_not_exposed_makes_no_finding() {
    assert_eq!(count("identity i:new\ni:new trusts x"), 0);
    assert_eq!(count("identity i:new\ni:new trusts x\ni:new created_by aws:AROAUNKNOWN"), 0);
    assert_eq!(count("identity i:new\ni:new trusts x\nowner person:a@b.c\ni:new created_by person:a@b.c"), 0);
}

#[test]
fn owner_evidence_that_was_denied_makes_no_finding() {
    let text = CHAIN.replace("identity i:new", "scope iam partial\nidentity i:new in=iam");
    assert_eq!(count(&text), 0);
}

#[test]
fn what_cannot_authenticate_is_harmless() {
    assert_eq!(count(&CHAIN.replace("identity i:new", "identity i:new enabled=false")), 0);
}
