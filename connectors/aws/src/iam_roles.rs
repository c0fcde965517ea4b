//! `iam.roles`: roles, whom they trust, and when they were last used.
//!
//! `RoleLastUsed` tells the trailing 400 days. Its absence means "not in that time", so it is told together with since
//! when use would have been seen, and never as "never". It counts calls that were denied as use: the role was tried.

use aws_sdk_iam::types::RoleDetail;
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Record, Sink, Timestamp,
};

use crate::api::Calls;
use crate::authorization::{ACTION, decoded, pairs};
use crate::policy::Trust;
use crate::scopes::Place;
use crate::time::{fact, roles_tracked_since, timestamp};
use crate::trust;

/// Roles under this path belong to an AWS service, which alone can use them and alone can delete them.
const SERVICE_LINKED_PATH: &str = "/aws-service-role/";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let roles = calls.account.authorization.roles(calls).await;
    for role in roles.seen().filter(|role| trust_of(role).is_none()) {
        // Without its trust policy a role looks as if nobody could become it.
        let name = role.role_name().unwrap_or_default();
        let message = format!("the trust policy of role {name} in {} is not understood", calls.place);
        out.issue(Issue::new(IssueKind::Parse, message));
    }
    roles.replay(out, |role| normalize(role, &calls.place, &calls.owner_keys, calls.now)).await
}

fn trust_of(role: &RoleDetail) -> Option<Trust> {
    Trust::parse(&decoded(role.assume_role_policy_document()?)).ok()
}

fn normalize(role: &RoleDetail, place: &Place, owner_keys: &[String], now: Timestamp) -> Vec<Record> {
    let Some(id) = role.role_id() else { return Vec::new() };
    let id = format!("aws:{id}");
    let mut entity = Entity::new(id.as_str(), Kind::Identity, "aws.iam-role", role.role_name().unwrap_or_default());
    if let Some(arn) = role.arn() {
        entity = entity.alias(arn);
    }
    // What runs on an instance knows the profile, not the role; a profile has exactly one role and no other use.
    for profile in role.instance_profile_list() {
        entity = entity.alias(profile.arn());
    }
    entity.created_at = fact(role.create_date());
    entity.enabled = Fact::Known(true);
    entity.expires_at = Fact::Known(None);
    let last_used = role.role_last_used();
    entity.last_used_at = Fact::Known(last_used.and_then(|used| used.last_used_date()).map(timestamp));
    let tracked = roles_tracked_since(now);
    entity.use_tracked_since = Fact::Known(entity.created_at.known().map_or(tracked, |&created| tracked.max(created)));
    let service_linked = role.path().is_some_and(|path| path.starts_with(SERVICE_LINKED_PATH));
    if service_linked {
        entity = entity.attribute("service_linked", true);
    }
    let policies = policy_names(role);
    if !policies.is_empty() {
        entity = entity.attribute("policies", policies);
    }
    if let Some(boundary) = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()) {
        entity = entity.attribute("permissions_boundary", boundary);
    }
    let trust = trust_of(role).unwrap_or_default();
    let services = trust::services(&trust);
    if !services.is_empty() {
        entity = entity.attribute("trusted_services", services);
    }
    let mut records = tagged(entity, pairs(role.tags()).collect::<Vec<_>>(), owner_keys);
    let account = place.account_id();
    records.push(Link::new(id.as_str(), LinkKind::PartOf, account.as_str(), Evidence::Proven, ACTION).into());
    if !service_linked {
        records.extend(trust::links(&id.as_str().into(), &trust, place).into_iter().map(Record::from));
    }
    records
}

fn policy_names(role: &RoleDetail) -> Vec<String> {
    let attached = role.attached_managed_policies().iter().filter_map(|policy| policy.policy_name());
    let inline = role.role_policy_list().iter().filter_map(|policy| policy.policy_name());
    attached.chain(inline).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::RoleLastUsed;
    use aws_smithy_types::DateTime;

    use super::*;

    const NOW: &str = "2026-11-24T12:00:00Z";

    fn role(created_secs: i64, last_used: Option<RoleLastUsed>, trust: &str) -> Entity {
        let role = RoleDetail::builder()
            .role_id("AROAEXAMPLE")
            .role_name("deploy")
            .arn("arn:aws:iam::000000000000:role/deploy")
            .create_date(DateTime::from_secs(created_secs))
            .set_role_last_used(last_used)
            .assume_role_policy_document(trust)
            .build();
        let place = Place { partition: "aws".into(), account: "000000000000".into(), region: None };
        match normalize(&role, &place, &[], NOW.parse().unwrap()).remove(0) {
            Record::Entity(entity) => *entity,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_last_use_means_not_in_400_days_and_says_since_when_it_would_have_been_seen() {
        for last_used in [None, Some(RoleLastUsed::builder().build())] {
            let entity = role(1_400_000_000, last_used, "");
            assert_eq!(entity.last_used_at, Fact::Known(None));
            let tracked = *entity.use_tracked_since.known().unwrap();
            assert_eq!(tracked.to_string(), "2025-10-21T00:00:00Z");
            assert!(tracked > *entity.created_at.known().unwrap(), "so it is never told as never used");
        }
    }

    #[test]
    fn a_young_role_is_watched_since_it_was_made() {
        let entity = role(1_790_000_000, None, "");
        assert_eq!(entity.use_tracked_since, entity.created_at);
    }

    #[test]
    fn a_last_use_is_told() {
        let used =
            RoleLastUsed::builder().last_used_date(DateTime::from_secs(1_780_000_000)).region("eu-west-1").build();
        assert_eq!(
            role(1_400_000_000, Some(used), "").last_used_at,
            Fact::Known(Some(Timestamp::from_secs(1_780_000_000)))
        );
    }

    #[test]
    fn services_are_told_as_an_attribute_too() {
        let trust = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22\
                     lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
        let entity = role(1_400_000_000, None, trust);
        assert_eq!(entity.attributes["trusted_services"], serde_json::json!(["lambda.amazonaws.com"]));
    }
}
