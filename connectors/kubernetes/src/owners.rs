//! What labels and annotations say: who answers for a thing, and in which environment it is.
//!
//! Of the others nothing is kept: they are free text, and people put secrets there. `app.kubernetes.io/managed-by` and its
//! like name a tool, not an owner.

use whosekey_sdk::owner_evidence::{owner_ref, role_of_key};
use whosekey_sdk::tags::environment;
use whosekey_sdk::{EndRef, Entity, EntityId, Evidence, Link, LinkKind, OwnerRole, Record};

use crate::cluster::Cluster;
use crate::wire::meta::{Meta, Notes};

/// The id of a component in Backstage's catalog, which has its owner.
const BACKSTAGE_ID: &str = "backstage.io/kubernetes-id";

/// The entity with its environment and the time of its deletion, the owners that it declares, and the namespace that it
/// lives and dies with.
pub(crate) fn described(mut entity: Entity, meta: &Meta, cluster: &Cluster) -> Vec<Record> {
    if let Some(environment) = environment(plain(&meta.labels).chain(plain(&meta.annotations))) {
        entity = entity.attribute("environment", environment);
    }
    if let Some(at) = meta.deletion_timestamp {
        entity = entity.attribute("deleting_since", at.to_string());
    }
    let mut links = owners(&entity.id, meta, &cluster.owner_keys);
    if !meta.namespace.is_empty() {
        let to = cluster.namespace(&meta.namespace);
        links.push(Link::new(&entity.id, LinkKind::PartOf, to, Evidence::Proven, "metadata.namespace"));
    }
    std::iter::once(entity.into()).chain(links.into_iter().map(Record::from)).collect()
}

/// Whom labels and annotations name.
pub(crate) fn owners(id: &EntityId, meta: &Meta, keys: &[String]) -> Vec<Link> {
    let labels = meta.labels.iter().map(|(key, value)| ("label", key, value));
    let annotations = meta.annotations.iter().map(|(key, value)| ("annotation", key, value));
    let mut links: Vec<Link> = labels
        .chain(annotations)
        .filter_map(|(what, key, value)| {
            let because = format!("{what} {key}");
            if key == BACKSTAGE_ID {
                let component = EndRef::from(format!("backstage:component/{}", value.trim().to_lowercase()));
                let link = Link::new(id, LinkKind::OwnedBy, component, Evidence::Declared, because);
                return (!value.trim().is_empty()).then(|| link.role(OwnerRole::Owner));
            }
            let word = owner_key(key, keys)?;
            let to = owner_ref(without_catalog(value))?;
            Some(Link::new(id, LinkKind::OwnedBy, to, Evidence::Declared, because).role(role_of_key(word)))
        })
        .collect();
    links.dedup_by(|later, first| later.to == first.to && later.role == first.role);
    links
}

/// The part of a key that names an owner: `team` of `acme.example/team`. Kubernetes' own keys never do.
fn owner_key<'k>(key: &'k str, keys: &[String]) -> Option<&'k str> {
    let (prefix, word) = key.rsplit_once('/').unwrap_or(("", key));
    let is_kubernetes = ["kubernetes.io", "k8s.io"]
        .iter()
        .any(|own| prefix.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    let is_known = keys.iter().any(|known| known.eq_ignore_ascii_case(word) || known.eq_ignore_ascii_case(key));
    (is_known && !is_kubernetes).then_some(word)
}

/// `platform` of Backstage's `group:default/platform`.
fn without_catalog(value: &str) -> &str {
    match value.trim().split_once(':') {
        Some(("group" | "user", name)) => name.rsplit('/').next().unwrap_or(name),
        _ => value,
    }
}

/// Keys without their prefix.
fn plain(notes: &Notes) -> impl Iterator<Item = (&str, &str)> + Clone {
    notes.iter().map(|(key, value)| (key.rsplit('/').next().unwrap_or(key), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whosekey_sdk::owner_evidence::owner_keys;

    use super::*;

    fn named(notes: &serde_json::Value) -> Vec<(String, String)> {
        let keys = owner_keys(None);
        let meta: Meta = serde_json::from_value(json!({"name": "a", "uid": "1", "annotations": notes})).unwrap();
        owners(&"k8s:1".into(), &meta, &keys).into_iter().map(|link| (link.to.to_string(), link.because)).collect()
    }

    #[test]
    fn owners_are_named_with_and_without_a_prefix() {
        let annotation = |key: &str| format!("annotation {key}");
        assert_eq!(
            named(&json!({"owner": "Ada@Example.com"})),
            [("email:ada@example.com".into(), annotation("owner"))]
        );
        let key = "acme.example/team";
        assert_eq!(named(&json!({key: "platform"})), [("owner:platform".into(), annotation(key))]);
        let key = "backstage.io/owner";
        assert_eq!(named(&json!({key: "group:default/payments"})), [("owner:payments".into(), annotation(key))]);
        assert_eq!(named(&json!({BACKSTAGE_ID: "Shop"}))[0].0, "backstage:component/shop");
    }

    #[test]
    fn what_kubernetes_and_its_tools_write_names_no_owner() {
        let notes = json!({
            "app.kubernetes.io/managed-by": "helm", "app.kubernetes.io/owner": "ada", "app.kubernetes.io/created-by": "x",
            "meta.helm.sh/release-name": "shop", "kubernetes.io/created-by": "y", "owner": " ", "k8s.io/team": "z",
        });
        assert_eq!(named(&notes), []);
    }
}
