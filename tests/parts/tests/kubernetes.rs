//! The cluster is a real one, and the proxy before it refuses as one.

#![expect(clippy::unwrap_used, reason = "a test whose cluster does not answer fails")]

use std::net::TcpStream;

use serde_json::{Value, json};
use whosekey_parts::certificates::Authority;
use whosekey_parts::kubernetes::{Client, Cluster, Seed};
use whosekey_parts::proxy::{Proxy, Then, When};

const ACCOUNTS: &str = "/api/v1/serviceaccounts";

fn accounts(namespace: &str, count: usize) -> impl Iterator<Item = Value> {
    let namespace = namespace.to_owned();
    (0..count).map(move |n| {
        json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"namespace": namespace, "name": format!("bot-{n}")}})
    })
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

/// A client that goes through the proxy.
fn through(proxy: &Proxy, token: &str) -> Client {
    Client::new(&proxy.url(), proxy.authority_pem(), token).unwrap()
}

#[test]
fn lists_come_in_pages_that_add_up() {
    let cluster = Cluster::shared();
    cluster.namespace("pages").unwrap();
    cluster.admin().create_all(accounts("pages", 7)).unwrap();
    let (mut seen, mut pages, mut token) = (Vec::new(), 0, String::new());
    loop {
        let path = format!("/api/v1/namespaces/pages/serviceaccounts?limit=3&continue={token}");
        let page = cluster.admin().get(&path).unwrap();
        pages += 1;
        seen.extend(names(&page).into_iter().map(str::to_owned));
        match page["metadata"]["continue"].as_str() {
            Some(next) if !next.is_empty() => token = next.to_owned(),
            _ => break,
        }
    }
    let expected: Vec<String> = (0..7).map(|n| format!("bot-{n}")).chain(["default".to_owned()]).collect();
    assert_eq!((seen, pages), (expected, 3));
}

#[test]
fn a_user_may_do_what_its_rules_say_and_the_audit_log_tells() {
    let cluster = Cluster::shared();
    let stranger = cluster.user(&json!([])).unwrap();
    let scanner =
        cluster.user(&json!([{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["list"]}])).unwrap();
    let (status, refusal) = cluster.admin().with_token(&stranger.token).ask("GET", ACCOUNTS, None).unwrap();
    assert_eq!((status, &refusal["reason"]), (403, &json!("Forbidden")));
    let asks = cluster.admin().with_token(&scanner.token);
    assert!(names(&asks.get(ACCOUNTS).unwrap()).contains(&"default"));
    assert_eq!(asks.ask("GET", "/api/v1/pods", None).unwrap().0, 403);
    assert_eq!(cluster.admin().with_token("nobody").ask("GET", ACCOUNTS, None).unwrap().0, 401);

    let log = cluster.audit().unwrap();
    let of = |user: &str| -> Vec<(String, String, u16)> {
        log.iter()
            .filter(|asked| asked.user == user)
            .map(|asked| (asked.verb.clone(), asked.resource.clone(), asked.status))
            .collect()
    };
    let listed = |resource: &str, status| ("list".to_owned(), resource.to_owned(), status);
    assert_eq!(of(&scanner.name), [listed("serviceaccounts", 200), listed("pods", 403)]);
    assert_eq!(of(&stranger.name), [listed("serviceaccounts", 403)]);
}

#[test]
fn an_account_gets_a_secret_and_the_log_tells_whether_its_content_was_asked_for() {
    let cluster = Cluster::shared();
    cluster.namespace("secrets").unwrap();
    cluster.admin().create_all(accounts("secrets", 1)).unwrap();
    let path = "/api/v1/namespaces/secrets/serviceaccounts/bot-0";
    let account = cluster.admin().wait_for(path, |account| account["secrets"][0].is_object()).unwrap();
    let secret = account["secrets"][0]["name"].as_str().unwrap();
    let got = cluster.admin().get(&format!("/api/v1/namespaces/secrets/secrets/{secret}")).unwrap();
    assert_eq!(got["type"], "kubernetes.io/service-account-token");

    let scanner = cluster.user(&json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}])).unwrap();
    let secrets = "/api/v1/namespaces/secrets/secrets";
    let asks = cluster.admin().with_token(&scanner.token);
    asks.get(secrets).unwrap();
    let list = asks.accepting("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1").get(secrets).unwrap();
    assert!(names(&list).contains(&secret) && list["items"][0].get("data").is_none(), "{list}");
    let log = cluster.audit().unwrap();
    let answered: Vec<_> =
        log.iter().filter(|asked| asked.user == scanner.name).map(|asked| asked.answered.as_deref()).collect();
    assert_eq!(answered, [Some("SecretList"), Some("PartialObjectMetadataList")]);
}

#[test]
fn a_deployment_yields_pods_that_run_as_its_account() {
    let cluster = Cluster::shared();
    cluster.namespace("deployed").unwrap();
    cluster.admin().create_all(accounts("deployed", 1)).unwrap();
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "deployed", "name": "agent"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {"serviceAccountName": "bot-0", "containers": [{"name": "main", "image": "acme/agent:1"}]},
            },
        },
    });
    cluster.admin().apply(&deployment).unwrap();
    cluster.admin().apply(&deployment).unwrap();
    let pods = cluster
        .admin()
        .wait_for("/api/v1/namespaces/deployed/pods", |pods| pods["items"].as_array().is_some_and(|all| all.len() == 2))
        .unwrap();
    assert!(pods["items"].as_array().unwrap().iter().all(|pod| pod["spec"]["serviceAccountName"] == "bot-0"), "{pods}");
    let deployment = "/apis/apps/v1/namespaces/deployed/deployments/agent";
    cluster.admin().patch(deployment, &json!({"metadata": {"annotations": {"owner": "ada@example.com"}}})).unwrap();
    assert_eq!(cluster.admin().get(deployment).unwrap()["metadata"]["annotations"]["owner"], "ada@example.com");
    cluster.admin().delete(deployment).unwrap();
    assert_eq!(cluster.admin().ask("GET", deployment, None).unwrap().0, 404);
}

#[test]
fn a_proxy_before_the_cluster_passes_tokens_and_refuses_as_the_cluster_does() {
    let cluster = Cluster::shared();
    let scanner = cluster.user(&json!([{"apiGroups": [""], "resources": ["*"], "verbs": ["list"]}])).unwrap();
    for tls in [None, Some(Authority::new().unwrap())] {
        let mut plan = cluster
            .proxy()
            .rule(When::path(ACCOUNTS).query_has("continue"), Then::kubernetes_expired())
            .rule(When::path("/api/v1/pods"), Then::kubernetes_forbidden())
            .rule(When::path("/api/v1/nodes"), Then::kubernetes_throttle(Some(1)))
            .rule(When::path("/api/v1/events").query("limit", "2"), Then::cut(10));
        if let Some(authority) = tls {
            plan = plan.tls(authority);
        }
        let proxy = plan.start().unwrap();
        let asks = through(&proxy, &scanner.token);
        let list = asks.get(&format!("{ACCOUNTS}?limit=1")).unwrap();
        let next = list["metadata"]["continue"].as_str().unwrap();
        let (status, refusal) = asks.ask("GET", &format!("{ACCOUNTS}?limit=1&continue={next}"), None).unwrap();
        assert_eq!((status, &refusal["reason"], &refusal["kind"]), (410, &json!("Expired"), &json!("Status")));
        assert_eq!(asks.ask("GET", "/api/v1/pods", None).unwrap().0, 403);
        assert_eq!(asks.ask("GET", "/api/v1/nodes", None).unwrap().1["details"]["retryAfterSeconds"], 1);
        asks.ask("GET", "/api/v1/events?limit=2", None).unwrap_err();
        assert_eq!(asks.get("/api/v1/events?limit=3").unwrap()["kind"], "EventList");
        assert_eq!(through(&proxy, "nobody").ask("GET", "/api/v1/secrets", None).unwrap().0, 401);
        assert_eq!(proxy.seen()[0].accept.as_deref(), Some("application/json"));
    }
}

#[test]
fn a_seeded_cluster_of_its_own_ends_with_its_guard() {
    let cluster = Cluster::start().unwrap();
    cluster.seed(&Seed { namespaces: 2, accounts: 6, pods: 8, bindings: 4 }).unwrap();
    let count = |path: &str| {
        let list = cluster.admin().get(path).unwrap();
        names(&list).into_iter().filter(|name| name.ends_with(|end: char| end.is_ascii_digit())).count()
    };
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/seed-0/rolebindings";
    assert_eq!((count(ACCOUNTS), count("/api/v1/pods"), count(bindings)), (6, 8, 2));
    let secrets = cluster.admin().get("/api/v1/secrets").unwrap();
    assert!(names(&secrets).iter().filter(|name| name.starts_with("account-")).count() == 6, "{:?}", names(&secrets));
    let address = cluster.url().replace("https://", "");
    let folder = cluster.folder().to_owned();
    assert!(folder.join("audit.log").exists());
    drop(cluster);
    TcpStream::connect(address).unwrap_err();
    assert!(!folder.exists());
}
