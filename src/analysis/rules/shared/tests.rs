//! When several share one credential, and when they are one.

use crate::analysis::testrules::findings;
use crate::analysis::{Confidence, Severity};

fn shared(text: &str) -> Vec<(String, String, Severity)> {
    findings("shared", text).into_iter().map(|f| (f.subject.as_str().to_owned(), f.reason, f.severity)).collect()
}

fn one(subject: &str, reason: &str, severity: Severity) -> Vec<(String, String, Severity)> {
    vec![(subject.to_owned(), reason.to_owned(), severity)]
}

const TWO: &str =
    "agent agent:1 name=a\nagent agent:2 name=b\ncredential c:1\nagent:1 holds c:1 file=a.json\nagent:2 holds c:1";

#[test]
fn one_credential_of_two_agents_is_shared() {
    assert_eq!(shared(TWO), one("c:1", "many_holders", Severity::Medium));
    let found = &findings("shared", TWO)[0];
    assert_eq!(found.because, "2 agents or workloads hold it: a, b");
    assert_eq!(found.references, ["OWASP NHI9:2025", "OWASP NHI8:2025"]);
    assert_eq!(found.locations.len(), 1);
}

#[test]
fn one_holder_is_not_several() {
    assert!(shared("agent agent:1\ncredential c:1\nagent:1 holds c:1 file=a\nagent:1 holds c:1 file=b").is_empty());
}

#[test]
fn the_parts_of_one_agent_are_one() {
    let parts = "agent agent:1\nagent agent:t1\nagent agent:t2\nagent:t1 part_of agent:1\nagent:t2 part_of agent:1
                 credential c:1\nagent:t1 holds c:1\nagent:t2 holds c:1";
    assert!(shared(parts).is_empty());
    assert_eq!(shared(&format!("{parts}\nworkload w:1\nw:1 holds c:1")).len(), 1);
    let round = "agent agent:1\nagent agent:2\nagent:1 part_of agent:2\nagent:2 part_of agent:1
                 credential c:1\nagent:1 holds c:1";
    assert!(shared(round).is_empty(), "parts of each other end");
}

#[test]
fn across_environments_is_worse() {
    let text = TWO.replace("name=a", "name=a attr.environment=prod").replace("name=b", "name=b attr.environment=Dev");
    assert_eq!(shared(&text), one("c:1", "cross_environment", Severity::High));
    assert!(findings("shared", &text)[0].because.ends_with("in the environments dev, prod"));
}

#[test]
fn an_environment_that_is_not_exposed_is_not_another() {
    let text = TWO.replace("name=a", "name=a attr.environment=prod");
    assert_eq!(shared(&text), one("c:1", "many_holders", Severity::Medium));
}

#[test]
fn facts_of_the_credential_that_are_denied_change_nothing() {
    assert_eq!(shared(&TWO.replace("credential c:1", "credential c:1 enabled=denied used=denied")).len(), 1);
}

#[test]
fn one_secret_in_two_credentials_is_the_same_secret() {
    let text =
        "agent agent:1\nagent agent:2\ncredential aws:AKIA1 attr.fingerprint=f\ncredential secret:f attr.fingerprint=f
                agent:1 holds aws:AKIA1\nagent:2 holds secret:f";
    let found = shared(text);
    assert_eq!(
        found.iter().map(|(id, reason, _)| (id.as_str(), reason.as_str())).collect::<Vec<_>>(),
        [("aws:AKIA1", "same_secret"), ("secret:f", "same_secret")]
    );
    assert!(shared(&text.replace("agent:2 holds secret:f", "agent:1 holds secret:f")).is_empty());
}

#[test]
fn references_to_variables_are_not_known_to_be_one() {
    assert!(shared(&TWO.replace("c:1", "ref:env_ref/1")).is_empty());
    assert_eq!(shared(&TWO.replace("c:1", "ref:vault_ref/1")).len(), 1);
}

#[test]
fn an_identity_that_two_run_as_is_shared_a_little() {
    let text = "workload w:1\nworkload w:2\nidentity i:1\nw:1 runs_as i:1\nw:2 runs_as i:1";
    assert_eq!(shared(text), one("i:1", "many_holders", Severity::Low));
}

#[test]
fn the_identity_that_a_platform_gives_to_a_whole_is_not_shared_by_its_parts() {
    let parts = "resource r:1\nidentity i:1 alias=oidc:x#repo:acme/shop:*\ni:1 part_of r:1
                 workload w:1\nworkload w:2\nw:1 part_of r:1\nw:2 part_of r:1\nw:1 runs_as i:1\nw:2 runs_as i:1";
    assert!(shared(parts).is_empty());
    let outside = format!("{parts}\nworkload w:3\nw:3 runs_as i:1");
    assert_eq!(shared(&outside), one("i:1", "many_holders", Severity::Low));
    // Of one that goes by a name of its own, as a namespace's service account does, there may be another for each.
    assert_eq!(shared(&parts.replace(":*", ":ref")), one("i:1", "many_holders", Severity::Low));
    let environment = "\nidentity i:2 alias=oidc:x#repo:acme/shop:environment:prod\ni:2 part_of r:1
                       w:1 runs_as i:2\nw:2 runs_as i:2";
    assert!(shared(&format!("{parts}{environment}")).is_empty(), "one of the names that the whole's identity claims");
    let elsewhere = parts.replace("i:1 part_of r:1", "resource r:2\ni:1 part_of r:2");
    assert_eq!(shared(&elsewhere), one("i:1", "many_holders", Severity::Low));
}

#[test]
fn who_has_ended_does_not_count() {
    for end in ["gone=9d", "enabled=false"] {
        assert!(shared(&TWO.replace("name=b", &format!("name=b {end}"))).is_empty(), "{end}");
    }
    assert!(shared(&format!("{TWO} gone=9d")).is_empty());
}

#[test]
fn a_second_holder_that_is_only_inferred_makes_it_unsure() {
    assert_eq!(findings("shared", &format!("{TWO} evidence=inferred"))[0].confidence, Confidence::Low);
}
