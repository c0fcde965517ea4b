//! Secrets, of which nothing but metadata may ever come.

use serde_json::{Value, json};
use whosekey_kubernetes::Config;
use whosekey_parts::kubernetes::Cluster;
use whosekey_parts::proxy::{Then, When};
use whosekey_sdk::testkit::observe;
use whosekey_sdk::{Fact, IssueKind, LinkKind, Outcome};

use crate::support::{apply, assert_complete, config, connector, entity, links, of, said, scanner, service_account};

const CANARY: &str = "canary-d41d8cd98f00b204";

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_listed_by_their_metadata_alone() {
    let cluster = Cluster::shared();
    cluster.namespace("tokens").unwrap();
    let manifest = json!({"stringData": {"password": CANARY}}).to_string();
    apply(
        cluster,
        &[
            service_account("tokens", "bot", &json!({})),
            json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "stringData": {"password": CANARY},
                   "metadata": {"namespace": "tokens", "name": "db", "labels": {"owner": "ada"},
                                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": manifest}}}),
            json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "stringData": {"release": CANARY},
                   "metadata": {"namespace": "tokens", "name": "release"}}),
        ],
    );
    let path = "/api/v1/namespaces/tokens/serviceaccounts/bot";
    let bot = cluster.admin().wait_for(path, |account| account["secrets"][0].is_object()).unwrap();
    let token = bot["secrets"][0]["name"].as_str().unwrap();

    let user = scanner(cluster, true);
    let source = Config { secrets: true, ..config(cluster, &cluster.url(), &user.token) };
    let (all, _) = observe(&connector(source)).await.unwrap();
    assert_complete(&all);
    let secrets = of(&all, "secrets");
    let token = entity(secrets, &format!("tokens/{token}"));
    assert_eq!(token.type_name, "k8s.service-account-token");
    assert_eq!(token.expires_at, Fact::Known(None));
    assert!(token.last_used_at.is_not_exposed(), "this version of Kubernetes records no use");
    let proves = links(secrets, token.id.as_str(), LinkKind::AuthenticatesAs);
    assert_eq!(proves[0].to.as_str(), format!("k8s:{}", bot["metadata"]["uid"].as_str().unwrap()));
    let other = entity(secrets, "tokens/db");
    assert_eq!(links(secrets, other.id.as_str(), LinkKind::OwnedBy)[0].to.as_str(), "owner:ada");
    assert!(secrets.collected.entities().all(|one| one.name != "tokens/release"));
    assert!(!said(&all).contains(CANARY));

    let audit = cluster.audit().unwrap();
    let asked: Vec<_> = audit.iter().filter(|one| one.user == user.name && one.resource == "secrets").collect();
    assert!(asked.len() >= 3, "{asked:#?}");
    for one in asked {
        assert_eq!(one.verb, "list");
        assert_eq!(one.answered.as_deref(), Some("PartialObjectMetadataList"), "{one:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_word_no_secret_is_asked_for() {
    let cluster = Cluster::shared();
    let user = scanner(cluster, true);
    let (all, _) = observe(&connector(config(cluster, &cluster.url(), &user.token))).await.unwrap();
    assert!(all.iter().all(|seen| seen.kind() != "secrets"));
    let audit = cluster.audit().unwrap();
    assert!(audit.iter().all(|one| one.user != user.name || one.resource != "secrets"));
}

/// A token Secret with labels as newer versions write them, by its metadata.
fn published(labels: Value) -> Value {
    json!({"metadata": {
        "name": "old-token", "namespace": "tokens", "uid": "t-1", "creationTimestamp": "2024-01-01T00:00:00Z",
        "labels": labels, "annotations": {"kubernetes.io/service-account.uid": "u-1"},
    }})
}

/// A list as the API server writes it: `kind` first.
fn whole_list(kind: &str, items: &Value) -> String {
    format!(r#"{{"kind":"{kind}","apiVersion":"v1","metadata":{{}},"items":{items}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn use_is_read_from_labels_where_the_cluster_says_since_when_it_writes_them() {
    let cluster = Cluster::shared();
    let user = scanner(cluster, true);
    let path = "/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking";
    let tracking = json!({"kind": "ConfigMap", "data": {"since": "2025-01-10"}}).to_string();
    let used = published(json!({"kubernetes.io/legacy-token-last-used": "2026-11-20"}));
    let mut never = published(json!({}));
    never["metadata"]["uid"] = json!("t-2");
    never["metadata"]["name"] = json!("never-token");
    let list = whole_list("PartialObjectMetadataList", &json!([used, never]));
    let tokens = When::path("/api/v1/secrets").query("fieldSelector", "type=kubernetes.io/service-account-token");
    let proxy = cluster
        .proxy()
        .rule(When::path(path), Then::answer(200, &[], tracking))
        .rule(tokens, Then::answer(200, &[], list))
        .start()
        .unwrap();
    let source = Config { secrets: true, ..config(cluster, &proxy.url(), &user.token) };
    let (all, _) = observe(&connector(source)).await.unwrap();
    let secrets = of(&all, "secrets");
    let since = Fact::Known("2025-01-10T00:00:00Z".parse().unwrap());
    let used = entity(secrets, "tokens/old-token");
    assert_eq!(used.last_used_at, Fact::Known(Some("2026-11-20T00:00:00Z".parse().unwrap())));
    let never = entity(secrets, "tokens/never-token");
    assert_eq!(never.last_used_at, Fact::Known(None));
    assert!([used, never].iter().all(|token| token.use_tracked_since == since));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_sends_values_all_the_same_is_refused_and_nothing_is_kept() {
    let cluster = Cluster::shared();
    let user = scanner(cluster, true);
    let mut secret = published(json!({}));
    secret["data"] = json!({"token": CANARY});
    let mut hidden = published(json!({}));
    hidden["stringData"] = json!({"token": CANARY});
    for (kind, items) in [
        ("SecretList", json!([secret])),
        ("PartialObjectMetadataList", json!([published(json!({})), secret])),
        ("PartialObjectMetadataList", json!([hidden])),
    ] {
        let body = whole_list(kind, &items);
        let proxy = cluster
            .proxy()
            .rule(When::path("/api/v1/secrets").query("limit", "500"), Then::answer(200, &[], body))
            .start()
            .unwrap();
        let source = Config { secrets: true, ..config(cluster, &proxy.url(), &user.token) };
        let (all, _) = observe(&connector(source)).await.unwrap();
        let secrets = of(&all, "secrets");
        assert_eq!(secrets.outcome, Outcome::Failed, "{kind}");
        assert!(secrets.has_issue(IssueKind::Parse, "Secrets came with"), "{:?}", secrets.issues);
        assert!(!said(&all).contains(CANARY), "{kind}");
    }
}
