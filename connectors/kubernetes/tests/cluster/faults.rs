//! Faults of every list, one at a time.

use whosekey_kubernetes::Config;
use whosekey_parts::kubernetes::Cluster;
use whosekey_parts::proxy::{Then, When};
use whosekey_sdk::testkit::{assert_honest, observe};
use whosekey_sdk::{IssueKind, Outcome};

use crate::support::{config, connector, of, scanner};

/// Every list of built-in kinds, with the kind of scope that it is of.
const LISTS: [(&str, &str); 16] = [
    ("namespaces", "/api/v1/namespaces"),
    ("serviceaccounts", "/api/v1/serviceaccounts"),
    ("secrets", "/api/v1/secrets"),
    ("pods", "/api/v1/pods"),
    ("deployments", "/apis/apps/v1/deployments"),
    ("statefulsets", "/apis/apps/v1/statefulsets"),
    ("daemonsets", "/apis/apps/v1/daemonsets"),
    ("replicasets", "/apis/apps/v1/replicasets"),
    ("jobs", "/apis/batch/v1/jobs"),
    ("cronjobs", "/apis/batch/v1beta1/cronjobs"),
    ("access", "/apis/rbac.authorization.k8s.io/v1/roles"),
    ("access", "/apis/rbac.authorization.k8s.io/v1/rolebindings"),
    ("access", "/apis/rbac.authorization.k8s.io/v1/clusterroles"),
    ("access", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
    ("access", "/api/v1/serviceaccounts"),
    ("certificatesigningrequests", "/apis/certificates.k8s.io/v1/certificatesigningrequests"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_is_never_an_empty_one() {
    let cluster = Cluster::start().unwrap();
    let user = scanner(&cluster, true);
    let source = |url: &str| Config { secrets: true, ..config(&cluster, url, &user.token) };
    let (whole, _) = observe(&connector(source(&cluster.url()))).await.unwrap();
    for (kind, path) in LISTS {
        for (then, expected) in [
            (Then::deny(), IssueKind::Permission),
            (Then::answer(404, &[], "{}"), IssueKind::Permission),
            (Then::answer(503, &[], "{}"), IssueKind::Network),
            (Then::cut(30), IssueKind::Network),
            (Then::answer(200, &[], r#"{"kind":"Status","metadata":{},"items":[]}"#), IssueKind::Parse),
        ] {
            let said = format!("{path}: {then:?}");
            let lists = When::path(path).query("limit", "500");
            let proxy = cluster.proxy().rule(lists, then).start().unwrap();
            let (all, _) = observe(&connector(source(&proxy.url()))).await.unwrap();
            assert_honest(&all, &whole);
            let seen = of(&all, kind);
            assert_ne!(seen.outcome, Outcome::Complete, "{said}");
            assert!(seen.issues.iter().any(|issue| issue.kind == expected), "{said}: {:?}", seen.issues);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_does_not_serve_has_no_scope_and_what_it_does_not_say_is_told() {
    let cluster = Cluster::shared();
    let user = scanner(cluster, false);
    let groups = r#"{"groups":[{"name":"apps","versions":[{"version":"v1"}]}]}"#;
    let small = cluster
        .proxy()
        .rule(When::path("/apis"), Then::answer(200, &[], groups))
        .rule(When::path("/.well-known/openid-configuration"), Then::answer(404, &[], "{}"))
        .start()
        .unwrap();
    let (all, issues) = observe(&connector(config(cluster, &small.url(), &user.token))).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    assert_eq!(of(&all, "deployments").outcome, Outcome::Complete);
    assert_eq!(of(&all, "cluster").outcome, Outcome::Complete, "a cluster need not have an issuer");
    assert!(of(&all, "serviceaccounts").scope.covers.is_empty());
    for missing in ["jobs", "cronjobs", "access", "certificatesigningrequests"] {
        assert!(all.iter().all(|seen| seen.kind() != missing), "{missing}");
    }

    let silent = cluster.proxy().rule(When::path("/apis"), Then::deny()).start().unwrap();
    let (all, issues) = observe(&connector(config(cluster, &silent.url(), &user.token))).await.unwrap();
    assert!(issues.iter().any(|issue| issue.message.contains("get /apis")), "{issues:?}");
    assert_eq!(of(&all, "deployments").outcome, Outcome::Complete, "what every cluster has is asked for");
}
