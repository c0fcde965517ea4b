//! `pods`: those that nobody made, and the makers that are known by their pods alone.
//!
//! A pod of a Deployment, a Job and the like is its maker's.

use std::collections::BTreeMap;

use whosekey_sdk::{CollectError, Complete, Record, Sink};

use crate::api::Calls;
use crate::api::list::{Extent, hand_over};
use crate::markers::on;
use crate::parents;
use crate::pod_spec::World;
use crate::resources;
use crate::wire::meta::Meta;
use crate::wire::workload::{Pod, Template, TemplateMeta};
use crate::workloads::workload;

/// A pod whose records are not yet made, or those of one that stands for itself.
enum Kept {
    Records(Vec<Record>),
    MadeByAnother(Box<Made>),
}

/// A pod of a maker that no other kind lists.
struct Made {
    meta: Meta,
    template: Template,
    is_on: bool,
}

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let listed = calls.list(resources::PODS, Extent::Whole, |pod: Pod| keep(pod, world)).await;
    let mut records = Vec::new();
    let mut makers: BTreeMap<&str, &Made> = BTreeMap::new();
    for kept in listed.seen() {
        match kept {
            Kept::Records(some) => records.extend(some.iter().cloned()),
            Kept::MadeByAnother(made) => {
                let Some(maker) = made.meta.controller() else { continue };
                let known = makers.entry(maker.uid.as_str()).or_insert(made);
                // A pod that runs tells more of its maker than one that has ended; among equals the name decides.
                if (made.is_on, &known.meta.name) > (known.is_on, &made.meta.name) {
                    *known = made;
                }
            }
        }
    }
    for made in makers.values() {
        if let Some(maker) = made.meta.controller() {
            records.extend(parents::seen_by_its_pods(maker, &made.meta, &made.template, on(made.is_on), world));
        }
    }
    hand_over(records, out).await?;
    listed.complete(out)
}

fn keep(pod: Pod, world: World<'_>) -> Vec<Kept> {
    let is_on = !matches!(pod.status.phase.as_str(), "Succeeded" | "Failed");
    let labels = pod.metadata.labels.clone();
    let template = Template { metadata: TemplateMeta { labels }, spec: pod.spec };
    match pod.metadata.controller() {
        Some(maker) if parents::is_listed(maker) => Vec::new(),
        Some(maker) if !parents::is_node(maker) => {
            vec![Kept::MadeByAnother(Box::new(Made { meta: pod.metadata, template, is_on }))]
        }
        _ => vec![Kept::Records(workload(&pod.metadata, "pods", "k8s.pod", &template, is_on, world))],
    }
}
