//! The kinds of scope, and the names of scopes: `<cluster>/<kind>` for the whole cluster, `<cluster>/<namespace>/<kind>` for
//! one namespace of a cluster that does not let us list all at once.

use whosekey_sdk::Scope;

use crate::cluster::Cluster;
use crate::resources::{self, Resource};

/// A kind of scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Cluster,
    Namespaces,
    ServiceAccounts,
    Secrets,
    SigningRequests,
    Access,
    Deployments,
    StatefulSets,
    DaemonSets,
    ReplicaSets,
    Jobs,
    CronJobs,
    Pods,
    KagentAgents,
    KagentTools,
    Sandboxes,
}

impl Kind {
    /// All kinds, in the order in which their scopes are listed. What others wait for stands first.
    pub(crate) const ALL: &'static [Kind] = &[
        Kind::ServiceAccounts,
        Kind::Access,
        Kind::Cluster,
        Kind::Namespaces,
        Kind::Secrets,
        Kind::SigningRequests,
        Kind::Pods,
        Kind::Deployments,
        Kind::StatefulSets,
        Kind::DaemonSets,
        Kind::ReplicaSets,
        Kind::Jobs,
        Kind::CronJobs,
        Kind::KagentAgents,
        Kind::KagentTools,
        Kind::Sandboxes,
    ];

    /// The last part of the scope's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::Cluster => "cluster",
            Kind::Namespaces => "namespaces",
            Kind::ServiceAccounts => "serviceaccounts",
            Kind::Secrets => "secrets",
            Kind::SigningRequests => "certificatesigningrequests",
            Kind::Access => "access",
            Kind::Deployments => "deployments",
            Kind::StatefulSets => "statefulsets",
            Kind::DaemonSets => "daemonsets",
            Kind::ReplicaSets => "replicasets",
            Kind::Jobs => "jobs",
            Kind::CronJobs => "cronjobs",
            Kind::Pods => "pods",
            Kind::KagentAgents => "kagent.agents",
            Kind::KagentTools => "kagent.tools",
            Kind::Sandboxes => "agent-sandbox.sandboxes",
        }
    }

    /// What it lists; where a cluster has none of it, it has no such scope.
    pub(crate) const fn resources(self) -> &'static [&'static Resource] {
        match self {
            Kind::Cluster => &[],
            Kind::Namespaces => &[resources::NAMESPACES],
            Kind::ServiceAccounts => &[resources::SERVICE_ACCOUNTS],
            Kind::Secrets => &[resources::SECRETS],
            Kind::SigningRequests => &[resources::SIGNING_REQUESTS],
            Kind::Access => &[
                resources::ROLE_BINDINGS,
                resources::ROLES,
                resources::CLUSTER_ROLES,
                resources::CLUSTER_ROLE_BINDINGS,
            ],
            Kind::Deployments => &[resources::DEPLOYMENTS],
            Kind::StatefulSets => &[resources::STATEFUL_SETS],
            Kind::DaemonSets => &[resources::DAEMON_SETS],
            Kind::ReplicaSets => &[resources::REPLICA_SETS],
            Kind::Jobs => &[resources::JOBS],
            Kind::CronJobs => &[resources::CRON_JOBS],
            Kind::Pods => &[resources::PODS],
            Kind::KagentAgents => &[
                resources::KAGENT_AGENTS,
                resources::KAGENT_SANDBOX_AGENTS,
                resources::KAGENT_HARNESSES,
                resources::KAGENT_MODELS,
            ],
            Kind::KagentTools => &[
                resources::KAGENT_REMOTE_SERVERS,
                resources::KAGENT_SERVERS,
                resources::KAGENT_TOOL_SERVERS,
                resources::KAGENT_MEMORIES,
            ],
            Kind::Sandboxes => &[resources::SANDBOXES],
        }
    }

    /// Whether what it lists is in namespaces, so that it can be listed in each where it cannot in all.
    pub(crate) fn is_namespaced(self) -> bool {
        self.resources().first().is_some_and(|resource| resource.is_namespaced)
    }

    fn from_name(name: &str) -> Option<Self> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// The scope of a kind: of the whole cluster, or of one namespace.
pub(crate) fn scope(kind: Kind, cluster: &Cluster, namespace: Option<&str>) -> Scope {
    let name = match namespace {
        Some(namespace) => format!("{}/{namespace}/{}", cluster.name, kind.name()),
        None => format!("{}/{}", cluster.name, kind.name()),
    };
    let scope = match kind {
        // A request is deleted an hour after its certificate was issued, and the certificate lives on.
        Kind::SigningRequests => Scope::new(name).forgetting(),
        _ => Scope::new(name),
    };
    covered(kind, cluster, namespace).into_iter().fold(scope, Scope::covering)
}

/// The aliases of which a scope is *the* listing. Other clouds know a service account by issuer and subject, and every name
/// of that form stands in this listing or is nobody's.
fn covered(kind: Kind, cluster: &Cluster, namespace: Option<&str>) -> Vec<String> {
    let prefixes = |tail: &str| cluster.names().map(|name| format!("k8s://{name}/{tail}")).collect::<Vec<_>>();
    match (kind, namespace) {
        (Kind::Namespaces, _) => prefixes("namespaces/"),
        (Kind::ServiceAccounts, None) => {
            cluster.issuer.iter().map(|issuer| format!("oidc:{issuer}#system:serviceaccount:")).collect()
        }
        (Kind::ServiceAccounts, Some(namespace)) => {
            let issuer = cluster.issuer.iter();
            let by_issuer = issuer.map(|issuer| format!("oidc:{issuer}#system:serviceaccount:{namespace}:"));
            by_issuer.chain(prefixes(&format!("{namespace}/serviceaccounts/"))).collect()
        }
        _ => Vec::new(),
    }
}

/// The namespace, if there is one, and the kind that the name of a scope of this cluster says.
pub(crate) fn parse<'n>(name: &'n str, cluster: &str) -> Option<(Option<&'n str>, Kind)> {
    let rest = name.strip_prefix(cluster)?.strip_prefix('/')?;
    let (namespace, kind) = match rest.split_once('/') {
        Some((namespace, kind)) => (Some(namespace), kind),
        None => (None, rest),
    };
    let kind = Kind::from_name(kind)?;
    (namespace.is_none() || (kind.is_namespaced() && namespace != Some(""))).then_some((namespace, kind))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cluster::testcluster;

    #[test]
    fn names_are_read_back() {
        let cluster = testcluster();
        for (kind, namespace) in [(Kind::Cluster, None), (Kind::Pods, None), (Kind::Access, Some("shop"))] {
            assert_eq!(parse(&scope(kind, &cluster, namespace).name, "prod"), Some((namespace, kind)));
        }
        for name in ["no such scope", "test/pods", "prod/shop/namespaces", "prod//pods", "prod/shop/pods/x", "prod"] {
            assert_eq!(parse(name, "prod"), None, "{name}");
        }
    }

    #[test]
    fn the_accounts_are_the_listing_of_what_clouds_call_them() {
        let cluster = testcluster();
        let all = scope(Kind::ServiceAccounts, &cluster, None).covers;
        assert_eq!(all, ["oidc:https://issuer.example.com#system:serviceaccount:"]);
        let one = scope(Kind::ServiceAccounts, &cluster, Some("shop")).covers;
        assert_eq!(one[0], "oidc:https://issuer.example.com#system:serviceaccount:shop:");
        assert!(scope(Kind::Pods, &cluster, None).covers.is_empty());
    }

    #[test]
    fn every_kind_is_listed_once() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
