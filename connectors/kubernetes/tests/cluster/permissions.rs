//! Exactly the printed permissions, and each of them taken away in turn.

use serde_json::{Value, json};
use whosekey_kubernetes::{Config, DESCRIPTOR};
use whosekey_parts::kubernetes::Cluster;
use whosekey_sdk::testkit::{Seen, observe};
use whosekey_sdk::{IssueKind, Outcome};

use crate::agents::install_definitions;
use crate::support::{assert_complete, config, connector, of, printed_rules, scan, service_account};

/// What the API server itself grants to everybody who has signed in; it cannot be taken away by leaving it out.
const GRANTED_TO_ALL: [&str; 2] = ["get /apis", "get /version"];

/// The rules without one permission.
fn without(permission: &str) -> Vec<Value> {
    let (mut rules, of_secrets) = printed_rules();
    rules.extend(of_secrets);
    let (verb, what) = permission.split_once(' ').unwrap();
    let (resource, group) = what.split_once('.').unwrap_or((what, ""));
    for rule in &mut rules {
        let is_of_verb = rule["verbs"] == json!([verb]);
        let is_of_group = rule["apiGroups"] == json!([group]);
        for (key, wanted) in [("resources", resource), ("nonResourceURLs", what)] {
            if let Some(list) = rule[key].as_array_mut().filter(|_| is_of_verb && (is_of_group || key != "resources")) {
                list.retain(|one| one != wanted);
            }
        }
    }
    let is_empty = |rule: &Value, key: &str| rule[key].as_array().is_none_or(Vec::is_empty);
    rules.retain(|rule| !is_empty(rule, "resources") || !is_empty(rule, "nonResourceURLs"));
    rules
}

#[tokio::test(flavor = "multi_thread")]
async fn with_exactly_the_printed_permissions_everything_is_seen_whole() {
    let cluster = Cluster::shared();
    install_definitions(cluster);
    let all = scan(cluster, true).await;
    assert_complete(&all);
    assert_eq!(all.len(), DESCRIPTOR.scope_kinds.len(), "a scope of every kind");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_permission_that_is_taken_away_is_named_by_the_coverage() {
    let cluster = Cluster::shared();
    install_definitions(cluster);
    for permission in DESCRIPTOR.permissions.iter().filter(|one| !GRANTED_TO_ALL.contains(&one.name)) {
        let user = cluster.user(&json!(without(permission.name))).unwrap();
        let config = Config { secrets: true, ..config(cluster, &cluster.url(), &user.token) };
        let (all, _) = observe(&connector(config)).await.unwrap();
        let names_it = |seen: &&Seen| seen.has_issue(IssueKind::Permission, permission.name);
        let naming: Vec<&Seen> = all.iter().filter(names_it).collect();
        assert!(!naming.is_empty(), "nothing names {}", permission.name);
        assert!(naming.iter().all(|seen| seen.outcome != Outcome::Complete), "{}", permission.name);
        for seen in &all {
            let is_about_it = seen.issues.iter().all(|issue| issue.message.contains(permission.name));
            assert!(is_about_it, "without {}: {} says {:?}", permission.name, seen.scope.name, seen.issues);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_look_into_one_namespace_sees_that_one_whole_and_the_cluster_in_part() {
    let cluster = Cluster::shared();
    cluster.namespace("mine").unwrap();
    cluster.namespace("theirs").unwrap();
    for namespace in ["mine", "theirs"] {
        cluster.admin().apply(&service_account(namespace, "bot", &json!({}))).unwrap();
    }
    let user = cluster.user(&json!([{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}])).unwrap();
    let rules = printed_rules().0.into_iter().filter(|rule| rule["resources"].is_array()).collect::<Vec<_>>();
    let rbac = "rbac.authorization.k8s.io";
    let metadata = json!({"namespace": "mine", "name": "scanner"});
    for object in [
        json!({"apiVersion": format!("{rbac}/v1"), "kind": "Role", "metadata": metadata, "rules": rules}),
        json!({"apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding", "metadata": metadata,
               "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "scanner"},
               "subjects": [{"apiGroup": rbac, "kind": "User", "name": user.name}]}),
    ] {
        cluster.admin().apply(&object).unwrap();
    }
    let source = Config { namespaces: vec!["mine".into()], ..config(cluster, &cluster.url(), &user.token) };
    let probe = cluster.admin().with_token(&user.token);
    probe.wait_for("/api/v1/namespaces/mine/serviceaccounts", |list| list["items"].is_array()).unwrap();
    let (all, issues) = observe(&connector(source.clone())).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    let named = |name: &str| all.iter().find(|seen| seen.scope.name == name).unwrap_or_else(|| panic!("no {name}"));
    let whole = named("test/serviceaccounts");
    assert_eq!(whole.outcome, Outcome::Partial);
    assert!(whole.has_issue(IssueKind::Permission, "list serviceaccounts"), "{:?}", whole.issues);
    for kind in ["serviceaccounts", "deployments", "pods", "cronjobs"] {
        assert_eq!(named(&format!("test/mine/{kind}")).outcome, Outcome::Complete, "{kind}");
    }
    let mine = named("test/mine/serviceaccounts");
    let names: Vec<_> = mine.collected.entities().map(|one| one.name.as_str()).collect();
    assert!(names.contains(&"mine/bot") && names.iter().all(|name| name.starts_with("mine/")), "{names:?}");
    assert!(mine.scope.covers.contains(&"k8s://test/mine/serviceaccounts/".to_owned()), "{:?}", mine.scope.covers);
    // Whose roles of the cluster's own bindings name are not seen.
    assert_eq!(named("test/mine/access").outcome, Outcome::Partial);

    let unnamed = Config { namespaces: Vec::new(), ..source };
    let (all, issues) = observe(&connector(unnamed)).await.unwrap();
    assert!(issues.iter().any(|issue| issue.message.contains("list namespaces")), "{issues:?}");
    assert_eq!(of(&all, "serviceaccounts").outcome, Outcome::Failed, "nothing of it was seen anywhere");
}
