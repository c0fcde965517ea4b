//! `serviceaccounts`: the identities of a cluster, who answers for them, and whom they become in a cloud.
//!
//! An account has no switch: it is on as long as it is there. When it was last used stands in the audit log alone, so it is
//! not exposed here, and who uses it from outside the cluster is seen nowhere.

use whosekey_sdk::{CollectError, Complete, Entity, Fact, Kind, Record, Sink};

use crate::access::Account;
use crate::api::Calls;
use crate::api::list::{Extent, hand_over};
use crate::cluster::Cluster;
use crate::wire::meta::{Bare, Meta};
use crate::{clouds, owners, resources};

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let own;
    let listed = match &calls.namespace {
        None => calls.cluster.accounts(calls).await,
        Some(_) => {
            own = calls.list(resources::SERVICE_ACCOUNTS, Extent::Whole, |one: Bare| vec![one]).await;
            &own
        }
    };
    let platform = &calls.cluster.run_by_the_platform(calls).await;
    let records = listed.seen().iter().flat_map(|one| normalize(&one.metadata, &calls.cluster, platform)).collect();
    hand_over(records, out).await?;
    listed.complete(out)
}

/// The records of one account; `platform` are those that the cluster runs for itself.
fn normalize(meta: &Meta, cluster: &Cluster, platform: &[Account]) -> Vec<Record> {
    let mut entity = Entity::new(meta.id(), Kind::Identity, "k8s.service-account", meta.full_name());
    entity.aliases = cluster.aliases(&meta.namespace, "serviceaccounts", &meta.name);
    if let Some(issuer) = &cluster.issuer {
        entity = entity.alias(format!("oidc:{issuer}#system:serviceaccount:{}:{}", meta.namespace, meta.name));
    }
    entity.created_at = meta.created_at();
    entity.enabled = Fact::Known(true);
    // A token may be used from outside the cluster, by what no listing of it shows.
    entity = entity.attribute("consumers", "not_exposed");
    if platform.iter().any(|(namespace, name)| *namespace == meta.namespace && *name == meta.name) {
        entity = entity.attribute("service_linked", true);
    }
    let clouds = clouds::links(&entity.id, meta);
    let mut records = owners::described(entity, meta, cluster);
    records.extend(clouds.into_iter().map(Record::from));
    records
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whosekey_sdk::LinkKind;

    use super::*;
    use crate::cluster::testcluster;

    fn records(meta: &serde_json::Value) -> (Entity, Vec<(LinkKind, String)>) {
        let meta: Meta = serde_json::from_value(meta.clone()).unwrap();
        let mut entity = None;
        let mut links = Vec::new();
        for record in normalize(&meta, &testcluster(), &[]) {
            match record {
                Record::Entity(one) => entity = Some(*one),
                Record::Link(link) => links.push((link.kind, link.to.to_string())),
                Record::Activity(_) => panic!("nobody tells of use"),
            }
        }
        (entity.unwrap(), links)
    }

    #[test]
    fn an_account_goes_by_every_name_that_others_know_it_by() {
        let (entity, links) = records(&json!({
            "name": "bot", "namespace": "shop", "uid": "u-1", "creationTimestamp": "2026-01-02T03:04:05Z",
            "labels": {"team": "platform"},
        }));
        assert_eq!(entity.id.as_str(), "k8s:u-1");
        assert_eq!(entity.name, "shop/bot");
        let aliases: Vec<_> = entity.aliases.iter().map(|alias| alias.as_str()).collect();
        assert_eq!(
            aliases,
            [
                "k8s://prod/shop/serviceaccounts/bot",
                "k8s://6f4b0969-8424-4687-a930-67b38c7dba91/shop/serviceaccounts/bot",
                "oidc:https://issuer.example.com#system:serviceaccount:shop:bot"
            ]
        );
        assert_eq!(entity.created_at.known().unwrap().to_string(), "2026-01-02T03:04:05Z");
        assert!(entity.last_used_at.is_not_exposed());
        let owner = (LinkKind::OwnedBy, "owner:platform".to_owned());
        assert_eq!(links, [owner, (LinkKind::PartOf, "k8s://prod/namespaces/shop".to_owned())]);
    }
}
