//! When a value stands in a file, and when only a reference does.

use crate::analysis::Confidence;
use crate::analysis::testrules::findings;

fn held(link: &str) -> Vec<crate::analysis::Finding> {
    findings("hard-coded", &format!("agent agent:1 name=bot\ncredential secret:1\nagent:1 holds secret:1 {link}"))
}

#[test]
fn a_literal_is_hard_coded_and_its_place_is_named() {
    let found = &held("attr.value_class=literal file=/srv/.mcp.json")[0];
    assert_eq!((found.reason.as_str(), found.confidence), ("literal", Confidence::High));
    assert_eq!(found.because, "its value stands in what bot holds (/srv/.mcp.json:1)");
    assert_eq!(found.locations[0].path, "/srv/.mcp.json");
    assert_eq!(found.references, ["OWASP NHI2:2025"]);
    assert!(found.remediation[1].contains("refer to it"));
}

#[test]
fn the_default_of_a_variable_is_hard_coded_as_well() {
    assert_eq!(held("attr.value_class=default-leak")[0].reason, "default_leak");
}

#[test]
fn references_are_not_hard_coded() {
    for class in ["env_ref", "prompt_ref", "ci_secret_ref", "vault_ref", "platform_ref", "file_ref"] {
        assert!(held(&format!("attr.value_class={class}")).is_empty(), "{class}");
    }
}

#[test]
fn a_class_that_is_not_exposed_makes_no_finding() {
    assert!(held("").is_empty());
}

#[test]
fn facts_of_the_credential_that_are_denied_change_nothing() {
    let found = findings(
        "hard-coded",
        "agent agent:1\ncredential secret:1 enabled=denied expires=denied created=denied
         agent:1 holds secret:1 attr.value_class=literal",
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn every_place_is_named_in_one_finding() {
    let found = findings(
        "hard-coded",
        "agent agent:1\nagent agent:2\ncredential secret:1
         agent:1 holds secret:1 attr.value_class=literal file=b.json
         agent:2 holds secret:1 attr.value_class=default-leak file=a.yaml",
    );
    assert_eq!(found.len(), 1);
    let paths: Vec<_> = found[0].locations.iter().map(|at| at.path.as_str()).collect();
    assert_eq!(paths, ["a.yaml", "b.json"]);
    assert_eq!(found[0].reason, "literal");
    assert!(found[0].because.ends_with("and in 1 more place"));
}

#[test]
fn a_key_that_is_switched_off_or_a_holder_that_is_gone_is_no_finding() {
    for (key, agent) in [("enabled=false", ""), ("gone=9d", ""), ("", "gone=9d")] {
        let text = format!("agent agent:1 {agent}\ncredential c:1 {key}\nagent:1 holds c:1 attr.value_class=literal");
        assert!(findings("hard-coded", &text).is_empty(), "{key}{agent}");
    }
}
