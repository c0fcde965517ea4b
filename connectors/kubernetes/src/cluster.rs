//! `cluster`: the cluster itself, and what a scan knows of it from the beginning.
//!
//! Its id is the uid of the namespace `kube-system`, which lives as long as the cluster does. What several scopes read (the
//! service accounts, the roles and bindings) is listed once in a scan and kept here.

use std::sync::Arc;

use tokio::sync::OnceCell;
use whosekey_sdk::{Alias, CollectError, Complete, Entity, Fact, Issue, Kind, Sink, Timestamp, unpaged};

use crate::access::Rbac;
use crate::api::Calls;
use crate::api::list::{Extent, Listed};
use crate::defaults::Defaults;
use crate::discovery::Apis;
use crate::resources;
use crate::wire::meta::Bare;

/// A cluster, as one scan knows it.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// How it is called in names.
    pub(crate) name: String,
    /// The uid of `kube-system`.
    pub(crate) uid: Option<String>,
    pub(crate) created_at: Fact<Timestamp>,
    pub(crate) version: Option<String>,
    /// Who signs its accounts' tokens, as other clouds know it.
    pub(crate) issuer: Option<String>,
    pub(crate) apis: Apis,
    /// Why the API does not say what it serves.
    pub(crate) undiscovered: Option<Issue>,
    /// Keys of labels and annotations that name an owner, in lower case.
    pub(crate) owner_keys: Arc<[String]>,
    /// What could not be learnt of it.
    pub(crate) issues: Vec<Issue>,
    pub(crate) accounts: OnceCell<Listed<Bare>>,
    pub(crate) rbac: OnceCell<Rbac>,
    pub(crate) defaults: OnceCell<Defaults>,
}

impl Cluster {
    /// Its names: the one that people gave it, and the one that nobody can give to another.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let uid = self.uid.as_deref().filter(|uid| *uid != self.name);
        std::iter::once(self.name.as_str()).chain(uid)
    }

    /// How links name the cluster.
    pub(crate) fn end(&self) -> String {
        format!("k8s://{}", self.name)
    }

    /// How links name a namespace.
    pub(crate) fn namespace(&self, name: &str) -> String {
        format!("k8s://{}/namespaces/{name}", self.name)
    }

    /// How links name what is in a namespace.
    pub(crate) fn object(&self, namespace: &str, plural: &str, name: &str) -> String {
        format!("k8s://{}/{namespace}/{plural}/{name}", self.name)
    }

    /// Every name by which others may know what is in a namespace.
    pub(crate) fn aliases(&self, namespace: &str, plural: &str, name: &str) -> Vec<Alias> {
        self.names().map(|cluster| Alias::new(format!("k8s://{cluster}/{namespace}/{plural}/{name}"))).collect()
    }

    /// The service accounts of the whole cluster, listed when they are first asked for.
    pub(crate) async fn accounts(&self, calls: &Calls) -> &Listed<Bare> {
        let calls = &calls.of_the_whole_cluster();
        self.accounts.get_or_init(|| calls.list(resources::SERVICE_ACCOUNTS, Extent::Whole, |one| vec![one])).await
    }

    /// The roles and bindings of the whole cluster, listed when they are first asked for.
    pub(crate) async fn rbac(&self, calls: &Calls) -> &Rbac {
        let calls = &calls.of_the_whole_cluster();
        self.rbac.get_or_init(|| Rbac::list(calls)).await
    }
}

impl Calls {
    pub(crate) fn of_the_whole_cluster(&self) -> Calls {
        Calls { namespace: None, ..self.clone() }
    }
}

/// Collects the scope. Everything was asked for as the scopes were listed.
pub(crate) async fn collect(cluster: &Cluster, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    if let Some(entity) = entity(cluster) {
        out.page(vec![entity.into()]).await?;
    }
    cluster.issues.iter().for_each(|issue| out.issue(issue.clone()));
    Ok(unpaged())
}

fn entity(cluster: &Cluster) -> Option<Entity> {
    let uid = cluster.uid.as_ref()?;
    let mut entity = Entity::new(format!("k8s:{uid}"), Kind::Resource, "k8s.cluster", cluster.name.as_str());
    for name in cluster.names() {
        entity = entity.alias(format!("k8s://{name}"));
    }
    entity.created_at = cluster.created_at;
    entity.enabled = Fact::Known(true);
    if let Some(version) = &cluster.version {
        entity = entity.attribute("version", version.as_str());
    }
    if let Some(issuer) = &cluster.issuer {
        entity = entity.attribute("oidc_issuer", issuer.as_str());
    }
    Some(entity)
}

#[cfg(test)]
pub(crate) fn testcluster() -> Cluster {
    Cluster {
        name: "prod".into(),
        uid: Some("6f4b0969-8424-4687-a930-67b38c7dba91".into()),
        created_at: Fact::NotExposed,
        version: Some("v1.30.1".into()),
        issuer: Some("https://issuer.example.com".into()),
        apis: Apis::assumed(),
        undiscovered: None,
        owner_keys: whosekey_sdk::owner_evidence::owner_keys(None).into(),
        issues: Vec::new(),
        accounts: OnceCell::new(),
        rbac: OnceCell::new(),
        defaults: OnceCell::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_named_by_its_uid_too() {
        let entity = entity(&testcluster()).unwrap();
        assert_eq!(entity.id.as_str(), "k8s:6f4b0969-8424-4687-a930-67b38c7dba91");
        let aliases: Vec<_> = entity.aliases.iter().map(Alias::as_str).collect();
        assert_eq!(aliases, ["k8s://prod", "k8s://6f4b0969-8424-4687-a930-67b38c7dba91"]);
    }
}
