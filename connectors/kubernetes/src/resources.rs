//! What is listed, where the API has it, and the permission that it takes: the one table of both.

/// A kind of object that is listed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// Empty for the core group.
    pub(crate) group: &'static str,
    pub(crate) plural: &'static str,
    /// As in the descriptor.
    pub(crate) permission: &'static str,
    pub(crate) is_namespaced: bool,
    /// The versions that can be read, best first.
    pub(crate) versions: &'static [&'static str],
}

pub(crate) const APPS: &str = "apps";
pub(crate) const BATCH: &str = "batch";
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";
pub(crate) const CERTIFICATES: &str = "certificates.k8s.io";
pub(crate) const KAGENT: &str = "kagent.dev";
pub(crate) const SANDBOX: &str = "agents.x-k8s.io";

/// Of custom resources every version is read: their fields are all optional.
const ANY: &[&str] = &[];

macro_rules! resources {
    ($($name:ident = $group:expr, $plural:literal, $permission:literal, $namespaced:literal, $versions:expr;)+) => {
        $(pub(crate) const $name: &Resource = &Resource {
            group: $group,
            plural: $plural,
            permission: $permission,
            is_namespaced: $namespaced,
            versions: $versions,
        };)+

        /// All of them.
        pub(crate) const ALL: &[&Resource] = &[$($name),+];
    };
}

resources! {
    NAMESPACES = "", "namespaces", "list namespaces", false, &["v1"];
    SERVICE_ACCOUNTS = "", "serviceaccounts", "list serviceaccounts", true, &["v1"];
    SECRETS = "", "secrets", "list secrets", true, &["v1"];
    PODS = "", "pods", "list pods", true, &["v1"];
    DEPLOYMENTS = APPS, "deployments", "list deployments.apps", true, &["v1"];
    STATEFUL_SETS = APPS, "statefulsets", "list statefulsets.apps", true, &["v1"];
    DAEMON_SETS = APPS, "daemonsets", "list daemonsets.apps", true, &["v1"];
    REPLICA_SETS = APPS, "replicasets", "list replicasets.apps", true, &["v1"];
    JOBS = BATCH, "jobs", "list jobs.batch", true, &["v1"];
    CRON_JOBS = BATCH, "cronjobs", "list cronjobs.batch", true, &["v1", "v1beta1"];
    ROLES = RBAC, "roles", "list roles.rbac.authorization.k8s.io", true, &["v1", "v1beta1"];
    ROLE_BINDINGS = RBAC, "rolebindings", "list rolebindings.rbac.authorization.k8s.io", true, &["v1", "v1beta1"];
    CLUSTER_ROLES = RBAC, "clusterroles", "list clusterroles.rbac.authorization.k8s.io", false, &["v1", "v1beta1"];
    CLUSTER_ROLE_BINDINGS = RBAC, "clusterrolebindings", "list clusterrolebindings.rbac.authorization.k8s.io", false, &["v1", "v1beta1"];
    SIGNING_REQUESTS = CERTIFICATES, "certificatesigningrequests", "list certificatesigningrequests.certificates.k8s.io", false, &["v1", "v1beta1"];
    KAGENT_AGENTS = KAGENT, "agents", "list agents.kagent.dev", true, ANY;
    KAGENT_SANDBOX_AGENTS = KAGENT, "sandboxagents", "list sandboxagents.kagent.dev", true, ANY;
    KAGENT_HARNESSES = KAGENT, "agentharnesses", "list agentharnesses.kagent.dev", true, ANY;
    KAGENT_MODELS = KAGENT, "modelconfigs", "list modelconfigs.kagent.dev", true, ANY;
    KAGENT_REMOTE_SERVERS = KAGENT, "remotemcpservers", "list remotemcpservers.kagent.dev", true, ANY;
    KAGENT_SERVERS = KAGENT, "mcpservers", "list mcpservers.kagent.dev", true, ANY;
    KAGENT_TOOL_SERVERS = KAGENT, "toolservers", "list toolservers.kagent.dev", true, ANY;
    KAGENT_MEMORIES = KAGENT, "memories", "list memories.kagent.dev", true, ANY;
    SANDBOXES = SANDBOX, "sandboxes", "list sandboxes.agents.x-k8s.io", true, ANY;
}
