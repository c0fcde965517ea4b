//! From roles and bindings to what each service account has been given, and where.
//!
//! A binding names an account itself, by the name that it signs in with, or by a group that it is in: all accounts, those of a
//! namespace, or everybody who has signed in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use whosekey_sdk::AccessLevel;

use super::powers::{Power, Reach, powers};
use super::{Rbac, rules_of};
use crate::wire::meta::Bare;
use crate::wire::rbac::{Binding, Subject};

/// The label on what the API server itself puts into every cluster.
const BOOTSTRAPPING: &str = "kubernetes.io/bootstrapping";
const ALL_ACCOUNTS: &str = "system:serviceaccounts";
const ACCOUNT: &str = "system:serviceaccount:";
const SIGNED_IN: &str = "system:authenticated";
const ANYBODY: &str = "system:unauthenticated";

/// A service account by namespace and name.
pub(crate) type Account = (String, String);

/// The powers that a role gives in a place: by the namespace that it is in, its name, and where it holds; none of a role that
/// is not there.
type Known = HashMap<(String, String, Reach), Option<Arc<[Power]>>>;

/// One thing that one binding gives.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) power: Power,
    /// `ClusterRole edit`.
    pub(crate) role: Arc<str>,
    /// `RoleBinding ci in namespace shop`.
    pub(crate) binding: Arc<str>,
    /// The group that the account has it through.
    pub(crate) group: Option<Arc<str>>,
}

/// What has been given to accounts.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    /// By account, and by the namespace that it holds in; `None` for the whole cluster.
    pub(crate) of: BTreeMap<Account, BTreeMap<Option<String>, Vec<Grant>>>,
    /// Accounts that have been given nothing but what the API server itself gives the cluster's own controllers.
    pub(crate) run_by_the_platform: BTreeSet<Account>,
}

impl Grants {
    /// Flattens what is bound, for the accounts that exist and those that bindings name.
    pub(crate) fn of(rbac: &Rbac, accounts: &[Bare]) -> Self {
        let mut grants = Grants::default();
        let mut given_by_others: BTreeSet<Account> = BTreeSet::new();
        let mut known = Known::new();
        for binding in rbac.cluster_bindings.seen().iter().chain(rbac.bindings.seen()) {
            let namespace = Some(binding.metadata.namespace.clone()).filter(|name| !name.is_empty());
            let reach = if namespace.is_some() { Reach::Namespace } else { Reach::Cluster };
            let is_built_in = binding.metadata.labels.get(BOOTSTRAPPING).is_some();
            let home = if binding.role_ref.kind == "Role" { binding.metadata.namespace.as_str() } else { "" };
            let roles = if home.is_empty() { rbac.cluster_roles.seen() } else { rbac.roles.seen() };
            let given = known
                .entry((home.to_owned(), binding.role_ref.name.clone(), reach))
                .or_insert_with(|| Some(powers(rules_of(roles, &binding.role_ref.name, home)?, reach).into()));
            // A binding to a role that is not there gives nothing; one to a role that was not seen makes the scope partial.
            let Some(given) = given else { continue };
            let role: Arc<str> = format!("{} {}", binding.role_ref.kind, binding.role_ref.name).into();
            let name: Arc<str> = binding_name(binding).into();
            for (account, group) in accounts_of(binding, accounts) {
                // What everybody may who has signed in says nothing of an account, unless it is more than looking.
                let is_everybodys = group.as_deref().is_some_and(|group| group == SIGNED_IN || group == ANYBODY);
                let powers = given.iter().filter(|power| !is_everybodys || power.level > AccessLevel::Read);
                let new: Vec<Grant> = powers
                    .map(|power| Grant {
                        power: power.clone(),
                        role: Arc::clone(&role),
                        binding: Arc::clone(&name),
                        group: group.clone(),
                    })
                    .collect();
                if new.is_empty() {
                    continue;
                }
                if !is_built_in {
                    given_by_others.insert(account.clone());
                }
                grants.of.entry(account).or_default().entry(namespace.clone()).or_default().extend(new);
            }
        }
        let in_kube_system = grants.of.keys().filter(|(namespace, _)| namespace == "kube-system");
        grants.run_by_the_platform = in_kube_system.filter(|one| !given_by_others.contains(*one)).cloned().collect();
        grants
    }

    /// The most that an account has been given, anywhere.
    pub(crate) fn highest(&self, account: &Account) -> Option<AccessLevel> {
        self.of.get(account)?.values().flatten().map(|grant| grant.power.level).max()
    }

    /// Whether an account has been given anything.
    pub(crate) fn has(&self, account: &Account) -> bool {
        self.of.contains_key(account)
    }
}

fn binding_name(binding: &Binding) -> String {
    let meta = &binding.metadata;
    match meta.namespace.as_str() {
        "" => format!("ClusterRoleBinding {}", meta.name),
        namespace => format!("RoleBinding {} in namespace {namespace}", meta.name),
    }
}

/// The accounts that a binding is for, each with the group that it is named by.
fn accounts_of(binding: &Binding, accounts: &[Bare]) -> Vec<(Account, Option<Arc<str>>)> {
    let mut found = Vec::new();
    for subject in &binding.subjects {
        match subject.kind.as_str() {
            "ServiceAccount" => {
                let namespace =
                    if subject.namespace.is_empty() { &binding.metadata.namespace } else { &subject.namespace };
                found.push(((namespace.clone(), subject.name.clone()), None));
            }
            "User" => found.extend(by_user_name(subject).map(|account| (account, None))),
            "Group" => {
                let group: Arc<str> = subject.name.as_str().into();
                let members = accounts.iter().filter(|one| is_member(&one.metadata.namespace, &subject.name));
                let member = |one: &Bare| (one.metadata.namespace.clone(), one.metadata.name.clone());
                found.extend(members.map(|one| (member(one), Some(Arc::clone(&group)))));
            }
            _ => {}
        }
    }
    found.sort();
    found.dedup_by(|later, first| later.0 == first.0);
    found
}

fn by_user_name(subject: &Subject) -> Option<Account> {
    let (namespace, name) = subject.name.strip_prefix(ACCOUNT)?.split_once(':')?;
    Some((namespace.to_owned(), name.to_owned()))
}

fn is_member(namespace: &str, group: &str) -> bool {
    match group.strip_prefix(ALL_ACCOUNTS) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':') == Some(namespace),
        None => group == SIGNED_IN,
    }
}
