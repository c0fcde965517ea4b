//! What is found in a cluster.

use serde_json::{Value, json};
use whosekey_kubernetes::{Config, Kubernetes, Way};
use whosekey_parts::kubernetes::Cluster;
use whosekey_sdk::testkit::{assert_contract, observe};
use whosekey_sdk::{Fact, LinkKind, Outcome};

use crate::support::{
    NAME, account, apply, assert_complete, binding, config, connector, entity, links, of, scan, scanner,
    service_account,
};

const CANARY: &str = "canary-in-a-manifest";

fn pods(account: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "a"}},
        "spec": {
            "serviceAccountName": account, "automountServiceAccountToken": false,
            "containers": [{
                "name": "main", "image": "acme/order-agent:1",
                "env": [
                    {"name": "OPENAI_API_KEY", "valueFrom": {"secretKeyRef": {"name": "openai", "key": "key"}}},
                    {"name": "PLAIN", "value": CANARY},
                ],
            }],
            "restartPolicy": "Always",
        },
    })
}

fn workload(kind: &str, namespace: &str, name: &str, more: Value) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"namespace": namespace, "name": name},
        "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": pods("bot")},
    });
    for (key, value) in more.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    object
}

fn jobs_spec() -> Value {
    let mut template = pods("bot");
    template["spec"]["restartPolicy"] = json!("Never");
    json!({"template": template})
}

fn world(cluster: &Cluster, namespace: &str) {
    cluster.namespace(namespace).unwrap();
    let role = "arn:aws:iam::000000000000:role/orders";
    apply(
        cluster,
        &[
            json!({"apiVersion": "v1", "kind": "Namespace",
                   "metadata": {"name": namespace, "labels": {"team": "orders"}}}),
            service_account(namespace, "bot", &json!({"owner": "ada@example.com", "eks.amazonaws.com/role-arn": role})),
            workload("Deployment", namespace, "web", json!({"replicas": 1})),
            workload("Deployment", namespace, "asleep", json!({"replicas": 0})),
            workload("StatefulSet", namespace, "store", json!({"serviceName": "store"})),
            workload("DaemonSet", namespace, "watch", json!({})),
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"namespace": namespace, "name": "once"},
                   "spec": jobs_spec()}),
            json!({"apiVersion": "batch/v1beta1", "kind": "CronJob",
                   "metadata": {"namespace": namespace, "name": "nightly"},
                   "spec": {"schedule": "0 3 * * *", "suspend": true, "jobTemplate": {"spec": jobs_spec()}}}),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": "lone"},
                   "spec": pods("default")["spec"]}),
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_workloads_and_clouds_meet() {
    let cluster = Cluster::shared();
    world(cluster, "orders");
    let pods = "/api/v1/namespaces/orders/pods?labelSelector=app%3Da";
    cluster.admin().wait_for(pods, |list| list["items"].as_array().is_some_and(|all| all.len() >= 3)).unwrap();
    let all = scan(cluster, false).await;
    assert_complete(&all);
    let accounts = of(&all, "serviceaccounts");
    let bot = entity(accounts, "orders/bot");
    let aliases: Vec<_> = bot.aliases.iter().map(|alias| alias.as_str()).collect();
    assert!(aliases.contains(&account("orders", "bot").as_str()), "{aliases:?}");
    assert!(aliases.contains(&"oidc:https://kubernetes.default.svc#system:serviceaccount:orders:bot"), "{aliases:?}");
    assert_eq!(accounts.scope.covers, ["oidc:https://kubernetes.default.svc#system:serviceaccount:"]);
    let ends = |kind| links(accounts, bot.id.as_str(), kind).iter().map(|link| link.to.to_string()).collect::<Vec<_>>();
    assert_eq!(ends(LinkKind::Assumes), ["arn:aws:iam::000000000000:role/orders"]);
    assert_eq!(ends(LinkKind::OwnedBy), ["email:ada@example.com"]);
    assert_eq!(ends(LinkKind::PartOf), [format!("k8s://{NAME}/namespaces/orders")]);
    let namespace = entity(of(&all, "namespaces"), "orders");
    assert_eq!(links(of(&all, "namespaces"), namespace.id.as_str(), LinkKind::OwnedBy)[0].to.as_str(), "owner:orders");
    for (kind, name, is_on) in [
        ("deployments", "web", true),
        ("deployments", "asleep", false),
        ("statefulsets", "store", true),
        ("daemonsets", "watch", true),
        ("jobs", "once", true),
        ("cronjobs", "nightly", false),
    ] {
        let seen = of(&all, kind);
        let one = entity(seen, &format!("orders/{name}"));
        assert_eq!(one.enabled, Fact::Known(is_on), "{name}");
        let runs_as = links(seen, one.id.as_str(), LinkKind::RunsAs);
        assert_eq!(runs_as[0].to.as_str(), account("orders", "bot"), "{name}");
        let held = links(seen, one.id.as_str(), LinkKind::Holds);
        assert_eq!(held[0].to.as_str(), format!("k8s://{NAME}/orders/secrets/openai"), "{name}");
        assert_eq!(held[0].because, "env OPENAI_API_KEY from key key", "{name}");
        assert_eq!(one.attributes["env_names"], json!(["OPENAI_API_KEY", "PLAIN"]), "{name}");
    }
    let of_namespace = |kind: &str| -> Vec<String> {
        let named = of(&all, kind)
            .collected
            .entities()
            .filter(|one| one.type_name.starts_with("k8s.") && one.name.starts_with("orders/"));
        let mut names: Vec<_> = named.map(|one| format!("{} {}", one.type_name, one.name)).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(
        of_namespace("pods"),
        ["k8s.pod orders/lone", "k8s.seeming-agent orders/lone"],
        "pods are their makers'"
    );
    assert!(of_namespace("replicasets").is_empty(), "a replica set of a deployment is the deployment's");
    let agent = of(&all, "deployments")
        .collected
        .entities()
        .find(|one| one.name == "orders/web" && one.type_name == "k8s.seeming-agent");
    assert_eq!(agent.unwrap().attributes["confidence"], json!(0.7));
    assert!(!crate::support::said(&all).contains(CANARY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_account_is_run_as_once_it_was_given_something() {
    let cluster = Cluster::shared();
    for (namespace, is_given) in [("poor", false), ("rich", true)] {
        cluster.namespace(namespace).unwrap();
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": "lone"},
                         "spec": {"automountServiceAccountToken": false, "containers": [{"name": "m", "image": "acme/web"}]}});
        apply(cluster, &[pod]);
        if is_given {
            apply(cluster, &[binding(Some(namespace), "given", "view", (namespace, "default"))]);
        }
        let all = scan(cluster, false).await;
        let pod = entity(of(&all, "pods"), &format!("{namespace}/lone"));
        let runs_as = links(of(&all, "pods"), pod.id.as_str(), LinkKind::RunsAs);
        assert_eq!(!runs_as.is_empty(), is_given, "{namespace}");
        let trusts = links(of(&all, "access"), &account(namespace, "default"), LinkKind::Trusts);
        assert_eq!(!trusts.is_empty(), is_given, "{namespace}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_kept_and_the_cost_is_small() {
    let cluster = Cluster::start().unwrap();
    cluster.namespace("acme").unwrap();
    let user = scanner(&cluster, true);
    let config = Config { secrets: true, ..config(&cluster, &cluster.url(), &user.token) };
    let source = connector(config);
    assert_contract(&source, &[&user.token]).await;
    let (all, _) = observe(&source).await.unwrap();
    assert_complete(&all);
    let requests: u64 = all.iter().map(|seen| seen.collected.requests).sum();
    assert!(requests <= 25, "{requests}");
    for asked in cluster.audit().unwrap().iter().filter(|asked| asked.user == user.name) {
        assert!(["get", "list"].contains(&asked.verb.as_str()), "{asked:?}");
        assert!(asked.user_agent.starts_with("whosekey/"), "{asked:?}");
        assert!(asked.status < 300 || asked.status == 404, "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubeconfig_signs_in_and_a_plug_in_is_run_only_from_our_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let cluster = Cluster::shared();
    let user = scanner(cluster, false);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    let at = || Config::new(Way::Kubeconfig { files: vec![file.clone()], context: None });
    std::fs::write(&file, cluster.kubeconfig(&user.token)).unwrap();
    let (all, _) = observe(&connector(at())).await.unwrap();
    assert_eq!(of(&all, "namespaces").scope.name, "test/namespaces", "called as its context");
    assert_complete(&all);

    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                            "status": {"token": user.token}});
    let plug_in = format!(
        "exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: echo\n      args: ['{credential}']"
    );
    let text = cluster.kubeconfig("X").replace("token: X", &plug_in);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (all, _) = observe(&connector(at())).await.unwrap();
    assert_eq!(of(&all, "serviceaccounts").outcome, Outcome::Complete);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o622)).unwrap();
    let refused = observe(&connector(at())).await.unwrap_err().to_string();
    assert!(refused.contains("is not ours alone"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_no_good_and_a_cluster_that_is_not_there_say_so() {
    let cluster = Cluster::shared();
    let refused = observe(&connector(config(cluster, &cluster.url(), "wrong"))).await.unwrap_err().to_string();
    assert!(refused.starts_with("auth: "), "{refused}");
    let refused = observe(&connector(config(cluster, "https://127.0.0.1:1", "wrong"))).await.unwrap_err().to_string();
    assert!(refused.starts_with("network: "), "{refused}");
    let nothing = Config::new(Way::Kubeconfig { files: vec!["/no/such/file".into()], context: None });
    let refused = observe(&Kubernetes::new(nothing)).await.unwrap_err().to_string();
    assert!(refused.starts_with("auth: "), "{refused}");
}
