//! `eks.clusters` and `eks.pod-identities`: clusters with their own roles, and the roles that pod identity gives to
//! service accounts.
//!
//! A cluster is named here as in AWS; a `kubernetes` source that gives it the same name meets it at the service
//! account's alias. Node groups show as EC2 instances; Fargate profiles are not looked at.

use std::collections::HashMap;

use aws_sdk_eks::types::{Cluster, ClusterStatus, PodIdentityAssociation};
use whosekey_sdk::listing::{each, whole};
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{CollectError, Complete, Evidence, Fact, Issue, Kind, Link, LinkKind, Next, Record, Sink};

use crate::api::Calls;
use crate::time::fact;
use crate::workload::{by_arn, runs_as};

const LIST: &str = "eks:ListClusters";
const DESCRIBE: &str = "eks:DescribeCluster";
const LIST_PODS: &str = "eks:ListPodIdentityAssociations";
const DESCRIBE_POD: &str = "eks:DescribePodIdentityAssociation";

/// Collects `eks.clusters`.
pub(crate) async fn collect_clusters(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (names, complete) = names(calls).await?;
    let eks = &calls.eks();
    let answers = each(calls.asked(names), |name| async move {
        calls.found(DESCRIBE, eks.describe_cluster().name(name).send().await)
    })
    .await;
    let found: Result<Vec<_>, Issue> = answers.into_iter().collect();
    let clusters = found?.into_iter().flatten().filter_map(|answer| answer.cluster);
    out.page(clusters.flat_map(|cluster| normalize_cluster(&cluster, &calls.owner_keys)).collect()).await?;
    Ok(complete)
}

/// Collects `eks.pod-identities`.
pub(crate) async fn collect_pod_identities(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (names, mut complete) = names(calls).await?;
    for name in calls.asked(&names) {
        complete = complete.and(collect_pods(calls, name, out).await?);
    }
    Ok(complete)
}

async fn names(calls: &Calls) -> Result<(Vec<String>, Complete), CollectError> {
    let eks = &calls.eks();
    whole(|token| async move {
        let answer = eks.list_clusters().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST, error))?;
        Ok((page.clusters.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await
}

async fn collect_pods(calls: &Calls, cluster: &str, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let eks = &calls.eks();
    let (summaries, complete) = whole(|token| async move {
        let answer = eks.list_pod_identity_associations().cluster_name(cluster).set_next_token(token).send().await;
        let Some(page) = calls.found(LIST_PODS, answer)? else { return Ok((Vec::new(), Next::End)) };
        Ok((page.associations.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await?;
    let ids = summaries.into_iter().filter_map(|summary| summary.association_id);
    let answers = each(calls.asked(ids), |id| async move {
        let call = eks.describe_pod_identity_association().cluster_name(cluster).association_id(id);
        calls.found(DESCRIBE_POD, call.send().await)
    })
    .await;
    let found: Result<Vec<_>, Issue> = answers.into_iter().collect();
    let associations = found?.into_iter().flatten().filter_map(|answer| answer.association);
    out.page(associations.flat_map(|association| normalize_pod(&association, &calls.owner_keys)).collect()).await?;
    Ok(complete)
}

fn normalize_cluster(cluster: &Cluster, owner_keys: &[String]) -> Vec<Record> {
    let Some(arn) = cluster.arn() else { return Vec::new() };
    let mut entity = by_arn(arn, Kind::Workload, "aws.eks-cluster", cluster.name().unwrap_or_default());
    entity.created_at = fact(cluster.created_at());
    entity.enabled = match cluster.status() {
        Some(ClusterStatus::Deleting | ClusterStatus::Failed) | None => Fact::NotExposed,
        Some(_) => Fact::Known(true),
    };
    if let Some(issuer) = cluster.identity().and_then(|identity| identity.oidc()).and_then(|oidc| oidc.issuer()) {
        entity = entity.attribute("oidc_issuer", issuer);
    }
    let id = entity.id.clone();
    let mut records = tagged(entity, pairs(cluster.tags()), owner_keys);
    records.extend(runs_as(&id, cluster.role_arn(), DESCRIBE));
    records
}

fn normalize_pod(association: &PodIdentityAssociation, owner_keys: &[String]) -> Vec<Record> {
    let (Some(arn), Some(cluster), Some(namespace), Some(account)) = (
        association.association_arn(),
        association.cluster_name(),
        association.namespace(),
        association.service_account(),
    ) else {
        return Vec::new();
    };
    let name = format!("{cluster}/{namespace}/{account}");
    let mut entity = by_arn(arn, Kind::Workload, "aws.eks-pod-identity", &name);
    entity.created_at = fact(association.created_at());
    entity.enabled = Fact::Known(true);
    let id = entity.id.clone();
    let mut records = tagged(entity, pairs(association.tags()), owner_keys);
    let service_account = format!("k8s://{cluster}/{namespace}/serviceaccounts/{account}");
    for role in [association.role_arn(), association.target_role_arn()].into_iter().flatten() {
        records.extend(runs_as(&id, Some(role), DESCRIBE_POD));
        let assumes = Link::new(service_account.as_str(), LinkKind::Assumes, role, Evidence::Proven, DESCRIBE_POD);
        records.push(assumes.into());
    }
    records
}

fn pairs(tags: Option<&HashMap<String, String>>) -> Vec<(&str, &str)> {
    let mut pairs: Vec<(&str, &str)> =
        tags.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_can_become_the_role_that_pod_identity_gives_it() {
        let association = PodIdentityAssociation::builder()
            .association_arn("arn:aws:eks:eu-west-1:000000000000:podidentityassociation/prod/a-1")
            .cluster_name("prod")
            .namespace("etl")
            .service_account("runner")
            .role_arn("arn:aws:iam::000000000000:role/etl")
            .build();
        let records = normalize_pod(&association, &[]);
        let Record::Link(link) = records.last().unwrap() else { panic!("{records:?}") };
        assert_eq!(link.from.as_str(), "k8s://prod/etl/serviceaccounts/runner");
        assert_eq!(link.kind, LinkKind::Assumes);
    }
}
