//! `secrets`: tokens that stand in Secrets, and Secrets that workloads take, by their metadata alone.
//!
//! RBAC has no right to metadata alone, so the right to list Secrets is the right to read them; the scope is there only when
//! the configuration asks for it. A token's use is written on its Secret, by the day, since the day that a ConfigMap names.
//! Before Kubernetes 1.26 it was not.
//! <https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-tracking-controller>,
//! looked at 2026-11-27.

use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Record, Sink, Timestamp,
};

use crate::api::list::Extent;
use crate::api::{Call, Calls, get};
use crate::cluster::Cluster;
use crate::owners::described;
use crate::resources;
use crate::wire::list::ConfigMap;
use crate::wire::meta::{Bare, Meta};

const TOKENS: &str = "type=kubernetes.io/service-account-token";
/// Helm keeps the history of its releases in Secrets; they are no credentials.
const OTHERS: &str = "type!=kubernetes.io/service-account-token,type!=helm.sh/release.v1";

const LAST_USED: &str = "kubernetes.io/legacy-token-last-used";
const INVALID_SINCE: &str = "kubernetes.io/legacy-token-invalid-since";
const ACCOUNT_UID: &str = "kubernetes.io/service-account.uid";
const ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";

const TRACKING: Call<'static> = Call { permission: "get configmaps", namespace: Some("kube-system") };
const TRACKING_PATH: &str =
    "/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let tracking = tracking(calls, out).await?;
    let token = |one: Bare| token(&one.metadata, &calls.cluster, tracking);
    let tokens = calls.list(resources::SECRETS, Extent::MetadataAlone(TOKENS), token).await;
    let complete = tokens.into(out).await?;
    let other = |one: Bare| other(&one.metadata, &calls.cluster);
    let others = calls.list(resources::SECRETS, Extent::MetadataAlone(OTHERS), other).await;
    Ok(complete.and(others.into(out).await?))
}

/// Since when use is written down: known, told to nobody here, or refused to us.
async fn tracking(calls: &Calls, out: &mut dyn Sink) -> Result<Fact<Timestamp>, CollectError> {
    match get::<ConfigMap>(&calls.http, TRACKING, TRACKING_PATH).await {
        Ok(None) => Ok(Fact::NotExposed),
        Ok(Some(map)) => match map.data.since.as_deref().map(day) {
            Some(Some(since)) => Ok(Fact::Known(since)),
            Some(None) => {
                let message = "get configmaps in namespace kube-system: the start of tracking is no day";
                out.issue(Issue::new(IssueKind::Parse, message));
                Ok(Fact::NotExposed)
            }
            None => Ok(Fact::NotExposed),
        },
        Err(issue) if issue.kind == IssueKind::Permission => {
            out.issue(issue);
            Ok(Fact::Denied)
        }
        Err(issue) => Err(issue.into()),
    }
}

/// The first moment of a day such as `2026-11-20`.
fn day(text: &str) -> Option<Timestamp> {
    format!("{}T00:00:00Z", text.trim()).parse().ok()
}

fn token(meta: &Meta, cluster: &Cluster, tracking: Fact<Timestamp>) -> Vec<Record> {
    let mut entity = secret(meta, cluster, "k8s.service-account-token");
    entity.expires_at = Fact::Known(None);
    entity.use_tracked_since = tracking;
    entity.last_used_at = match (meta.labels.get(LAST_USED).map(day), tracking) {
        (Some(Some(at)), _) => Fact::Known(Some(at)),
        // A label that is no day says that it was used, and not when.
        (Some(None), _) => Fact::NotExposed,
        (None, Fact::Known(_)) => Fact::Known(None),
        (None, Fact::NotExposed) => Fact::NotExposed,
        (None, Fact::Denied) => Fact::Denied,
    };
    let invalid_since = meta.labels.get(INVALID_SINCE);
    entity.enabled = Fact::Known(invalid_since.is_none());
    if let Some(day) = invalid_since {
        entity = entity.attribute("invalid_since", day);
    }
    let id = entity.id.clone();
    let mut records = described(entity, meta, cluster);
    let account = match (meta.annotations.get(ACCOUNT_UID), meta.annotations.get(ACCOUNT_NAME)) {
        (Some(uid), _) => Some((format!("k8s:{uid}"), ACCOUNT_UID)),
        (None, Some(name)) => Some((cluster.object(&meta.namespace, "serviceaccounts", name), ACCOUNT_NAME)),
        (None, None) => None,
    };
    records.extend(account.map(|(to, key)| {
        Link::new(&id, LinkKind::AuthenticatesAs, to, Evidence::Proven, format!("annotation {key}")).into()
    }));
    records
}

fn other(meta: &Meta, cluster: &Cluster) -> Vec<Record> {
    let mut entity = secret(meta, cluster, "k8s.secret");
    // What is in a Secret changes without the Secret being made anew, so its age is not that of the credential.
    if let Fact::Known(at) = std::mem::take(&mut entity.created_at) {
        entity = entity.attribute("object_created_at", at.to_string());
    }
    described(entity, meta, cluster)
}

fn secret(meta: &Meta, cluster: &Cluster, type_name: &str) -> Entity {
    let mut entity = Entity::new(meta.id(), Kind::Credential, type_name, meta.full_name());
    entity.aliases = cluster.aliases(&meta.namespace, "secrets", &meta.name);
    entity.created_at = meta.created_at();
    entity
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testcluster;

    fn made(labels: &serde_json::Value, tracking: Fact<Timestamp>) -> Entity {
        let meta = json!({
            "name": "bot-token", "namespace": "shop", "uid": "t-1", "labels": labels,
            "annotations": {ACCOUNT_UID: "u-1", ACCOUNT_NAME: "bot"},
        });
        let mut records = token(&serde_json::from_value(meta).unwrap(), &testcluster(), tracking);
        match records.remove(0) {
            Record::Entity(entity) => *entity,
            other => panic!("{other:?}"),
        }
    }

    fn since() -> Fact<Timestamp> {
        Fact::Known("2025-01-10T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_label_tells_the_day_of_the_last_use() {
        let used = made(&json!({LAST_USED: "2026-11-20"}), since());
        assert_eq!(used.last_used_at, Fact::Known(Some("2026-11-20T00:00:00Z".parse().unwrap())));
        assert_eq!(used.use_tracked_since, since());
    }

    #[test]
    fn no_label_is_never_used_only_since_tracking_began() {
        assert_eq!(made(&json!({}), since()).last_used_at, Fact::Known(None));
        assert_eq!(made(&json!({}), Fact::NotExposed).last_used_at, Fact::NotExposed);
        assert_eq!(made(&json!({}), Fact::Denied).last_used_at, Fact::Denied);
        assert_eq!(made(&json!({LAST_USED: "lately"}), since()).last_used_at, Fact::NotExposed);
    }

    #[test]
    fn a_token_that_was_made_invalid_is_off() {
        assert_eq!(made(&json!({INVALID_SINCE: "2026-01-01"}), since()).enabled, Fact::Known(false));
        assert_eq!(made(&json!({}), since()).enabled, Fact::Known(true));
    }
}
