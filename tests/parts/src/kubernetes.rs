//! Kubernetes: a real API server with etcd and the controllers, and everything of a cluster but nodes.
//!
//! Service accounts get their token Secrets (made by themselves in this version), RBAC decides, deployments get pods (which
//! stay pending), lists come in pages, and an audit log says who asked for what. What it lacks, being version 1.20: the
//! label of a legacy token's last use and the tracking's start, and ids of tokens. [`crate::proxy`] adds refusals, cuts and
//! expired pages: see [`Cluster::proxy`].
//!
//! ```no_run
//! # fn main() -> Result<(), whosekey_parts::PartError> {
//! use serde_json::json;
//! use whosekey_parts::kubernetes::Cluster;
//!
//! let cluster = Cluster::shared(); // one for all tests of a program, each with namespaces of its own
//! cluster.namespace("acme")?;
//! cluster.admin().apply(&json!({
//!     "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "acme", "name": "bot"},
//! }))?;
//! let scanner = cluster.user(&json!([{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["list"]}]))?;
//! let kubeconfig = cluster.kubeconfig(&scanner.token);
//! // … point a client at it …
//! assert!(cluster.audit()?.iter().all(|asked| asked.user != scanner.name || asked.verb == "list"));
//! # Ok(())
//! # }
//! ```

mod assets;
mod audit;
mod client;
mod plane;
mod seed;
mod users;

pub use assets::install;
pub use audit::Audited;
pub use client::Client;
pub use seed::Seed;
pub use users::User;

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::PartError;
use crate::proxy::{Plan, Proxy};
use plane::Plane;

const PART: &str = "kubernetes";
/// How often the ports that were free are tried anew when another process took one of them in between.
const ATTEMPTS: usize = 3;

/// A running cluster of its own. Ends when dropped.
#[derive(Debug)]
pub struct Cluster {
    plane: Plane,
    admin: Client,
    given: AtomicUsize,
}

impl Cluster {
    /// Starts a cluster, building it first if need be. It takes about five seconds and 500 MB.
    ///
    /// # Errors
    /// When it cannot be built or does not become ready.
    pub fn start() -> Result<Self, PartError> {
        let programs = install()?;
        let mut attempt = 1;
        loop {
            match Self::start_once(&programs) {
                Err(_) if attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    /// The one cluster of this process, started when it is first asked for.
    ///
    /// # Panics
    /// When it cannot be built or does not become ready.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    fn start_once(programs: &Path) -> Result<Self, PartError> {
        let mut plane = Plane::start(programs)?;
        let admin = Client::new(&plane.url(), Some(plane.authority_pem()), users::ADMIN_TOKEN)?;
        plane.wait_until_ready(&admin)?;
        plane.start_controllers()?;
        let cluster = Self { plane, admin, given: AtomicUsize::new(0) };
        cluster.wait_for_default_account("default")?;
        cluster.wait_for_default_account("kube-system")?;
        Ok(cluster)
    }

    /// Where the API is: `https://127.0.0.1:…`.
    pub fn url(&self) -> String {
        self.plane.url()
    }

    /// The certificate of the authority that the API's certificate is from.
    pub fn authority_pem(&self) -> &str {
        self.plane.authority_pem()
    }

    /// A token that may do everything.
    pub fn admin_token(&self) -> &str {
        users::ADMIN_TOKEN
    }

    /// A client that may do everything.
    pub fn admin(&self) -> &Client {
        &self.admin
    }

    /// The text of a kubeconfig with this token.
    pub fn kubeconfig(&self, token: &str) -> String {
        kubeconfig(&self.url(), Some(self.authority_pem()), token)
    }

    /// A plan for a proxy before the API, which it reaches with the cluster's authority. Tokens pass through unchanged.
    pub fn proxy(&self) -> Plan {
        Proxy::before(&self.url()).trusting(self.authority_pem())
    }

    /// Makes a namespace and waits for its default service account, without which it takes no pod.
    ///
    /// # Errors
    /// When it is there already.
    pub fn namespace(&self, name: &str) -> Result<(), PartError> {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.admin.post("/api/v1/namespaces", &namespace)?;
        self.wait_for_default_account(name)
    }

    /// A user who may do this in the whole cluster and nothing else: `rules` as in a `ClusterRole`. They are in force when
    /// this returns.
    ///
    /// # Errors
    /// When all users that the cluster has are given away.
    pub fn user(&self, rules: &Value) -> Result<User, PartError> {
        let given = self.given.fetch_add(1, Ordering::Relaxed);
        let user = User::spare(given).ok_or(PartError::NoUserLeft(users::SPARE))?;
        user.allow(&self.admin, rules)?;
        Ok(user)
    }

    /// Every request that was answered so far, in the order of their ends.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit(&self) -> Result<Vec<Audited>, PartError> {
        audit::read(&self.folder().join(audit::LOG))
    }

    /// Where the cluster keeps what it writes while it lives: its store, its audit log as `audit.log`.
    pub fn folder(&self) -> &Path {
        self.plane.folder()
    }

    fn wait_for_default_account(&self, namespace: &str) -> Result<(), PartError> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/default");
        let makes_tokens = self.plane.makes_tokens();
        self.admin.wait_for(&path, |account| !makes_tokens || account["secrets"][0].is_object())?;
        Ok(())
    }
}

/// The text of a kubeconfig for the API at `url`, such as a proxy's.
pub fn kubeconfig(url: &str, authority_pem: Option<&str>, token: &str) -> String {
    let authority = authority_pem
        .map(|pem| format!("\n    certificate-authority-data: {}", STANDARD.encode(pem)))
        .unwrap_or_default();
    format!(
        "apiVersion: v1
kind: Config
current-context: test
contexts:
- name: test
  context:
    cluster: test
    user: test
clusters:
- name: test
  cluster:
    server: {url}{authority}
users:
- name: test
  user:
    token: {token}
"
    )
}
