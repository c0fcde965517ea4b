//! A cluster over its real API, seen by an account with the printed permissions, and a recorded cloud that trusts its
//! accounts: several scans, one graph.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use whosekey_parts::kubernetes::Cluster;
use whosekey_parts::proxy::{Then, When};

const TRACKING: &str = "/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking";

fn whosekey(directory: &Path, arguments: &[&str], token: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whosekey"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory.join("home"))
        .env("CLUSTER_TOKEN", token)
        .output()
        .unwrap()
}

/// Applies the manifest that the program prints, and gives a token of the account that it is for.
fn scanner(cluster: &Cluster, directory: &Path) -> String {
    let printed = whosekey(directory, &["connectors", "kubernetes"], "");
    let admin = cluster.admin();
    cluster.namespace("whosekey").unwrap();
    admin.apply(&account("whosekey", "whosekey", &json!({}))).unwrap();
    admin.apply_yaml(&String::from_utf8(printed.stdout).unwrap()).unwrap();
    let secrets = binding(None, "whosekey-secrets", "whosekey-secrets", ("whosekey", "whosekey"));
    admin.apply(&secrets).unwrap();
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let path = "/api/v1/namespaces/whosekey/serviceaccounts/whosekey/token";
    let token = admin.post(path, &request).unwrap()["status"]["token"].as_str().unwrap().to_owned();
    let probe = admin.with_token(&token);
    probe.wait_for("/api/v1/secrets?limit=1", |list| list["items"].is_array()).unwrap();
    token
}

fn account(namespace: &str, name: &str, annotations: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount",
           "metadata": {"namespace": namespace, "name": name, "annotations": annotations}})
}

fn binding(namespace: Option<&str>, name: &str, role: &str, (space, account): (&str, &str)) -> Value {
    let group = "rbac.authorization.k8s.io";
    let (kind, metadata) = match namespace {
        Some(namespace) => ("RoleBinding", json!({"namespace": namespace, "name": name})),
        None => ("ClusterRoleBinding", json!({"name": name})),
    };
    json!({
        "apiVersion": format!("{group}/v1"), "kind": kind, "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "namespace": space, "name": account}],
    })
}

/// A deployment that runs as an account, whose pods never start.
fn deployment(namespace: &str, name: &str, account: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": namespace, "name": name},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"serviceAccountName": account, "automountServiceAccountToken": false,
                     "containers": [{"name": "main", "image": "acme/main:1"}]},
        }},
    })
}

/// A recorded cloud with roles that trust accounts of the cluster.
fn cloud(trusted: &[&str]) -> String {
    let mut lines = vec![json!({"collect": "000000000000/iam.roles"})];
    for (n, account) in trusted.iter().enumerate() {
        let id = format!("aws:AROA{n}");
        lines.push(json!({"record": {"entity": {"id": id, "kind": "identity", "type": "aws.iam-role",
            "name": account, "aliases": [format!("arn:aws:iam::000000000000:role/{account}")]}}}));
        lines.push(
            json!({"record": {"link": {"from": id, "kind": "trusts", "evidence": "proven", "because": "trust policy",
            "to": format!("oidc:https://kubernetes.default.svc#system:serviceaccount:estate:{account}")}}}),
        );
    }
    lines.push(json!({"done": true}));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

struct Report(Value);

impl Report {
    fn entity(&self, name: &str) -> &Value {
        let all = self.0["entities"].as_array().unwrap();
        all.iter().find(|entity| entity["name"] == name).unwrap_or_else(|| panic!("no {name}"))
    }

    fn verdict(&self, name: &str, verdict: &str) -> (&str, &str) {
        let verdict = &self.entity(name)["verdicts"][verdict];
        (verdict["verdict"].as_str().unwrap(), verdict["because"].as_str().unwrap_or_default())
    }

    /// `rule reason` of everything that is open about a thing.
    fn findings(&self, name: &str) -> Vec<String> {
        let id = &self.entity(name)["id"];
        let about = self.0["findings"].as_array().unwrap().iter();
        let about = about.filter(|finding| finding["subject"] == *id && finding["status"] == "open");
        let mut found: Vec<String> =
            about.map(|f| format!("{} {}", f["rule"].as_str().unwrap(), f["reason"].as_str().unwrap())).collect();
        found.sort();
        found
    }
}

#[test]
fn what_happens_to_workloads_and_clouds_is_judged_over_several_scans() {
    let cluster = Cluster::shared();
    let estate = tempfile::tempdir().unwrap();
    let directory = estate.path();
    let token = scanner(cluster, directory);
    cluster.namespace("estate").unwrap();
    let admin = cluster.admin();
    let role = "arn:aws:iam::000000000000:role/worker";
    admin.apply(&account("estate", "worker", &json!({"eks.amazonaws.com/role-arn": role}))).unwrap();
    for name in ["outsider", "boss", "steady"] {
        admin.apply(&account("estate", name, &json!({"owner": "ada@example.com"}))).unwrap();
    }
    for (name, role) in [("worker", "view"), ("outsider", "view"), ("steady", "edit")] {
        admin.apply(&binding(Some("estate"), name, role, ("estate", name))).unwrap();
    }
    admin.apply(&binding(None, "estate-boss", "cluster-admin", ("estate", "boss"))).unwrap();
    admin.apply(&deployment("estate", "work", "worker")).unwrap();
    admin.apply(&deployment("estate", "web", "steady")).unwrap();
    admin.apply(&deployment("estate", "plain", "default")).unwrap();
    fs::write(directory.join("cloud.ndjson"), cloud(&["worker", "nobody"])).unwrap();
    fs::write(directory.join("ca.pem"), cluster.authority_pem()).unwrap();
    let config = format!(
        "database = \"whosekey.db\"\n\
         [sources.prod]\nconnector = \"kubernetes\"\nendpoint_url = \"{}\"\nca_file = \"ca.pem\"\n\
         token = {{ env = \"CLUSTER_TOKEN\" }}\nname = \"prod\"\n\
         [sources.cloud]\nconnector = \"replay\"\nfiles = [\"cloud.ndjson\"]\n",
        cluster.url()
    );
    fs::write(directory.join("whosekey.toml"), config).unwrap();
    let scan = |now: &str| -> Report {
        let output = whosekey(directory, &["scan", "--format", "json", "--now", now], &token);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains(&token) && !stderr.contains(&token));
        Report(serde_json::from_slice(&output.stdout).unwrap())
    };

    let first = scan("2030-01-01T00:00:00Z");
    assert_eq!(first.verdict("estate/worker", "orphaned").0, "no");
    let (answer, because) = first.verdict("estate/outsider", "orphaned");
    assert_eq!(answer, "cannot_tell");
    assert!(because.contains("from outside"), "{because}");
    assert_eq!(first.verdict("estate/outsider", "zombie").0, "cannot_tell");
    assert_eq!(first.findings("estate/default"), Vec::<String>::new(), "nothing was given to it");
    assert_eq!(first.findings("estate/boss"), ["over-privileged administrator"]);
    assert_eq!(first.findings("estate/steady"), ["over-privileged escalation"], "it starts pods where the boss lives");
    assert_eq!(
        first.findings("nobody"),
        ["dangling-trust deleted_principal", "orphaned parent_gone", "ownerless no_evidence"]
    );
    assert!(
        !first.findings("worker").iter().any(|finding| finding.starts_with("dangling-trust")),
        "it trusts what is there"
    );
    let worker = first.entity("estate/worker")["id"].as_str().unwrap().to_owned();
    let path = whosekey(directory, &["path", &worker, role], &token);
    assert_eq!(path.status.code(), Some(0), "{}", String::from_utf8_lossy(&path.stderr));

    admin.delete("/apis/apps/v1/namespaces/estate/deployments/work").unwrap();
    let gone = "/api/v1/namespaces/estate/pods?labelSelector=app%3Dwork";
    admin.wait_for(gone, |list| list["items"].as_array().is_some_and(Vec::is_empty)).unwrap();
    let second = scan("2030-01-02T00:00:00Z");
    assert_eq!(second.verdict("estate/worker", "orphaned").0, "no", "missed once");
    let third = scan("2030-01-10T00:00:00Z");
    let (answer, because) = third.verdict("estate/worker", "orphaned");
    assert_eq!(answer, "yes", "{because}");
    assert!(third.findings("estate/worker").contains(&"orphaned consumer_gone".to_owned()));
    assert_eq!(third.verdict("estate/steady", "orphaned").0, "no");
}

#[test]
fn a_token_that_was_never_used_since_tracking_began_is_a_zombie() {
    let cluster = Cluster::shared();
    cluster.namespace("tracked").unwrap();
    cluster.admin().apply(&account("tracked", "bot", &json!({"owner": "ada@example.com"}))).unwrap();
    let path = "/api/v1/namespaces/tracked/serviceaccounts/bot";
    let bot = cluster.admin().wait_for(path, |one| one["secrets"][0].is_object()).unwrap();
    let token = format!("tracked/{}", bot["secrets"][0]["name"].as_str().unwrap());
    let estate = tempfile::tempdir().unwrap();
    let directory = estate.path();
    // The tests' version of Kubernetes does not track; the proxy says that it does.
    let tracking = json!({"kind": "ConfigMap", "data": {"since": "2026-01-01"}}).to_string();
    for (is_tracked, verdict) in [(true, "yes"), (false, "cannot_tell")] {
        let plan = cluster.proxy();
        let plan =
            if is_tracked { plan.rule(When::path(TRACKING), Then::answer(200, &[], tracking.clone())) } else { plan };
        let proxy = plan.start().unwrap();
        let config = format!(
            "database = \"{is_tracked}.db\"\n\
             [sources.prod]\nconnector = \"kubernetes\"\nendpoint_url = \"{}\"\nsecrets = true\n\
             token = {{ env = \"CLUSTER_TOKEN\" }}\nname = \"prod\"\n",
            proxy.url()
        );
        fs::write(directory.join("whosekey.toml"), config).unwrap();
        let arguments = ["scan", "--format", "json", "--now", "2030-01-01T00:00:00Z"];
        let output = whosekey(directory, &arguments, cluster.admin_token());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report = Report(serde_json::from_slice(&output.stdout).unwrap());
        let (answer, because) = report.verdict(&token, "zombie");
        assert_eq!(answer, verdict, "{because}");
    }
}
