//! `deployments`, `statefulsets`, `daemonsets` and `replicasets`: what keeps pods running.
//!
//! A ReplicaSet that a Deployment made is the Deployment's own. Of one that something else made, or nobody, the maker is the
//! workload: its kind has no listing here, so it is known by what it made.

use std::collections::BTreeMap;

use whosekey_sdk::{CollectError, Complete, Entity, Fact, Kind, Record, Sink};

use crate::api::Calls;
use crate::api::list::{Extent, hand_over};
use crate::markers::{is_guess, on};
use crate::owners::described;
use crate::parents::{self, part_of_controller};
use crate::pod_spec::{World, running};
use crate::resources::{self, Resource};
use crate::wire::meta::Meta;
use crate::wire::workload::{Controller, Template};

/// Collects Deployments, StatefulSets or DaemonSets.
pub(crate) async fn collect(
    calls: &Calls,
    resource: &'static Resource,
    type_name: &str,
    out: &mut dyn Sink,
) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let normalize = |one: Controller| {
        // What has no number of pods runs where it may.
        let is_on = one.spec.replicas != Some(0);
        workload(&one.metadata, resource.plural, type_name, &one.spec.template, is_on, world)
    };
    calls.list(resource, Extent::Whole, normalize).await.into(out).await
}

/// Collects ReplicaSets that no Deployment made.
pub(crate) async fn collect_replica_sets(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let keep = |one: Controller| {
        let is_listed = one.metadata.controller().is_some_and(parents::is_listed);
        if is_listed { Vec::new() } else { vec![one] }
    };
    let listed = calls.list(resources::REPLICA_SETS, Extent::Whole, keep).await;
    let mut wholes: BTreeMap<&str, Vec<&Controller>> = BTreeMap::new();
    let mut records = Vec::new();
    for one in listed.seen() {
        match one.metadata.controller() {
            Some(maker) => wholes.entry(maker.uid.as_str()).or_default().push(one),
            None => {
                let is_on = one.spec.replicas != Some(0);
                records.extend(workload(
                    &one.metadata,
                    "replicasets",
                    "k8s.replica-set",
                    &one.spec.template,
                    is_on,
                    world,
                ));
            }
        }
    }
    for sets in wholes.values() {
        records.extend(made_by_another(sets, world));
    }
    hand_over(records, out).await?;
    listed.complete(out)
}

/// What made these ReplicaSets: each is a version of it, and those without pods are past ones.
fn made_by_another(sets: &[&Controller], world: World<'_>) -> Vec<Record> {
    let runs = |set: &&&Controller| set.spec.replicas != Some(0);
    let is_on = sets.iter().any(|set| set.spec.replicas != Some(0));
    let latest = sets.iter().max_by_key(|set| set.metadata.creation_timestamp);
    let Some(shown) = sets.iter().find(runs).or(latest) else { return Vec::new() };
    let Some(maker) = shown.metadata.controller() else { return Vec::new() };
    parents::seen_by_its_pods(maker, &shown.metadata, &shown.spec.template, on(is_on), world)
}

/// The records of something that runs pods.
pub(crate) fn workload(
    meta: &Meta,
    plural: &str,
    type_name: &str,
    template: &Template,
    is_on: bool,
    world: World<'_>,
) -> Vec<Record> {
    let mut entity = Entity::new(meta.id(), Kind::Workload, type_name, meta.full_name());
    entity.aliases = world.cluster.aliases(&meta.namespace, plural, &meta.name);
    entity.created_at = meta.created_at();
    entity.enabled = Fact::Known(is_on);
    let id = entity.id.clone();
    let (entity, mut running) = running(entity, &meta.namespace, template, world);
    if parents::is_of_a_declared_agent(meta) {
        running.retain(|record| !is_guess(record));
    }
    let mut records = described(entity, meta, world.cluster);
    records.extend(part_of_controller(&id, meta));
    records.extend(running);
    records
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testcluster;
    use crate::defaults::Defaults;

    #[test]
    fn what_a_declared_agent_runs_in_is_a_part_of_it_and_no_second_agent() {
        let guessed_under = |kind: &str, version: &str| {
            let meta: Meta = serde_json::from_value(json!({
                "name": "support", "namespace": "ai", "uid": "d-1",
                "ownerReferences": [{"apiVersion": version, "kind": kind, "name": "support", "uid": "a-1", "controller": true}],
            }))
            .unwrap();
            let template: Template =
                serde_json::from_value(json!({"spec": {"containers": [{"env": [{"name": "OPENAI_API_KEY"}]}]}}))
                    .unwrap();
            let (cluster, defaults) = (testcluster(), Defaults::Unknown);
            let world = World { cluster: &cluster, defaults: &defaults };
            let records = workload(&meta, "deployments", "k8s.deployment", &template, true, world);
            let is_part = |record: &Record| matches!(record, Record::Link(link) if link.to.as_str() == "k8s:a-1");
            assert!(records.iter().any(is_part), "{records:?}");
            records.iter().filter(|record| matches!(record, Record::Entity(one) if one.kind == Kind::Agent)).count()
        };
        assert_eq!(guessed_under("Agent", "kagent.dev/v1alpha2"), 0);
        assert_eq!(guessed_under("Release", "example.com/v1"), 1);
    }
}
