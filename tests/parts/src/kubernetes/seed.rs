//! A cluster of a given size.

use serde_json::{Value, json};

use super::Cluster;
use crate::PartError;

const RBAC: &str = "rbac.authorization.k8s.io";

/// How many of each to make, spread over namespaces: accounts are `account-00000` …, pods `pod-00000` … run as them in turn,
/// and bindings `binding-00000` … let them view their namespace.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// Namespaces: `seed-0` …
    pub namespaces: usize,
    /// Service accounts.
    pub accounts: usize,
    /// Pods, which stay pending.
    pub pods: usize,
    /// Role bindings.
    pub bindings: usize,
}

impl Default for Seed {
    /// The cluster that requests, time and memory are measured with: 5,000 accounts, 5,000 pods, 2,000 bindings.
    fn default() -> Self {
        Self { namespaces: 20, accounts: 5000, pods: 5000, bindings: 2000 }
    }
}

impl Cluster {
    /// Makes these in the cluster, through its API. Names are numbered and nothing is random.
    ///
    /// # Errors
    /// When one is there already.
    pub fn seed(&self, seed: &Seed) -> Result<(), PartError> {
        (0..seed.namespaces).try_for_each(|n| self.namespace(&namespace(seed, n)))?;
        self.admin.create_all((0..seed.accounts).map(|n| account(seed, n)))?;
        self.admin.create_all((0..seed.pods).map(|n| pod(seed, n)))?;
        self.admin.create_all((0..seed.bindings).map(|n| binding(seed, n)))?;
        self.wait_for_tokens()
    }

    /// Waits until each account has its Secret, so that nothing is made any more once this returns.
    fn wait_for_tokens(&self) -> Result<(), PartError> {
        if !self.plane.makes_tokens() {
            return Ok(());
        }
        let accounts = count(&self.admin.get("/api/v1/serviceaccounts?limit=1")?);
        self.admin.wait_for("/api/v1/secrets?limit=1", |secrets| count(secrets) >= accounts)?;
        Ok(())
    }
}

/// How many there are, from a first page of one.
fn count(page: &Value) -> u64 {
    let first = u64::from(page["items"].get(0).is_some());
    first + page["metadata"]["remainingItemCount"].as_u64().unwrap_or(0)
}

fn namespace(seed: &Seed, n: usize) -> String {
    format!("seed-{}", n % seed.namespaces.max(1))
}

/// The account that the `n`th pod or binding is for, with its namespace.
fn account_of(seed: &Seed, n: usize) -> (String, String) {
    let n = n % seed.accounts.max(1);
    (namespace(seed, n), format!("account-{n:05}"))
}

fn account(seed: &Seed, n: usize) -> Value {
    let (namespace, name) = account_of(seed, n);
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": namespace, "name": name}})
}

fn pod(seed: &Seed, n: usize) -> Value {
    let (namespace, account) = account_of(seed, n);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": namespace, "name": format!("pod-{n:05}"), "labels": {"app": "seed"}},
        "spec": {
            "serviceAccountName": account,
            // Where it is mounted, the API server takes no pod before the account's Secret is there.
            "automountServiceAccountToken": false,
            "containers": [{"name": "main", "image": "acme/main:1"}],
        },
    })
}

fn binding(seed: &Seed, n: usize) -> Value {
    let (namespace, account) = account_of(seed, n);
    json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding",
        "metadata": {"namespace": namespace, "name": format!("binding-{n:05}")},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": account}],
    })
}
