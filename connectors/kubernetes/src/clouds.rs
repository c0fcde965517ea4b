//! What a service account becomes in a cloud, by the annotations that the clouds' own webhooks read.
//!
//! The account's side only says whom it wants to become. Whether the cloud lets it is told by the cloud's trust, which names
//! the account by the cluster's issuer.

use whosekey_sdk::{Alias, EndRef, EntityId, Evidence, Link, LinkKind};

use crate::wire::meta::Meta;

/// <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>, looked at 2026-11-27.
const EKS: &str = "eks.amazonaws.com/role-arn";
/// <https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity>, looked at 2026-11-27.
const GKE: &str = "iam.gke.io/gcp-service-account";
/// <https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html>, looked at
/// 2026-11-27.
const AKS: &str = "azure.workload.identity/client-id";

/// The `assumes` links of an account.
pub(crate) fn links(id: &EntityId, meta: &Meta) -> Vec<Link> {
    let named = [EKS, GKE, AKS].into_iter().filter_map(|key| Some((key, identity(key, meta)?)));
    named
        .map(|(key, to)| Link::new(id, LinkKind::Assumes, to, Evidence::Declared, format!("annotation {key}")))
        .collect()
}

/// Whether a cloud gives the account an identity.
pub(crate) fn is_linked(meta: &Meta) -> bool {
    [EKS, GKE, AKS].into_iter().any(|key| identity(key, meta).is_some())
}

fn identity(key: &str, meta: &Meta) -> Option<EndRef> {
    let value = meta.annotations.get(key)?.trim();
    match key {
        _ if value.is_empty() => None,
        EKS => value.starts_with("arn:").then(|| EndRef::from(value)),
        GKE => value.contains('@').then(|| Alias::email(value).into()),
        _ => Some(EndRef::from(format!("entra:app/{}", value.to_lowercase()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ends(annotations: &serde_json::Value) -> Vec<String> {
        let meta: Meta = serde_json::from_value(json!({"name": "a", "uid": "1", "annotations": annotations})).unwrap();
        assert_eq!(is_linked(&meta), !links(&"k8s:1".into(), &meta).is_empty());
        links(&"k8s:1".into(), &meta).into_iter().map(|link| link.to.to_string()).collect()
    }

    #[test]
    fn each_cloud_is_named_as_its_own_connector_names_it() {
        let role = "arn:aws:iam::000000000000:role/etl";
        assert_eq!(ends(&json!({EKS: role})), [role]);
        let email = "etl@acme.iam.gserviceaccount.com";
        assert_eq!(ends(&json!({GKE: email})), [format!("email:{email}")]);
        let client = "0A1B2C3D-0000-0000-0000-000000000000";
        assert_eq!(ends(&json!({AKS: client})), ["entra:app/0a1b2c3d-0000-0000-0000-000000000000"]);
    }

    #[test]
    fn what_names_no_identity_makes_no_link() {
        assert!(ends(&json!({EKS: "", GKE: "none", "owner": "ada"})).is_empty());
    }
}
