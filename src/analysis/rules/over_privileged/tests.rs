//! When rights are too many, and when nobody can tell.

use crate::analysis::testrules::findings;
use crate::analysis::{Confidence, Finding, Severity};

fn role(facts: &str, link: &str) -> Option<Finding> {
    let text = format!(
        "identity aws:AROA1 type=aws.iam-role name=app {facts}\naws:AROA1 trusts x\naws:AROA1 can_access aws:account/1 {link}"
    );
    findings("over-privileged", &text).into_iter().next()
}

fn reason(facts: &str, link: &str) -> Option<(String, Severity)> {
    role(facts, link).map(|found| (found.reason, found.severity))
}

#[test]
fn each_level_has_its_reason() {
    for (level, code, severity) in [
        ("admin", "administrator", Severity::High),
        ("escalation", "escalation", Severity::High),
        ("wildcard", "wildcard", Severity::Medium),
    ] {
        assert_eq!(reason("", &format!("level={level}")), Some((code.to_owned(), severity)), "{level}");
    }
    assert_eq!(reason("", "level=write"), None);
    assert_eq!(reason("", "level=read"), None);
}

#[test]
fn the_highest_level_speaks_and_all_are_shown() {
    let text = "identity i:1\ni:1 trusts x\ni:1 can_access r:1 level=wildcard because=w\ni:1 can_access r:2 level=admin because=a";
    let found = &findings("over-privileged", text)[0];
    assert_eq!(found.because, "it is administrator of r:2 (a)");
    assert_eq!(
        found.evidence.iter().map(|e| e.value.as_str()).collect::<Vec<_>>(),
        ["admin on r:2: a", "wildcard on r:1: w"]
    );
    assert_eq!(found.references, ["OWASP NHI5:2025"]);
}

#[test]
fn what_platforms_are_less_sure_of_is_said() {
    let low = role("", "level=escalation attr.confidence=low attr.reference=https://example.com").unwrap();
    assert_eq!((low.severity, low.confidence), (Severity::Medium, Confidence::Low));
    assert_eq!(low.references.last().unwrap(), "https://example.com");
    let medium = role("", "level=admin attr.confidence=medium").unwrap();
    assert_eq!((medium.severity, medium.confidence), (Severity::High, Confidence::Medium));
}

#[test]
fn write_access_of_an_unused_identity_is_an_unused_grant() {
    let unused = "created=400d used=200d tracked=400d";
    let found = role(unused, "level=write").unwrap();
    assert_eq!((found.reason.as_str(), found.severity), ("unused_grant", Severity::Low));
    assert!(found.because.starts_with("it may change aws:account/1 (test); unused: "), "{}", found.because);
    assert_eq!(reason(unused, "level=read"), None);
    assert_eq!(reason(unused, "level=admin").unwrap().0, "administrator");
    assert_eq!(reason("created=400d used=2d tracked=400d", "level=write"), None);
}

#[test]
fn a_grant_whose_own_use_is_known_need_not_wait_for_its_identity() {
    let link = "level=write attr.last_used_at=2026-01-01T00:00:00Z";
    let found = role("created=400d used=2d tracked=400d", link).unwrap();
    assert_eq!(found.because, "it may change aws:account/1 (test); not used since 2026-01-01");
    assert_eq!(reason("", "level=write attr.last_used_at=2026-11-20T00:00:00Z"), None);
}

#[test]
fn a_level_that_is_not_exposed_makes_no_finding() {
    assert_eq!(reason("", ""), None);
    assert_eq!(reason("created=400d tracked=400d", "level=write"), None, "nor does use that is not exposed");
}

#[test]
fn use_that_is_denied_makes_no_unused_grant() {
    assert_eq!(reason("created=400d used=denied tracked=400d", "level=write"), None);
    assert_eq!(reason("created=400d used=denied", "level=admin").unwrap().0, "administrator");
}

#[test]
fn what_cannot_authenticate_or_is_the_platforms_own_is_no_finding() {
    assert_eq!(reason("enabled=false", "level=admin"), None);
    assert_eq!(reason("gone=9d", "level=admin"), None);
    assert_eq!(reason("attr.service_linked=true", "level=admin"), None);
    assert_eq!(reason("", "level=admin gone=9d"), None);
}

#[test]
fn the_first_step_can_be_taken_back_and_names_stay_one_word() {
    let found = role("name=a$(reboot)", "level=admin").unwrap();
    assert!(found.remediation[2].starts_with("aws iam put-role-permissions-boundary --role-name app "));
    let text = "identity i:1 type=aws.iam-user name=a$(reboot)\ni:1 trusts x\ni:1 can_access r:1 level=admin";
    assert!(findings("over-privileged", text)[0].remediation[2].contains("--user-name 'a$(reboot)' "));
}

#[test]
fn whoever_can_become_an_administrator_escalates() {
    let text = "identity i:user name=ci\ni:user trusts x
                identity i:mid name=deploy\ni:mid trusts i:user because=trust
                identity i:top name=root\ni:mid assumes i:top because=policy
                i:top trusts x\ni:top can_access aws:account/1 level=admin because=p";
    let found = findings("over-privileged", text);
    let of = |id: &str| found.iter().find(|f| f.subject.as_str() == id).unwrap();
    assert_eq!(of("i:top").reason, "administrator");
    assert_eq!((of("i:user").reason.as_str(), of("i:user").severity), ("escalation", Severity::High));
    assert_eq!(
        of("i:user").because,
        "it can become deploy, which can become root, which is administrator of aws:account/1 (p)"
    );
    assert_eq!(of("i:user").evidence[0].value, "deploy trusts ci: trust");
}

#[test]
fn a_way_over_what_is_only_inferred_or_switched_off_counts_for_less() {
    let text = "identity i:user\ni:user trusts x\ni:user assumes i:top evidence=inferred
                identity i:top\ni:top trusts x\ni:top can_access aws:account/1 level=admin";
    let found = findings("over-privileged", text);
    let user = found.iter().find(|f| f.subject.as_str() == "i:user").unwrap();
    assert_eq!((user.severity, user.confidence), (Severity::Medium, Confidence::Low));
    assert!(findings("over-privileged", &text.replace("identity i:top", "identity i:top enabled=false")).is_empty());
}

#[test]
fn what_is_to_be_done_about_a_service_account_is_said_in_its_platforms_words() {
    let found = findings(
        "over-privileged",
        "identity k8s:1 type=k8s.service-account name=a';reboot/ci
         workload k8s:w
         k8s:w runs_as k8s:1
         resource k8s:c
         k8s:1 can_access k8s:c level=admin",
    );
    let first = &found[0].remediation[0];
    assert!(first.starts_with("kubectl auth can-i --list --namespace 'a'\\'';reboot' --as "), "{first}");
}

#[test]
fn how_many_get_the_rights_by_a_pattern_is_told() {
    let found = findings(
        "over-privileged",
        "scope gh complete covers=oidc:gh#repo:acme/
         identity gh:1 in=gh alias=oidc:gh#repo:acme/api:*
         identity gh:2 in=gh alias=oidc:gh#repo:acme/web:*
         identity aws:AROA1
         aws:AROA1 trusts oidc:gh#repo:acme/*
         aws:AROA1 trusts oidc:gh#repo:acme/api:ref:*
         aws:AROA1 can_access aws:account/1 level=admin",
    );
    let role = found.iter().find(|found| found.subject.as_str() == "aws:AROA1").unwrap();
    let told: Vec<&str> = role.evidence.iter().filter(|e| e.fact == "trusts").map(|e| e.value.as_str()).collect();
    let words = "lets in all 2 identities that test/gh lists, and those to come that match";
    assert_eq!(told, [format!("oidc:gh#repo:acme/* {words}")]);
}
