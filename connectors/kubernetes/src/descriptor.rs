//! What the connector needs and lists: the source of its README, of `whosekey connectors kubernetes`, and of the messages
//! that say what a refused permission costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use whosekey_sdk::{Descriptor, Permission, ScopeKind};

/// The connector's descriptor.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "kubernetes",
    summary: "service accounts of a cluster, their tokens and rights, the workloads and agents that use them, and what they become in clouds",
    permissions: PERMISSIONS,
    scope_kinds: SCOPE_KINDS,
    blind_spots: BLIND_SPOTS,
    policy,
};

macro_rules! permissions {
    ($($name:literal => $purpose:literal),+ $(,)?) => {
        const PERMISSIONS: &[Permission] = &[$(Permission { name: $name, purpose: $purpose }),+];
    };
}

permissions! {
    "list serviceaccounts" => "service accounts, who answers for them and whom they become in clouds; without it no verdict on any of them",
    "list namespaces" => "namespaces and who answers for them; without it ownerless from the accounts' own labels alone",
    "get namespaces" => "the uid of kube-system, which is the cluster's id",
    "list pods" => "pods that run as accounts and what made them; without it no orphaned verdict on those accounts",
    "list deployments.apps" => "deployments that run as accounts; without it no orphaned verdict on those accounts",
    "list statefulsets.apps" => "stateful sets that run as accounts; without it no orphaned verdict on those accounts",
    "list daemonsets.apps" => "daemon sets that run as accounts; without it no orphaned verdict on those accounts",
    "list replicasets.apps" => "replica sets that no deployment made; without it no orphaned verdict on their accounts",
    "list jobs.batch" => "jobs that run as accounts; without it no orphaned verdict on those accounts",
    "list cronjobs.batch" => "cron jobs that run as accounts; without it no orphaned verdict on those accounts",
    "list roles.rbac.authorization.k8s.io" => "what accounts may do in namespaces; without it no over-privileged verdict",
    "list rolebindings.rbac.authorization.k8s.io" => "what accounts may do in namespaces; without it no over-privileged verdict",
    "list clusterroles.rbac.authorization.k8s.io" => "what accounts may do; without it no over-privileged verdict",
    "list clusterrolebindings.rbac.authorization.k8s.io" => "what accounts may do in the whole cluster; without it no over-privileged verdict",
    "list certificatesigningrequests.certificates.k8s.io" => "client certificates that were issued lately; without it no verdict on them",
    "list agents.kagent.dev" => "agents that kagent runs, where the cluster has it; without it they are not seen",
    "list sandboxagents.kagent.dev" => "agents that kagent runs in sandboxes, where the cluster has it; without it they are not seen",
    "list agentharnesses.kagent.dev" => "agent harnesses that kagent runs, where the cluster has it; without it they are not seen",
    "list modelconfigs.kagent.dev" => "the Secrets with the keys of kagent's models; without it who holds them is not seen",
    "list remotemcpservers.kagent.dev" => "tools of kagent's agents; without it they are not seen",
    "list mcpservers.kagent.dev" => "tools of kagent's agents; without it they are not seen",
    "list toolservers.kagent.dev" => "tools of kagent's agents in its first version; without it they are not seen",
    "list memories.kagent.dev" => "memory stores of kagent's agents; without it they are not seen",
    "list sandboxes.agents.x-k8s.io" => "sandboxes of agents, where the cluster has agent-sandbox; without it they are not seen",
    "get /apis" => "which kinds of object the cluster has; every account may, unless it was taken away; without it custom resources are not looked for",
    "get /version" => "the cluster's version; every account may, unless it was taken away",
    "get /.well-known/openid-configuration" => "the issuer by which clouds know the accounts; without it a cloud's trust does not meet the account that it is for",
    "list secrets" => "token Secrets and who holds which Secret, by their metadata; asked for only with `secrets = true`, since RBAC has no right to metadata alone and this one lets read every Secret; without it no verdict on tokens",
    "get configmaps" => "since when the use of token Secrets is recorded; asked for only with `secrets = true`; without it no zombie verdict on tokens that were never used",
}

const SCOPE_KINDS: &[ScopeKind] = &[
    ScopeKind { name: "cluster", lists: "the cluster itself" },
    ScopeKind { name: "namespaces", lists: "namespaces, with the owners that their labels and annotations name" },
    ScopeKind { name: "serviceaccounts", lists: "service accounts, their owners, and whom they become in clouds" },
    ScopeKind {
        name: "secrets",
        lists: "token Secrets and other Secrets, without their values; with `secrets = true`",
    },
    ScopeKind { name: "certificatesigningrequests", lists: "client certificates, as long as their requests are kept" },
    ScopeKind {
        name: "access",
        lists: "what service accounts may do, by roles and bindings, and which accounts they can become",
    },
    ScopeKind { name: "deployments", lists: "deployments" },
    ScopeKind { name: "statefulsets", lists: "stateful sets" },
    ScopeKind { name: "daemonsets", lists: "daemon sets" },
    ScopeKind { name: "replicasets", lists: "replica sets that no deployment made, and what made them" },
    ScopeKind { name: "jobs", lists: "jobs that no cron job made" },
    ScopeKind { name: "cronjobs", lists: "cron jobs" },
    ScopeKind { name: "pods", lists: "pods that nothing made, and what made those that no other kind lists" },
    ScopeKind { name: "kagent.agents", lists: "agents that kagent runs; where the cluster has it" },
    ScopeKind { name: "kagent.tools", lists: "tools and memory stores of kagent's agents; where the cluster has it" },
    ScopeKind { name: "agent-sandbox.sandboxes", lists: "sandboxes of agents; where the cluster has agent-sandbox" },
];

const BLIND_SPOTS: &[&str] = &[
    "when a service account was last used stands in the audit log alone, which is not read here",
    "tokens that the cluster issues on request (TokenRequest, mounted into pods) appear in no listing; who uses one from outside the cluster is not seen",
    "the use of a token Secret is recorded by the day, and only since Kubernetes 1.26",
    "a client certificate is seen for about an hour after it was issued and cannot be taken back: what is not seen may be valid",
    "users and groups of people come from an identity provider that the cluster does not know; only service accounts are flattened",
    "what an admission controller or a webhook authorizer forbids is not part of what an account is said to be able to do",
    "values that stand in manifests are not read, so a secret that is written into one is not found here",
    "an agent that nothing declares is guessed from names of environment variables, images, ports and labels",
    "sandbox claims, templates and warm pools of agent-sandbox are not read; the sandboxes that they lead to are",
];

/// Permissions that only `secrets = true` needs.
const FOR_SECRETS: &[&str] = &["list secrets", "get configmaps"];
/// What is asked for of what the API server itself grants to every account that has signed in.
const GRANTED_TO_ALL: &[&str] = &["get /apis", "get /version"];

/// A manifest to apply. The part for Secrets is a role of its own that nothing is bound to: binding it is a decision.
fn policy() -> String {
    let mut text = String::from(
        "# kubectl apply --filename -\n\
         # Reads everything that whosekey looks at, and no Secret. The subject is to be replaced by who runs it.\n",
    );
    role(&mut text, "whosekey", |name| !FOR_SECRETS.contains(&name) && !GRANTED_TO_ALL.contains(&name));
    text.push_str(
        "---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: whosekey\n\
         roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: whosekey\n\
         subjects:\n  - kind: ServiceAccount\n    namespace: whosekey\n    name: whosekey\n\
         ---\n\
         # For `secrets = true`, and bound to nobody: RBAC has no right to metadata alone, so who may list Secrets may read\n\
         # them. whosekey asks for their metadata alone and refuses an answer that holds more.\n",
    );
    role(&mut text, "whosekey-secrets", |name| FOR_SECRETS.contains(&name));
    text
}

fn role(text: &mut String, name: &str, is_in: impl Fn(&str) -> bool) {
    let mut by_group: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut paths = Vec::new();
    for permission in PERMISSIONS.iter().filter(|one| is_in(one.name)) {
        let (verb, what) = permission.name.split_once(' ').expect("a permission is a verb and what it is on");
        if what.starts_with('/') {
            paths.push(what);
            continue;
        }
        let (resource, group) = what.split_once('.').unwrap_or((what, ""));
        by_group.entry((group, verb)).or_default().push(resource);
    }
    writeln!(text, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {name}\nrules:")
        .expect("a string takes everything");
    for ((group, verb), resources) in by_group {
        let group = if group.is_empty() { "\"\"" } else { group };
        let names = match (verb, resources.as_slice()) {
            ("get", ["namespaces"]) => "\n    resourceNames: [kube-system]",
            ("get", ["configmaps"]) => "\n    resourceNames: [kube-apiserver-legacy-service-account-token-tracking]",
            _ => "",
        };
        let resources = resources.join(", ");
        writeln!(text, "  - apiGroups: [{group}]\n    resources: [{resources}]{names}\n    verbs: [{verb}]")
            .expect("a string takes everything");
    }
    if !paths.is_empty() {
        writeln!(text, "  - nonResourceURLs: [{}]\n    verbs: [get]", paths.join(", "))
            .expect("a string takes everything");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::resources;
    use crate::scopes::Kind;

    #[test]
    fn the_policy_reads_and_gives_no_secrets_unless_it_is_bound() {
        let policy = policy();
        let (bound, unbound) = policy.split_once("# For `secrets = true`").unwrap();
        assert!(!bound.contains("secrets]") && !bound.contains("secrets,"), "{bound}");
        assert!(unbound.contains("resources: [secrets]"));
        for line in policy.lines().filter(|line| line.contains("verbs:")) {
            assert!(["verbs: [get]", "verbs: [list]"].iter().any(|read| line.trim() == *read), "{line}");
        }
    }

    #[test]
    fn every_list_has_its_permission() {
        for resource in resources::ALL {
            let is_it = |one: &Permission| one.name == resource.permission;
            assert!(PERMISSIONS.iter().any(is_it), "{}", resource.permission);
        }
    }

    #[test]
    fn every_kind_of_scope_is_described() {
        let described: BTreeSet<_> = SCOPE_KINDS.iter().map(|kind| kind.name).collect();
        let known: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(described, known);
    }

    #[test]
    fn the_readme_says_what_the_descriptor_says() {
        let readme = include_str!("../README.md");
        let scopes = DESCRIPTOR.scope_kinds.iter().map(|kind| format!("| `{}` | {} |", kind.name, kind.lists));
        let permissions = DESCRIPTOR.permissions.iter().map(|p| format!("| `{}` | {} |", p.name, p.purpose));
        let blind_spots = DESCRIPTOR.blind_spots.iter().map(|spot| format!("- {spot}"));
        let missing: Vec<_> =
            scopes.chain(permissions).chain(blind_spots).filter(|line| !readme.lines().any(|l| l == line)).collect();
        assert!(missing.is_empty(), "README.md lacks:\n{}", missing.join("\n"));
    }
}
