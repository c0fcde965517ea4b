//! Owner references, up to what controls a thing.
//!
//! Pods and the like are many and short-lived; what made them is the workload. Kinds that are listed here speak for
//! themselves. Of other kinds (a workflow, a rollout, a sandbox) the maker is known by the pods that it made, for as long as
//! there are any.

use whosekey_sdk::{Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, Record};

use crate::owners::described;
use crate::pod_spec::{World, running};
use crate::resources::{APPS, BATCH, KAGENT, SANDBOX};
use crate::wire::meta::{Meta, OwnerReference};
use crate::wire::workload::Template;

/// Whether a maker has a listing of its own.
pub(crate) fn is_listed(maker: &OwnerReference) -> bool {
    let is_workload = matches!(
        (group(maker), maker.kind.as_str()),
        (APPS, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | (BATCH, "Job" | "CronJob")
    );
    is_workload || is_declared_agent(maker)
}

/// Whether a maker is an agent that a custom resource declares.
fn is_declared_agent(maker: &OwnerReference) -> bool {
    matches!(
        (group(maker), maker.kind.as_str()),
        (KAGENT, "Agent" | "SandboxAgent" | "AgentHarness") | (SANDBOX, "Sandbox")
    )
}

/// Whether what runs belongs to an agent that is declared, so that it needs no guessing from signs.
pub(crate) fn is_of_a_declared_agent(meta: &Meta) -> bool {
    meta.controller().is_some_and(is_declared_agent)
}

fn group(maker: &OwnerReference) -> &str {
    maker.api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Whether a maker is none: a node keeps a picture of each pod that it was told to run by a file.
pub(crate) fn is_node(maker: &OwnerReference) -> bool {
    maker.kind == "Node"
}

/// That a thing lives and dies with what controls it.
pub(crate) fn part_of_controller(id: &EntityId, meta: &Meta) -> Option<Record> {
    let maker = meta.controller()?;
    let because = format!("metadata.ownerReferences: {} {}", maker.kind, maker.name);
    Some(Link::new(id, LinkKind::PartOf, format!("k8s:{}", maker.uid), Evidence::Proven, because).into())
}

/// A maker that nothing lists, as far as what it made tells of it.
pub(crate) fn seen_by_its_pods(
    maker: &OwnerReference,
    made: &Meta,
    template: &Template,
    enabled: Fact<bool>,
    world: World<'_>,
) -> Vec<Record> {
    let name = format!("{}/{}", made.namespace, maker.name);
    let mut entity =
        Entity::new(format!("k8s:{}", maker.uid), Kind::Workload, format!("k8s.{}", maker.kind.to_lowercase()), name);
    entity.enabled = enabled;
    let (entity, running) = running(entity, &made.namespace, template, world);
    // What is written on the pods comes from their maker.
    let mut records = described(entity, made, world.cluster);
    records.extend(running);
    records
}
