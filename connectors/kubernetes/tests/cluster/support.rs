//! A connector pointed at a cluster, signed in as a user with exactly the permissions that it asks for.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use whosekey_kubernetes::{Config, DESCRIPTOR, Endpoint, Kubernetes, Way};
use whosekey_parts::kubernetes::{Cluster, User};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::{Seen, observe};
use whosekey_sdk::{Entity, Issue, Link, LinkKind, Outcome, Record, Secret};

/// How the tests call the cluster.
pub(crate) const NAME: &str = "test";

/// Short enough for a server that never answers, and no second attempts: the shared HTTP layer tests those.
pub(crate) fn impatient() -> Limits {
    Limits { request_timeout: Duration::from_secs(20), max_attempts: 1, ..Limits::default() }
}

/// The rules of the roles in the printed manifest: of the one that is bound, and of the one for Secrets.
pub(crate) fn printed_rules() -> (Vec<Value>, Vec<Value>) {
    let mut rules = (DESCRIPTOR.policy)()
        .split("---\n")
        .map(|document| serde_saphyr::from_str::<Value>(document).unwrap())
        .filter(|document| document["kind"] == "ClusterRole")
        .map(|role| role["rules"].as_array().unwrap().clone())
        .collect::<Vec<_>>();
    let of_secrets = rules.pop().unwrap();
    (rules.pop().unwrap(), of_secrets)
}

/// A user who may do what the manifest says, with or without Secrets.
pub(crate) fn scanner(cluster: &Cluster, sees_secrets: bool) -> User {
    let (mut rules, of_secrets) = printed_rules();
    if sees_secrets {
        rules.extend(of_secrets);
    }
    cluster.user(&json!(rules)).unwrap()
}

/// The file with the authority's certificate.
pub(crate) fn authority(cluster: &Cluster) -> PathBuf {
    let file = cluster.folder().join("authority-for-tests.pem");
    if !file.exists() {
        let new = file.with_extension(format!("{:?}", std::thread::current().id()));
        std::fs::write(&new, cluster.authority_pem()).unwrap();
        std::fs::rename(new, &file).unwrap();
    }
    file
}

/// A source at this address.
pub(crate) fn config(cluster: &Cluster, url: &str, token: &str) -> Config {
    let endpoint = Endpoint {
        url: url.to_owned(),
        token: Some(Secret::new(token.to_owned())),
        ca_file: Some(authority(cluster)).filter(|_| url.starts_with("https")),
    };
    Config { name: Some(NAME.to_owned()), ..Config::new(Way::Endpoint(endpoint)) }
}

pub(crate) fn connector(config: Config) -> Kubernetes {
    Kubernetes::with_limits(config, impatient())
}

/// A scan of the whole cluster by somebody who may see all that the manifest says.
pub(crate) async fn scan(cluster: &Cluster, sees_secrets: bool) -> Vec<Seen> {
    let user = scanner(cluster, sees_secrets);
    let config = Config { secrets: sees_secrets, ..config(cluster, &cluster.url(), &user.token) };
    let (all, issues) = observe(&connector(config)).await.unwrap();
    assert_eq!(issues, Vec::<Issue>::new());
    all
}

pub(crate) fn of<'a>(all: &'a [Seen], kind: &str) -> &'a Seen {
    all.iter().find(|seen| seen.kind() == kind).unwrap_or_else(|| panic!("no scope of kind {kind}"))
}

pub(crate) fn assert_complete(all: &[Seen]) {
    for seen in all {
        assert_eq!(seen.outcome, Outcome::Complete, "{}: {:?}", seen.scope.name, seen.issues);
    }
}

/// The entity of this name, `namespace/name`.
pub(crate) fn entity<'a>(seen: &'a Seen, name: &str) -> &'a Entity {
    let mut named = seen.collected.entities().filter(|entity| entity.name == name);
    named.next().unwrap_or_else(|| panic!("no {name} in {}", seen.scope.name))
}

/// The links of a kind that start at this end, by where they go.
pub(crate) fn links<'a>(seen: &'a Seen, from: &str, kind: LinkKind) -> Vec<&'a Link> {
    let mut found: Vec<&Link> =
        seen.collected.links().filter(|link| link.from.as_str() == from && link.kind == kind).collect();
    found.sort_by_key(|link| link.to.as_str());
    found
}

pub(crate) fn account(namespace: &str, name: &str) -> String {
    format!("k8s://{NAME}/{namespace}/serviceaccounts/{name}")
}

/// Everything that was said, for looking for what must not be.
pub(crate) fn said(all: &[Seen]) -> String {
    all.iter().map(|seen| format!("{:?}{:?}{:?}", seen.scope, seen.collected.records, seen.issues)).collect()
}

/// The ids of the entities among records.
pub(crate) fn ids(seen: &Seen) -> Vec<&str> {
    let id = |record: &'_ Record| matches!(record, Record::Entity(_));
    assert!(seen.collected.records.iter().any(id), "{} saw nothing", seen.scope.name);
    let mut ids: Vec<&str> = seen.collected.entities().map(|entity| entity.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

pub(crate) fn apply(cluster: &Cluster, objects: &[Value]) {
    for object in objects {
        cluster.admin().apply(object).unwrap();
    }
}

/// A service account as an object.
pub(crate) fn service_account(namespace: &str, name: &str, annotations: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount",
           "metadata": {"namespace": namespace, "name": name, "annotations": annotations}})
}

/// A binding of a cluster role to a service account, in a namespace or in the whole cluster.
pub(crate) fn binding(namespace: Option<&str>, name: &str, role: &str, (space, account): (&str, &str)) -> Value {
    let (kind, metadata) = match namespace {
        Some(namespace) => ("RoleBinding", json!({"namespace": namespace, "name": name})),
        None => ("ClusterRoleBinding", json!({"name": name})),
    };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "namespace": space, "name": account}],
    })
}
