//! A real API server takes the manifests of examples/kubernetes, and they grant what they say and nothing else.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use whosekey_parts::kubernetes::Cluster;

const RBAC: &str = "rbac.authorization.k8s.io";

fn apply(cluster: &Cluster, name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/kubernetes").join(name);
    // The version of the tests' API server knows cron jobs, whose shape is the same, by an older name.
    let manifests = fs::read_to_string(path).expect("the example is there");
    let manifests = manifests.replace("batch/v1\nkind: CronJob", "batch/v1beta1\nkind: CronJob");
    cluster.admin().apply_yaml(&manifests).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// Whether the example's account may do this.
fn may(cluster: &Cluster, verb: &str, group: &str, resource: &str, namespace: &str, name: &str) -> bool {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": {
            "user": "system:serviceaccount:whosekey:whosekey",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:whosekey", "system:authenticated"],
            "resourceAttributes": {
                "verb": verb, "group": group, "resource": resource, "namespace": namespace, "name": name,
            },
        },
    });
    let answer = cluster.admin().post("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review);
    answer.expect("the server reviews")["status"]["allowed"] == true
}

#[test]
fn the_account_may_list_what_is_needed_and_read_nothing_else() {
    let cluster = Cluster::shared();
    apply(cluster, "rbac.yaml");
    // The server hears of new rules a moment after it has stored them.
    let role = format!("/apis/{RBAC}/v1/clusterrolebindings/whosekey");
    cluster.admin().wait_for(&role, |_| may(cluster, "list", "", "pods", "", "")).unwrap();
    for (group, resources) in [
        ("", &["namespaces", "serviceaccounts", "pods"] as &[&str]),
        ("apps", &["deployments", "statefulsets", "daemonsets", "replicasets"]),
        ("batch", &["jobs", "cronjobs"]),
        (RBAC, &["roles", "clusterroles", "rolebindings", "clusterrolebindings"]),
        ("certificates.k8s.io", &["certificatesigningrequests"]),
        ("kagent.dev", &["agents", "modelconfigs"]),
        ("agents.x-k8s.io", &["sandboxes"]),
    ] {
        for resource in resources {
            assert!(may(cluster, "list", group, resource, "", ""), "list {group}/{resource}");
            for verb in ["create", "update", "patch", "delete", "watch", "impersonate"] {
                assert!(!may(cluster, verb, group, resource, "acme", "it"), "{verb} {group}/{resource}");
            }
        }
    }
    assert!(may(cluster, "get", "", "namespaces", "", "kube-system"));
    assert!(!may(cluster, "get", "", "namespaces", "", "acme"));
    for (verb, resource) in [("list", "secrets"), ("get", "secrets"), ("list", "configmaps"), ("get", "pods/log")] {
        assert!(!may(cluster, verb, "", resource, "acme", ""), "{verb} {resource}");
    }

    let tracking = "kube-apiserver-legacy-service-account-token-tracking";
    apply(cluster, "legacy-tokens.yaml");
    cluster.admin().wait_for(&role, |_| may(cluster, "list", "", "secrets", "", "")).unwrap();
    cluster.admin().wait_for(&role, |_| may(cluster, "get", "", "configmaps", "kube-system", tracking)).unwrap();
    assert!(!may(cluster, "get", "", "secrets", "acme", "it"));
    assert!(!may(cluster, "get", "", "configmaps", "kube-system", "other"));
}

#[test]
fn the_pods_are_made_hardened_and_alone() {
    let cluster = Cluster::shared();
    for name in ["rbac.yaml", "config.yaml", "cronjob.yaml", "deployment.yaml"] {
        apply(cluster, name);
    }
    let pods = cluster
        .admin()
        .wait_for("/api/v1/namespaces/whosekey/pods", |pods| pods["items"].as_array().is_some_and(|all| all.len() == 1))
        .unwrap();
    let cron_job = cluster.admin().get("/apis/batch/v1beta1/namespaces/whosekey/cronjobs/whosekey").unwrap();
    let job = &cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    for spec in [&pods["items"][0]["spec"], job] {
        let container = &spec["containers"][0]["securityContext"];
        assert_eq!(spec["serviceAccountName"], "whosekey");
        assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
        assert_eq!(spec["securityContext"]["fsGroupChangePolicy"], "OnRootMismatch");
        assert_eq!(container["readOnlyRootFilesystem"], true);
        assert_eq!(container["allowPrivilegeEscalation"], false);
        assert_eq!(container["capabilities"], json!({"drop": ["ALL"]}));
        assert_eq!(container.get("privileged"), None::<&Value>);
    }
    let deployment = cluster.admin().get("/apis/apps/v1/namespaces/whosekey/deployments/whosekey").unwrap();
    assert_eq!(
        (&deployment["spec"]["replicas"], &deployment["spec"]["strategy"]["type"]),
        (&json!(1), &json!("Recreate"))
    );
    assert_eq!(cron_job["spec"]["concurrencyPolicy"], "Forbid");
}
