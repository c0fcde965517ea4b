//! When an agent is in no registry, and when nobody can tell.

use crate::analysis::Severity;
use crate::analysis::testrules::findings;

const REGISTRY: &str = "scope registry complete\nagent agent:known in=registry attr.registry=acme";

fn shadows(text: &str) -> Vec<String> {
    findings("shadow-agent", text).into_iter().map(|found| found.subject.as_str().to_owned()).collect()
}

#[test]
fn an_agent_that_the_registry_does_not_declare_is_a_shadow() {
    let text = format!("{REGISTRY}\nagent agent:other");
    assert_eq!(shadows(&text), ["agent:other"]);
    let found = &findings("shadow-agent", &text)[0];
    assert_eq!(found.because, "test sees it, and no registry declares it");
    assert!(found.rests_on.iter().any(|(_, scope)| scope == "registry"));
}

#[test]
fn one_that_holds_something_is_worse() {
    let text = format!("{REGISTRY}\nagent agent:other\ncredential c:1\nagent:other holds c:1");
    assert_eq!(findings("shadow-agent", &text)[0].severity, Severity::Medium);
}

#[test]
fn an_agent_that_is_declared_and_seen_is_none_nor_are_its_parts() {
    let text = format!("{REGISTRY}\nagent agent:known in=main\nagent agent:tool\nagent:tool part_of agent:known");
    assert!(shadows(&text).is_empty());
}

#[test]
fn without_a_registry_that_is_exposed_there_are_no_shadows() {
    assert!(shadows("agent agent:other").is_empty());
}

#[test]
fn a_registry_that_was_denied_tells_nothing() {
    let text = format!("{}\nagent agent:other", REGISTRY.replace("complete", "partial"));
    assert!(shadows(&text).is_empty());
}

#[test]
fn an_agent_that_has_ended_is_none() {
    assert!(shadows(&format!("{REGISTRY}\nagent agent:other enabled=false\nagent agent:gone gone=9d")).is_empty());
}
