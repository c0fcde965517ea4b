//! From the rules of roles to what they amount to.
//!
//! What leads further than it says is told apart: who may write roles beyond its own rights, act as others, read tokens, or
//! start pods that run as any account of a namespace
//! (<https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks>, looked at 2026-11-27).

use std::collections::BTreeSet;

use whosekey_sdk::AccessLevel;

use crate::resources::{APPS, BATCH, CERTIFICATES, RBAC};
use crate::wire::rbac::PolicyRule;

const CORE: &str = "";
const ADMISSION: &str = "admissionregistration.k8s.io";
const READS: [&str; 3] = ["get", "list", "watch"];
/// Groups of questions: what is created there changes nothing, it is answered.
const QUESTIONS: [&str; 2] = ["authorization.k8s.io", "authentication.k8s.io"];
/// Verbs and resources that a sentence names; more are left out.
const NAMED: usize = 6;

/// Where rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Reach {
    /// In every namespace, and for what is in none.
    Cluster,
    /// In one namespace.
    Namespace,
}

/// What a set of rules amounts to in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Power {
    pub(crate) level: AccessLevel,
    /// What, as the end of `it …`.
    pub(crate) what: String,
    /// Whether by this it can run as, or act as, any service account of the place.
    pub(crate) becomes_accounts: bool,
}

/// What the rules amount to, strongest first.
pub(crate) fn powers(rules: &[PolicyRule], reach: Reach) -> Vec<Power> {
    let rules = Rules { rules, reach };
    let mut powers = Vec::new();
    if rules.allow_everything() {
        let (level, what) = match reach {
            Reach::Cluster => (AccessLevel::Admin, "may do everything with everything"),
            Reach::Namespace => (AccessLevel::Wildcard, "may do everything with everything in the namespace"),
        };
        powers.push(Power { level, what: what.to_owned(), becomes_accounts: reach == Reach::Namespace });
        return powers;
    }
    rules.escalations(&mut powers);
    rules.tokens(&mut powers);
    rules.accounts(&mut powers);
    rules.others(&mut powers);
    powers.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.what.cmp(&b.what)));
    powers
}

struct Rules<'r> {
    rules: &'r [PolicyRule],
    reach: Reach,
}

impl Rules<'_> {
    fn allow_everything(&self) -> bool {
        let has_all = |list: &[String]| list.iter().any(|one| one == "*");
        self.rules.iter().any(|rule| {
            has_all(&rule.verbs)
                && has_all(&rule.api_groups)
                && has_all(&rule.resources)
                && rule.resource_names.is_empty()
        })
    }

    /// Whether one of the verbs is allowed on all objects of a kind.
    fn allow(&self, group: &str, resource: &str, verbs: &[&str]) -> bool {
        self.rules.iter().any(|rule| {
            rule.resource_names.is_empty()
                && is_one_of(&rule.api_groups, group)
                && is_resource(&rule.resources, resource)
                && verbs.iter().any(|verb| is_one_of(&rule.verbs, verb))
        })
    }

    /// Whether one of the verbs is allowed on some object of a kind, if only by its name.
    fn allow_some(&self, group: &str, resource: &str, verbs: &[&str]) -> bool {
        self.rules.iter().any(|rule| {
            is_one_of(&rule.api_groups, group)
                && is_resource(&rule.resources, resource)
                && verbs.iter().any(|verb| is_one_of(&rule.verbs, verb))
        })
    }

    /// Ways to administrator rights that need nobody else.
    fn escalations(&self, powers: &mut Vec<Power>) {
        let mut add = |what: &str| {
            powers.push(Power { level: AccessLevel::Escalation, what: what.to_owned(), becomes_accounts: false });
        };
        let in_cluster = self.reach == Reach::Cluster;
        let roles = ["roles", "clusterroles"];
        let roles = if in_cluster { &roles[..] } else { &roles[..1] };
        if roles.iter().any(|role| self.allow_some(RBAC, role, &["escalate"])) {
            add("may write roles with more rights than it has (escalate)");
        }
        if ["roles", "clusterroles"].iter().any(|role| self.allow_some(RBAC, role, &["bind"])) {
            add("may bind roles with more rights than it has (bind)");
        }
        if !in_cluster {
            return;
        }
        if ["users", "groups"].iter().any(|who| self.allow_some(CORE, who, &["impersonate"])) {
            add("may act as any user or group that it may name (impersonate)");
        }
        if self.allow(CORE, "nodes/proxy", &["get", "create", "*"]) {
            add("may run commands in every pod through the nodes (nodes/proxy)");
        }
        let approves = self.allow(CERTIFICATES, "certificatesigningrequests/approval", &["update", "patch"])
            && self.allow_some(CERTIFICATES, "signers", &["approve"]);
        if approves && self.allow(CERTIFICATES, "certificatesigningrequests", &["create"]) {
            add("may issue itself certificates of any user");
        }
        if self.allow_some(ADMISSION, "mutatingwebhookconfigurations", &["create", "update", "patch"]) {
            add("may change whatever is written to the cluster (mutating webhooks)");
        }
    }

    /// Reading credentials.
    fn tokens(&self, powers: &mut Vec<Power>) {
        if self.allow(CORE, "secrets", &READS) {
            let (level, what) = match self.reach {
                Reach::Cluster => {
                    (AccessLevel::Escalation, "may read the Secrets of all namespaces, tokens among them")
                }
                Reach::Namespace => (AccessLevel::Wildcard, "may read all Secrets of the namespace, tokens among them"),
            };
            powers.push(Power { level, what: what.to_owned(), becomes_accounts: true });
        }
    }

    /// Running or acting as service accounts.
    fn accounts(&self, powers: &mut Vec<Power>) {
        const STARTS: [&str; 3] = ["create", "update", "patch"];
        let started = [
            (CORE, "replicationcontrollers"),
            (APPS, "deployments"),
            (APPS, "statefulsets"),
            (APPS, "daemonsets"),
            (APPS, "replicasets"),
            (BATCH, "jobs"),
            (BATCH, "cronjobs"),
        ];
        let what = if self.allow(CORE, "serviceaccounts/token", &["create"]) {
            "may ask for tokens of every service account"
        } else if self.allow(CORE, "serviceaccounts", &["impersonate"]) {
            "may act as every service account (impersonate)"
        } else if self.allow(CORE, "pods", &["create"])
            || started.iter().any(|(group, resource)| self.allow(group, resource, &STARTS))
        {
            "may start pods, which run as whichever service account they name"
        } else if ["pods/exec", "pods/attach"].iter().any(|sub| self.allow(CORE, sub, &["create", "get"])) {
            "may run commands in pods, with the tokens of their service accounts"
        } else {
            return;
        };
        powers.push(Power { level: AccessLevel::Write, what: what.to_owned(), becomes_accounts: true });
    }

    /// Everything else, by its verbs.
    fn others(&self, powers: &mut Vec<Power>) {
        for level in [AccessLevel::Wildcard, AccessLevel::Write, AccessLevel::Read] {
            let of_level: Vec<&PolicyRule> = self.rules.iter().filter(|rule| level_of(rule) == Some(level)).collect();
            if !of_level.is_empty() {
                powers.push(Power { level, what: format!("may {}", summary(&of_level)), becomes_accounts: false });
            }
        }
    }
}

fn is_one_of(list: &[String], wanted: &str) -> bool {
    list.iter().any(|one| one == "*" || one == wanted)
}

fn is_resource(list: &[String], wanted: &str) -> bool {
    let of_all = wanted.split_once('/').map(|(_, sub)| format!("*/{sub}"));
    list.iter().any(|one| one == "*" || one == wanted || of_all.as_ref() == Some(one))
}

/// What a rule lets do; `None` when it is about no resource (paths of the API server itself).
fn level_of(rule: &PolicyRule) -> Option<AccessLevel> {
    if rule.resources.is_empty() || rule.verbs.is_empty() {
        return None;
    }
    let asks = rule.api_groups.iter().all(|group| QUESTIONS.contains(&group.as_str()));
    let is_read = |verb: &String| READS.contains(&verb.as_str()) || (asks && verb == "create");
    if rule.verbs.iter().all(is_read) {
        return Some(AccessLevel::Read);
    }
    let is_wild = rule.verbs.iter().any(|verb| verb == "*") || rule.resources.iter().any(|one| one == "*");
    Some(if is_wild && rule.resource_names.is_empty() { AccessLevel::Wildcard } else { AccessLevel::Write })
}

fn summary(rules: &[&PolicyRule]) -> String {
    let verbs: BTreeSet<&str> = rules.iter().flat_map(|rule| &rule.verbs).map(String::as_str).collect();
    let resources: BTreeSet<String> = rules
        .iter()
        .flat_map(|rule| {
            rule.resources.iter().flat_map(|one| rule.api_groups.iter().map(move |group| qualified(one, group)))
        })
        .collect();
    format!("{} {}", some(verbs.into_iter()), some(resources.iter().map(String::as_str)))
}

fn qualified(resource: &str, group: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}

fn some<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let words: Vec<&str> = words.collect();
    let mut text = words.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if words.len() > NAMED {
        text.push_str(&format!(" and {} more", words.len() - NAMED));
    }
    text
}

#[cfg(test)]
mod tests;
