use serde_json::json;

use super::*;

fn strongest(rules: &serde_json::Value, reach: Reach) -> Option<(AccessLevel, String, bool)> {
    let rules: Vec<PolicyRule> = serde_json::from_value(rules.clone()).unwrap();
    let powers = powers(&rules, reach);
    let becomes = powers.iter().any(|power| power.becomes_accounts);
    powers.into_iter().next().map(|power| (power.level, power.what, becomes))
}

fn level(groups: &[&str], resources: &[&str], verbs: &[&str], reach: Reach) -> Option<AccessLevel> {
    let rules = json!([{"apiGroups": groups, "resources": resources, "verbs": verbs}]);
    strongest(&rules, reach).map(|(level, ..)| level)
}

#[test]
fn everything_is_administration_of_the_cluster_and_a_wildcard_in_a_namespace() {
    let rules =
        json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]);
    assert_eq!(strongest(&rules, Reach::Cluster).unwrap().0, AccessLevel::Admin);
    let (level, _, becomes) = strongest(&rules, Reach::Namespace).unwrap();
    assert_eq!((level, becomes), (AccessLevel::Wildcard, true));
}

#[test]
fn known_ways_to_more_are_escalations() {
    let ways: &[(&str, &str, &str)] = &[
        (RBAC, "clusterroles", "escalate"),
        (RBAC, "clusterroles", "bind"),
        ("", "users", "impersonate"),
        ("", "secrets", "list"),
        ("", "secrets", "get"),
        ("", "nodes/proxy", "get"),
        (ADMISSION, "mutatingwebhookconfigurations", "patch"),
    ];
    for (group, resource, verb) in ways {
        assert_eq!(
            level(&[group], &[resource], &[verb], Reach::Cluster),
            Some(AccessLevel::Escalation),
            "{verb} {resource}"
        );
    }
    assert_eq!(level(&[RBAC], &["roles"], &["escalate"], Reach::Namespace), Some(AccessLevel::Escalation));
    assert_eq!(level(&[""], &["secrets"], &["get"], Reach::Namespace), Some(AccessLevel::Wildcard));
}

#[test]
fn a_wildcard_verb_holds_the_escalations_too() {
    let (level, what, _) =
        strongest(&json!([{"apiGroups": [RBAC], "resources": ["*"], "verbs": ["*"]}]), Reach::Cluster).unwrap();
    assert_eq!(level, AccessLevel::Escalation);
    assert!(what.contains("bind") || what.contains("escalate"), "{what}");
}

#[test]
fn a_rule_for_one_named_object_is_no_wildcard_and_reads_no_other_secret() {
    let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["mine"]}]);
    assert_eq!(strongest(&rules, Reach::Cluster).unwrap().0, AccessLevel::Read);
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"], "resourceNames": ["mine"]}]);
    assert_eq!(strongest(&rules, Reach::Cluster).unwrap().0, AccessLevel::Write);
}

#[test]
fn who_starts_pods_or_asks_for_tokens_becomes_accounts() {
    for (group, resource, verb) in [
        ("", "pods", "create"),
        ("apps", "deployments", "patch"),
        ("batch", "cronjobs", "create"),
        ("", "pods/exec", "create"),
        ("", "serviceaccounts/token", "create"),
        ("", "serviceaccounts", "impersonate"),
        ("", "*/exec", "create"),
    ] {
        let rules = json!([{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]);
        let (level, _, becomes) = strongest(&rules, Reach::Namespace).unwrap();
        assert_eq!((level, becomes), (AccessLevel::Write, true), "{verb} {resource}");
    }
    for (group, resource, verb) in [("", "pods", "list"), ("", "pods", "delete"), ("apps", "deployments", "get")] {
        let rules = json!([{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]);
        assert!(!strongest(&rules, Reach::Namespace).unwrap().2, "{verb} {resource}");
    }
}

#[test]
fn the_rest_goes_by_its_verbs() {
    assert_eq!(level(&["apps"], &["deployments"], &["*"], Reach::Namespace), Some(AccessLevel::Wildcard));
    assert_eq!(level(&["x.io"], &["*"], &["delete"], Reach::Namespace), Some(AccessLevel::Wildcard));
    assert_eq!(level(&["x.io"], &["*"], &["get", "list"], Reach::Namespace), Some(AccessLevel::Read));
    assert_eq!(level(&[""], &["configmaps"], &["update"], Reach::Cluster), Some(AccessLevel::Write));
    assert_eq!(level(&[""], &["configmaps"], &["watch"], Reach::Cluster), Some(AccessLevel::Read));
    let asks = level(&["authorization.k8s.io"], &["selfsubjectaccessreviews"], &["create"], Reach::Cluster);
    assert_eq!(asks, Some(AccessLevel::Read), "to ask what one may do is to read");
    assert_eq!(strongest(&json!([{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}]), Reach::Cluster), None);
}

#[test]
fn a_sentence_names_a_few_and_counts_the_rest() {
    let resources: Vec<String> = (0..9).map(|n| format!("r{n}")).collect();
    let (_, what, _) =
        strongest(&json!([{"apiGroups": ["x.io"], "resources": resources, "verbs": ["get"]}]), Reach::Cluster).unwrap();
    assert_eq!(what, "may get r0.x.io, r1.x.io, r2.x.io, r3.x.io, r4.x.io, r5.x.io and 3 more");
}
