//! Kubernetes: the service accounts of one cluster, their tokens and rights, the workloads and agents that use them, and
//! what they become in clouds.
//!
//! [`Kubernetes`] lists a scope for each kind of object of the cluster; of what it may not list in the whole cluster at
//! once, a scope for each namespace as well. Each kind has a file that follows its list and a pure function that makes
//! records of its objects.
//!
//! It only reads, and of Secrets only metadata. It does not know what it cannot see: that stands in the descriptor, and from
//! there in README.md.
//!
//! Invariant: listing the scopes begins a new scan; nothing that was fetched before it is read after it.

mod access;
mod api;
mod clouds;
mod cluster;
mod config;
mod defaults;
mod descriptor;
mod discovery;
mod jobs;
mod kagent;
mod markers;
mod namespaces;
mod owners;
mod parents;
mod pod_spec;
mod pods;
mod resources;
mod sandboxes;
mod scopes;
mod secrets;
mod service_accounts;
mod signing_requests;
mod wire;
mod workloads;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use whosekey_sdk::http::{Client, Limits};
use whosekey_sdk::{CollectError, Complete, Connector, Descriptor, Issue, IssueKind, Scope, Sink, unpaged};

use api::Calls;
use api::sign_in::{Session, sign_in};
use cluster::Cluster;
pub use config::{Config, Endpoint, Surroundings, Way};
pub use descriptor::DESCRIPTOR;
use scopes::Kind;

/// A source of Kubernetes.
#[derive(Debug)]
pub struct Kubernetes {
    config: Config,
    limits: Limits,
    known: Mutex<Option<Known>>,
}

/// What this scan knows since it listed the scopes.
#[derive(Debug, Clone)]
struct Known {
    cluster: Arc<Cluster>,
    /// Signed in.
    http: Client,
    /// The kinds that are listed in each namespace.
    in_namespaces: Vec<Kind>,
}

impl Kubernetes {
    /// A source. Nothing is contacted before its scopes are listed.
    pub fn new(config: Config) -> Self {
        Self::with_limits(config, Limits::default())
    }

    /// The same with other limits on its requests.
    pub fn with_limits(config: Config, limits: Limits) -> Self {
        Self { config, limits, known: Mutex::default() }
    }

    fn known(&self) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn list_scopes(
        &self,
        session: Session,
        http: &Client,
        out: &mut dyn Sink,
    ) -> Result<(Vec<Scope>, Complete), CollectError> {
        let cluster = Arc::new(discovery::recognize(&self.config, &session, http).await?);
        let (found, complete) = discovery::scopes(&self.config, &cluster, http, out).await?;
        let known = Known { cluster, http: session.http, in_namespaces: found.in_namespaces };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok((found.scopes, complete))
    }
}

#[async_trait]
impl Connector for Kubernetes {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    async fn scopes(&self, out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        let session = sign_in(&self.config, self.limits.clone()).await?;
        let http = session.http.for_scope();
        let listed = self.list_scopes(session, &http, out).await;
        out.requests(http.requests());
        listed
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let unknown = || Issue::new(IssueKind::Unsupported, format!("{:?} is not a scope of this source", scope.name));
        let known = self.known().ok_or_else(unknown)?;
        let (namespace, kind) = scopes::parse(&scope.name, &known.cluster.name).ok_or_else(unknown)?;
        let http = known.http.for_scope();
        let namespace_name = namespace.map(str::to_owned);
        let calls = Calls { cluster: known.cluster, http, namespace: namespace_name, is_probe: out.is_probe() };
        let outcome = collect(kind, &calls, out).await;
        out.requests(calls.http.requests());
        match outcome {
            // It is seen in part: in the scopes of the namespaces that let it be listed.
            Err(CollectError::Issue(issue))
                if issue.kind == IssueKind::Permission
                    && namespace.is_none()
                    && known.in_namespaces.contains(&kind) =>
            {
                out.issue(issue);
                Ok(unpaged())
            }
            outcome => Ok(outcome?.unless_probed(out)?),
        }
    }
}

async fn collect(kind: Kind, calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    match kind {
        Kind::Cluster => cluster::collect(&calls.cluster, out).await,
        Kind::Namespaces => namespaces::collect(calls, out).await,
        Kind::ServiceAccounts => service_accounts::collect(calls, out).await,
        Kind::Secrets => secrets::collect(calls, out).await,
        Kind::SigningRequests => signing_requests::collect(calls, out).await,
        Kind::Access => access::collect(calls, out).await,
        Kind::Deployments => workloads::collect(calls, resources::DEPLOYMENTS, "k8s.deployment", out).await,
        Kind::StatefulSets => workloads::collect(calls, resources::STATEFUL_SETS, "k8s.stateful-set", out).await,
        Kind::DaemonSets => workloads::collect(calls, resources::DAEMON_SETS, "k8s.daemon-set", out).await,
        Kind::ReplicaSets => workloads::collect_replica_sets(calls, out).await,
        Kind::Jobs => jobs::collect_jobs(calls, out).await,
        Kind::CronJobs => jobs::collect_cron_jobs(calls, out).await,
        Kind::Pods => pods::collect(calls, out).await,
        Kind::KagentAgents => kagent::collect_agents(calls, out).await,
        Kind::KagentTools => kagent::collect_tools(calls, out).await,
        Kind::Sandboxes => sandboxes::collect(calls, out).await,
    }
}
