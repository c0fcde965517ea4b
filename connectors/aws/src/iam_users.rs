//! `iam.users`: users, with the owners that their tags declare.
//!
//! A user has no switch of its own in AWS, so it is enabled while it exists. When it was last used comes from the
//! credential report; without the report that is denied, and the users are no less complete.

use std::sync::Arc;

use aws_sdk_iam::types::UserDetail;
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Record, Sink,
};

use crate::api::Calls;
use crate::authorization::{ACTION, pairs};
use crate::credential_report::{Report, report};
use crate::scopes::Place;
use crate::time::fact;

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (users, report) = tokio::join!(calls.account.authorization.users(calls), report(calls));
    // A report that is refused costs facts, not users; its own scope tells so. One that broke will be back tomorrow,
    // so what is missing today must not look like a change.
    if let Err(issue) = &report
        && issue.kind != IssueKind::Permission
    {
        out.issue(issue.clone());
    }
    users.replay(out, |user| normalize(user, &report, &calls.place, &calls.owner_keys)).await
}

fn normalize(
    user: &UserDetail,
    report: &Result<Arc<Report>, Issue>,
    place: &Place,
    owner_keys: &[String],
) -> Vec<Record> {
    let Some(id) = user.user_id() else { return Vec::new() };
    let id = format!("aws:{id}");
    let mut entity = Entity::new(id.as_str(), Kind::Identity, "aws.iam-user", user.user_name().unwrap_or_default());
    if let Some(arn) = user.arn() {
        entity = entity.alias(arn);
    }
    entity.created_at = fact(user.create_date());
    entity.enabled = Fact::Known(true);
    entity.expires_at = Fact::Known(None);
    // The report dates the use of passwords and access keys, and says nothing of SSH keys, certificates and
    // service-specific credentials; so each credential speaks for itself, and the user has no use of its own.
    if report.is_err() {
        entity.last_used_at = Fact::Denied;
        entity.use_tracked_since = Fact::Denied;
    }
    if !user.group_list().is_empty() {
        entity = entity.attribute("groups", user.group_list().to_vec());
    }
    let policies = policy_names(user);
    if !policies.is_empty() {
        entity = entity.attribute("policies", policies);
    }
    if let Some(boundary) = user.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()) {
        entity = entity.attribute("permissions_boundary", boundary);
    }
    let mut records = tagged(entity, pairs(user.tags()).collect::<Vec<_>>(), owner_keys);
    let account = place.account_id();
    records.push(Link::new(id.as_str(), LinkKind::PartOf, account.as_str(), Evidence::Proven, ACTION).into());
    records
}

fn policy_names(user: &UserDetail) -> Vec<String> {
    let attached = user.attached_managed_policies().iter().filter_map(|policy| policy.policy_name());
    let inline = user.user_policy_list().iter().filter_map(|policy| policy.policy_name());
    attached.chain(inline).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::Tag;
    use aws_smithy_types::DateTime;

    use super::*;

    fn place() -> Place {
        Place { partition: "aws".into(), account: "000000000000".into(), region: None }
    }

    fn user() -> UserDetail {
        UserDetail::builder()
            .user_id("AIDAEXAMPLE")
            .user_name("ci")
            .arn("arn:aws:iam::000000000000:user/ci")
            .create_date(DateTime::from_secs(1_700_000_000))
            .tags(Tag::builder().key("Owner").value("Ada@example.com").build().unwrap())
            .tags(Tag::builder().key("note").value("hunter2").build().unwrap())
            .build()
    }

    fn denied() -> Result<Arc<Report>, Issue> {
        Err(Issue::new(IssueKind::Permission, "iam:GenerateCredentialReport denied"))
    }

    #[test]
    fn a_user_without_a_report_was_not_unused_but_its_use_is_denied() {
        let records = normalize(&user(), &denied(), &place(), &["owner".to_owned()]);
        let Record::Entity(entity) = &records[0] else { panic!("{records:?}") };
        assert_eq!(entity.last_used_at, Fact::Denied);
        assert_eq!(entity.enabled, Fact::Known(true));
        assert_eq!(entity.id.as_str(), "aws:AIDAEXAMPLE");
    }

    #[test]
    fn a_tag_that_names_an_owner_is_a_link_and_no_other_tag_is_kept() {
        let records = normalize(&user(), &denied(), &place(), &["owner".to_owned()]);
        let Record::Link(link) = &records[1] else { panic!("{records:?}") };
        assert_eq!((link.kind, link.to.as_str()), (LinkKind::OwnedBy, "email:ada@example.com"));
        assert!(!format!("{records:?}").contains("hunter2"));
    }
}
