//! Which `default` accounts matter.
//!
//! Every namespace has an account `default`, and whatever names no account runs as it. As long as nothing was given to it, in
//! the cluster or in a cloud, to run as it is to run as nobody: it is then left out of what workloads run as, and with
//! nothing that it could do and nobody who needs it, it is dormant. Where that is not known, it counts.

use std::collections::BTreeSet;

use crate::access::{Account, Grants};
use crate::api::Calls;
use crate::clouds;
use crate::cluster::Cluster;

/// The name.
pub(crate) const DEFAULT: &str = "default";

/// The namespaces whose `default` account can do something.
#[derive(Debug)]
pub(crate) enum Defaults {
    /// These.
    Known(BTreeSet<String>),
    /// Any may.
    Unknown,
}

impl Defaults {
    /// Whether the account `default` of a namespace can do something, as far as is known.
    pub(crate) fn count_in(&self, namespace: &str) -> bool {
        match self {
            Defaults::Known(namespaces) => namespaces.contains(namespace),
            Defaults::Unknown => true,
        }
    }
}

impl Cluster {
    /// Which `default` accounts matter.
    pub(crate) async fn defaults(&self, calls: &Calls) -> &Defaults {
        self.defaults.get_or_init(|| self.find_defaults(calls)).await
    }

    async fn find_defaults(&self, calls: &Calls) -> Defaults {
        let (rbac, accounts) = (self.rbac(calls).await, self.accounts(calls).await);
        if !rbac.is_whole() || !accounts.is_whole() {
            return Defaults::Unknown;
        }
        let grants = Grants::of(rbac, accounts.seen());
        let defaults = accounts.seen().iter().map(|one| &one.metadata).filter(|meta| meta.name == DEFAULT);
        let matters = |account: &Account| grants.has(account);
        Defaults::Known(
            defaults
                .filter(|meta| clouds::is_linked(meta) || matters(&(meta.namespace.clone(), meta.name.clone())))
                .map(|meta| meta.namespace.clone())
                .collect(),
        )
    }

    /// The accounts of the cluster's own controllers, as far as is known.
    pub(crate) async fn run_by_the_platform(&self, calls: &Calls) -> Vec<Account> {
        let rbac = self.rbac(calls).await;
        if !rbac.is_whole() {
            return Vec::new();
        }
        Grants::of(rbac, &[]).run_by_the_platform.into_iter().collect()
    }
}
