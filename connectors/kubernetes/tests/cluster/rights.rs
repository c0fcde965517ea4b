//! What accounts may do.

use serde_json::json;
use whosekey_parts::kubernetes::Cluster;
use whosekey_sdk::testkit::Seen;
use whosekey_sdk::{AccessLevel, LinkKind};

use crate::support::{NAME, account, apply, binding, links, of, scan, service_account};

fn level(access: &Seen, from: &str, to: &str) -> Option<(AccessLevel, String)> {
    let found = links(access, from, LinkKind::CanAccess);
    let link = found.iter().find(|link| link.to.as_str() == to)?;
    Some((link.level?, link.because.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_add_up_over_roles_bindings_and_groups() {
    let cluster = Cluster::shared();
    cluster.namespace("rights").unwrap();
    cluster.namespace("rights-group").unwrap();
    let names = ["admin", "deployer", "viewer", "escalator", "reader", "impersonator"];
    apply(cluster, &names.map(|name| service_account("rights", name, &json!({}))));
    apply(cluster, &[service_account("rights-group", "member", &json!({}))]);
    let role = |name: &str, resource: &str, group: &str, verb: &str| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
               "rules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]})
    };
    let rbac = "rbac.authorization.k8s.io";
    apply(
        cluster,
        &[
            role("rights-escalate", "clusterroles", rbac, "escalate"),
            role("rights-secrets", "secrets", "", "get"),
            role("rights-impersonate", "users", "", "impersonate"),
            binding(None, "rights-admin", "cluster-admin", ("rights", "admin")),
            binding(Some("rights"), "deployer", "edit", ("rights", "deployer")),
            binding(Some("rights"), "viewer", "view", ("rights", "viewer")),
            binding(None, "rights-escalator", "rights-escalate", ("rights", "escalator")),
            binding(None, "rights-reader", "rights-secrets", ("rights", "reader")),
            binding(None, "rights-impersonator", "rights-impersonate", ("rights", "impersonator")),
            json!({"apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding",
                   "metadata": {"namespace": "rights-group", "name": "group"},
                   "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "view"},
                   "subjects": [{"apiGroup": rbac, "kind": "Group", "name": "system:serviceaccounts:rights-group"}]}),
        ],
    );
    let all = scan(cluster, false).await;
    let access = of(&all, "access");
    let in_cluster = format!("k8s://{NAME}");
    let here = format!("k8s://{NAME}/namespaces/rights");
    let of_account = |name: &str, to: &str| level(access, &account("rights", name), to);

    let (admin, because) = of_account("admin", &in_cluster).unwrap();
    assert_eq!(admin, AccessLevel::Admin);
    assert_eq!(
        because,
        "ClusterRole cluster-admin by ClusterRoleBinding rights-admin: it may do everything with everything"
    );
    for (name, word) in [("escalator", "escalate"), ("reader", "Secrets"), ("impersonator", "impersonate")] {
        let (level, because) = of_account(name, &in_cluster).unwrap();
        assert_eq!(level, AccessLevel::Escalation, "{name}");
        assert!(because.contains(word), "{because}");
    }
    assert_eq!(of_account("viewer", &here).unwrap().0, AccessLevel::Read);
    assert!(of_account("viewer", &in_cluster).is_none());

    let becomes = links(access, &account("rights", "deployer"), LinkKind::Assumes);
    let ends: Vec<_> = becomes.iter().map(|link| link.to.to_string()).collect();
    assert!(ends.contains(&account("rights", "admin")), "{ends:?}");
    assert!(!ends.contains(&account("rights", "viewer")), "{ends:?}");
    assert!(links(access, &account("rights", "viewer"), LinkKind::Assumes).is_empty());

    let (member, because) =
        level(access, &account("rights-group", "member"), &format!("k8s://{NAME}/namespaces/rights-group")).unwrap();
    assert_eq!(member, AccessLevel::Read);
    assert!(because.contains("through the group system:serviceaccounts:rights-group"), "{because}");

    let accounts = of(&all, "serviceaccounts");
    let controller = crate::support::entity(accounts, "kube-system/deployment-controller");
    assert_eq!(controller.attributes["service_linked"], json!(true), "what the cluster runs for itself");
    assert!(!crate::support::entity(accounts, "rights/admin").attributes.contains_key("service_linked"));
}
