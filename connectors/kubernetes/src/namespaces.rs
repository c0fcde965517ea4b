//! `namespaces`: what accounts and workloads live and die with, and who answers for all that is in one.
//!
//! The id of `kube-system` is the cluster's own, so as a namespace it goes by another.

use whosekey_sdk::{CollectError, Complete, Entity, Evidence, Kind, Link, LinkKind, Record, Sink};

use crate::api::Calls;
use crate::api::list::Extent;
use crate::cluster::Cluster;
use crate::markers::on;
use crate::owners::described;
use crate::resources;
use crate::wire::meta::{Bare, Meta};

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let normalize = |one: Bare| normalize(&one.metadata, &calls.cluster);
    calls.list(resources::NAMESPACES, Extent::Whole, normalize).await.into(out).await
}

fn normalize(meta: &Meta, cluster: &Cluster) -> Vec<Record> {
    let is_the_clusters = cluster.uid.as_deref() == Some(meta.uid.as_str());
    let id = if is_the_clusters { format!("k8s:namespace/{}", meta.uid) } else { meta.id() };
    let mut entity = Entity::new(id, Kind::Resource, "k8s.namespace", meta.name.as_str());
    for name in cluster.names() {
        entity = entity.alias(format!("k8s://{name}/namespaces/{}", meta.name));
    }
    entity.created_at = meta.created_at();
    entity.enabled = on(meta.deletion_timestamp.is_none());
    let part_of = Link::new(&entity.id, LinkKind::PartOf, cluster.end(), Evidence::Proven, "list namespaces");
    let mut records = described(entity, meta, cluster);
    records.push(part_of.into());
    records
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testcluster;

    fn entity(meta: &serde_json::Value) -> Entity {
        let meta: Meta = serde_json::from_value(meta.clone()).unwrap();
        match normalize(&meta, &testcluster()).remove(0) {
            Record::Entity(entity) => *entity,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn kube_system_does_not_take_the_clusters_id() {
        let uid = testcluster().uid.unwrap();
        assert_eq!(entity(&json!({"name": "kube-system", "uid": uid})).id.as_str(), format!("k8s:namespace/{uid}"));
        assert_eq!(entity(&json!({"name": "shop", "uid": "u"})).id.as_str(), "k8s:u");
    }

    #[test]
    fn a_namespace_that_terminates_is_on_its_way_out() {
        let going = entity(&json!({"name": "a", "uid": "u", "deletionTimestamp": "2026-11-01T00:00:00Z"}));
        assert_eq!(going.enabled.known(), Some(&false));
    }
}
