//! `access`: what each service account may do, by the roles that are bound to it, and which accounts it can become.
//!
//! Roles only ever add up, so all rules that are bound to an account in one place are read together. The API server has
//! already made up aggregated cluster roles from their parts. It does not know what admission controllers forbid.

mod flatten;
mod links;
mod powers;

use whosekey_sdk::{CollectError, Complete, Sink};

use crate::api::Calls;
use crate::api::list::{Extent, Listed, hand_over};
use crate::resources;
use crate::wire::meta::Bare;
use crate::wire::rbac::{Binding, PolicyRule, Role};

pub(crate) use flatten::{Account, Grants};

/// Roles and bindings: of the whole cluster, or of one namespace with the cluster's roles.
#[derive(Debug)]
pub(crate) struct Rbac {
    pub(crate) cluster_roles: Listed<Role>,
    pub(crate) cluster_bindings: Listed<Binding>,
    pub(crate) roles: Listed<Role>,
    pub(crate) bindings: Listed<Binding>,
}

impl Rbac {
    pub(crate) async fn list(calls: &Calls) -> Self {
        let (cluster_roles, cluster_bindings, roles, bindings) = tokio::join!(
            calls.list(resources::CLUSTER_ROLES, Extent::Whole, |role: Role| vec![role]),
            calls.list(resources::CLUSTER_ROLE_BINDINGS, Extent::Whole, |binding: Binding| vec![binding]),
            calls.list(resources::ROLES, Extent::Whole, |role: Role| vec![role]),
            calls.list(resources::ROLE_BINDINGS, Extent::Whole, |binding: Binding| vec![binding]),
        );
        Self { cluster_roles, cluster_bindings, roles, bindings }
    }

    /// Whether everything that gives an account its rights was seen.
    pub(crate) fn is_whole(&self) -> bool {
        self.cluster_roles.is_whole()
            && self.cluster_bindings.is_whole()
            && self.roles.is_whole()
            && self.bindings.is_whole()
    }

    /// Whether it was seen to its end. Every part that was not is an issue of its own, so that each refused permission is
    /// named; a part that was stands.
    fn complete(&self, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let parts = [
            self.cluster_roles.complete(out),
            self.cluster_bindings.complete(out),
            self.roles.complete(out),
            self.bindings.complete(out),
        ];
        let (whole, broken): (Vec<_>, Vec<_>) = parts.into_iter().partition(Result::is_ok);
        let mut broken = broken.into_iter().filter_map(Result::err);
        let Some(whole) = whole.into_iter().flatten().reduce(Complete::and) else {
            return Err(broken.next().expect("what is not whole is broken"));
        };
        for error in broken {
            match error {
                CollectError::Issue(issue) => out.issue(issue),
                other => return Err(other),
            }
        }
        Ok(whole)
    }
}

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let in_namespace;
    let own_accounts;
    let (rbac, accounts): (&Rbac, &Listed<Bare>) = match &calls.namespace {
        None => (calls.cluster.rbac(calls).await, calls.cluster.accounts(calls).await),
        Some(_) => {
            in_namespace = Rbac::list(calls).await;
            own_accounts = calls.list(resources::SERVICE_ACCOUNTS, Extent::Whole, |one: Bare| vec![one]).await;
            (&in_namespace, &own_accounts)
        }
    };
    let grants = Grants::of(rbac, accounts.seen());
    hand_over(links::records(&grants, &calls.cluster, accounts), out).await?;
    let complete = rbac.complete(out)?;
    // Whom a group is made of is known from the accounts alone.
    Ok(complete.and(accounts.complete(out)?))
}

/// The rules of a role in a place, for the binding that names it.
fn rules_of<'r>(roles: &'r [Role], name: &str, namespace: &str) -> Option<&'r [PolicyRule]> {
    let is_it = |role: &&Role| role.metadata.name == name && role.metadata.namespace == namespace;
    roles.iter().find(is_it).map(|role| role.rules.as_slice())
}
