//! What pods are given to run with: the account that they run as, and the Secrets that they take.
//!
//! Values that stand in the manifest itself are not read. Of environment variables the names are kept.

use std::collections::{BTreeMap, BTreeSet};

use whosekey_sdk::{EndRef, Entity, EntityId, Evidence, Link, LinkKind, Record};

use crate::cluster::Cluster;
use crate::defaults::{DEFAULT, Defaults};
use crate::markers;
use crate::wire::workload::{Container, EnvVar, PodSpec, Template};

/// Names of environment variables that an attribute names; all are counted.
const NAMED_VARIABLES: usize = 50;

/// What the records of a workload are made with.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) defaults: &'a Defaults,
}

impl World<'_> {
    /// The end of a link that names a service account; nothing where it is a `default` account that can do nothing.
    pub(crate) fn account(&self, namespace: &str, name: Option<&str>) -> Option<String> {
        let name = name.filter(|name| !name.is_empty()).unwrap_or(DEFAULT);
        (name != DEFAULT || self.defaults.count_in(namespace))
            .then(|| self.cluster.object(namespace, "serviceaccounts", name))
    }

    /// The end of a link that names a Secret.
    pub(crate) fn secret(&self, namespace: &str, name: &str) -> EndRef {
        self.cluster.object(namespace, "secrets", name).into()
    }
}

/// The entity of what runs, with what it runs with.
pub(crate) fn running(
    mut entity: Entity,
    namespace: &str,
    template: &Template,
    world: World<'_>,
) -> (Entity, Vec<Record>) {
    let spec = &template.spec;
    let name = spec.service_account_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(DEFAULT);
    entity = entity.attribute("service_account", name);
    if !mounts_token(spec) {
        entity = entity.attribute("mounts_token", false);
    }
    let variables = variables(spec);
    if !variables.is_empty() {
        let shown: Vec<&str> = variables.iter().take(NAMED_VARIABLES).copied().collect();
        entity = entity.attribute("env_names", shown).attribute("env_count", variables.len());
    }
    let runs_as = world.account(namespace, spec.service_account_name.as_deref()).map(|account| {
        Link::new(&entity.id, LinkKind::RunsAs, account, Evidence::Proven, "spec.serviceAccountName").into()
    });
    let mut records: Vec<Record> = runs_as.into_iter().collect();
    records.extend(held(&entity.id, namespace, &taken(spec), world));
    records.extend(markers::agent(&entity, namespace, template, world));
    (entity, records)
}

/// `holds` links to Secrets, with how each is taken.
pub(crate) fn held(
    id: &EntityId,
    namespace: &str,
    taken: &BTreeMap<String, BTreeSet<String>>,
    world: World<'_>,
) -> Vec<Record> {
    let link = |(name, ways): (&String, &BTreeSet<String>)| {
        let because = ways.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        Link::new(id, LinkKind::Holds, world.secret(namespace, name), Evidence::Proven, because).into()
    };
    taken.iter().map(link).collect()
}

/// Whether a variable's value is a key of a Secret; and of which.
pub(crate) fn take_variables(variables: &[EnvVar], taken: &mut BTreeMap<String, BTreeSet<String>>) {
    for variable in variables {
        let Some(key) = variable.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref()) else { continue };
        if !key.name.is_empty() {
            taken.entry(key.name.clone()).or_default().insert(format!("env {} from key {}", variable.name, key.key));
        }
    }
}

fn taken(spec: &PodSpec) -> BTreeMap<String, BTreeSet<String>> {
    let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for container in containers(spec) {
        take_variables(&container.env, &mut taken);
        for from in container.env_from.iter().filter_map(|from| from.secret_ref.as_ref()) {
            taken.entry(from.name.clone()).or_default().insert("envFrom".to_owned());
        }
    }
    for volume in &spec.volumes {
        if let Some(secret) = &volume.secret {
            taken.entry(secret.secret_name.clone()).or_default().insert("volume".to_owned());
        }
        let projected = volume.projected.iter().flat_map(|projected| &projected.sources);
        for secret in projected.filter_map(|source| source.secret.as_ref()) {
            taken.entry(secret.name.clone()).or_default().insert("volume".to_owned());
        }
    }
    for secret in &spec.image_pull_secrets {
        taken.entry(secret.name.clone()).or_default().insert("imagePullSecrets".to_owned());
    }
    taken.remove("");
    taken
}

/// Whether pods get a token of their account; unless they say no, they do, if the account does not.
fn mounts_token(spec: &PodSpec) -> bool {
    let is_projected = |volume: &crate::wire::workload::Volume| {
        volume.projected.iter().flat_map(|one| &one.sources).any(|source| source.service_account_token.is_some())
    };
    spec.automount_service_account_token != Some(false) || spec.volumes.iter().any(is_projected)
}

pub(crate) fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers)
}

/// The names of all environment variables, each once.
pub(crate) fn variables(spec: &PodSpec) -> Vec<&str> {
    let names: BTreeSet<&str> =
        containers(spec).flat_map(|container| &container.env).map(|variable| variable.name.as_str()).collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whosekey_sdk::Kind;

    use super::*;
    use crate::cluster::testcluster;

    fn links(spec: &serde_json::Value) -> Vec<(LinkKind, String, String)> {
        let template: Template = serde_json::from_value(json!({"spec": spec})).unwrap();
        let (cluster, defaults) = (testcluster(), Defaults::Known(["bound".to_owned()].into()));
        let entity = Entity::new("k8s:1", Kind::Workload, "k8s.deployment", "shop/web");
        let namespace = spec["namespace"].as_str().unwrap_or("shop");
        let world = World { cluster: &cluster, defaults: &defaults };
        let (_, records) = running(entity, namespace, &template, world);
        let of_link = |record: Record| match record {
            Record::Link(link) => Some((link.kind, link.to.to_string(), link.because)),
            _ => None,
        };
        records.into_iter().filter_map(of_link).collect()
    }

    #[test]
    fn secrets_are_held_by_whatever_way_they_are_taken() {
        let found = links(&json!({
            "serviceAccountName": "web",
            "containers": [{
                "env": [
                    {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    {"name": "PLAIN", "value": "hunter2"},
                ],
                "envFrom": [{"secretRef": {"name": "stripe"}}, {"configMapRef": {"name": "c"}}],
            }],
            "initContainers": [{"env": [{"name": "U", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user"}}}]}],
            "volumes": [{"secret": {"secretName": "tls"}}, {"projected": {"sources": [{"secret": {"name": "p"}}]}}],
            "imagePullSecrets": [{"name": "registry"}],
        }));
        let held: Vec<_> = found.iter().filter(|(kind, ..)| *kind == LinkKind::Holds).collect();
        let names: Vec<_> = held.iter().map(|(_, to, _)| to.rsplit('/').next().unwrap()).collect();
        assert_eq!(names, ["db", "p", "registry", "stripe", "tls"]);
        assert_eq!(held[0].2, "env DB_PASSWORD from key password, env U from key user");
        assert_eq!(found[0].1, "k8s://prod/shop/serviceaccounts/web");
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn the_default_account_is_run_as_where_it_can_do_something() {
        assert!(links(&json!({"containers": []})).is_empty());
        let bound = links(&json!({"containers": [], "namespace": "bound"}));
        assert_eq!(bound[0].1, "k8s://prod/bound/serviceaccounts/default");
    }
}
