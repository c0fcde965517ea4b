//! `agent-sandbox.sandboxes`: sandboxes for agents, with the account that each runs as and the Secrets that it takes.
//!
//! The resources are a registry: what stands there is declared. <https://agent-sandbox.sigs.k8s.io>, looked at 2026-11-27.

use whosekey_sdk::{CollectError, Complete, Entity, Kind, Record, Sink};

use crate::api::Calls;
use crate::api::list::Extent;
use crate::markers::{is_guess, on};
use crate::owners::described;
use crate::parents::part_of_controller;
use crate::pod_spec::{World, running};
use crate::resources;
use crate::wire::agents::Sandbox;

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let normalize = |one: Sandbox| normalize(&one, world);
    calls.list(resources::SANDBOXES, Extent::Whole, normalize).await.into(out).await
}

fn normalize(sandbox: &Sandbox, world: World<'_>) -> Vec<Record> {
    let meta = &sandbox.metadata;
    let mut entity = Entity::new(meta.id(), Kind::Agent, "agent-sandbox.sandbox", meta.full_name())
        .attribute("component", "orchestrator")
        .attribute("registry", "agent-sandbox");
    entity.aliases = world.cluster.aliases(&meta.namespace, "sandboxes", &meta.name);
    entity.created_at = meta.created_at();
    entity.enabled = on(sandbox.spec.replicas != Some(0) && meta.deletion_timestamp.is_none());
    let id = entity.id.clone();
    let (entity, running) = running(entity, &meta.namespace, &sandbox.spec.pod_template, world);
    let mut records = described(entity, meta, world.cluster);
    // What it is needs no guessing from signs.
    records.extend(running.into_iter().filter(|record| !is_guess(record)));
    records.extend(part_of_controller(&id, meta));
    records
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whosekey_sdk::LinkKind;

    use super::*;
    use crate::cluster::testcluster;
    use crate::defaults::Defaults;

    #[test]
    fn a_sandbox_is_an_agent_with_its_account_and_its_maker() {
        let sandbox: Sandbox = serde_json::from_value(json!({
            "metadata": {
                "name": "s", "namespace": "ai", "uid": "s-1", "labels": {"agents.x-k8s.io/created-by": "ada"},
                "ownerReferences": [{"apiVersion": "extensions.agents.x-k8s.io/v1alpha1", "kind": "SandboxClaim",
                                     "name": "c", "uid": "c-1", "controller": true}],
            },
            "spec": {"replicas": 0, "podTemplate": {"spec": {
                "serviceAccountName": "runner", "containers": [{"env": [{"name": "OPENAI_API_KEY"}]}],
            }}},
        }))
        .unwrap();
        let (cluster, defaults) = (testcluster(), Defaults::Unknown);
        let records = normalize(&sandbox, World { cluster: &cluster, defaults: &defaults });
        let Record::Entity(entity) = &records[0] else { panic!("{records:?}") };
        assert_eq!(entity.enabled.known(), Some(&false));
        assert_eq!(records.iter().filter(|record| matches!(record, Record::Entity(_))).count(), 1);
        let ends: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::Link(link) => Some((link.kind, link.to.as_str())),
                _ => None,
            })
            .collect();
        assert!(ends.contains(&(LinkKind::OwnedBy, "owner:ada")), "{ends:?}");
        assert!(ends.contains(&(LinkKind::PartOf, "k8s:c-1")), "{ends:?}");
        assert!(ends.contains(&(LinkKind::RunsAs, "k8s://prod/ai/serviceaccounts/runner")), "{ends:?}");
    }
}
