//! `iam:GetAccountAuthorizationDetails`: users, roles, groups and policies in bulk.
//!
//! Several scopes read the same answer: `iam.users` and `iam.roles` what exists, `iam.access` what it may do, and the
//! credentials' scopes to whom they belong. Each part is listed once in a scan, by its own filter, and kept as the
//! pages came, so that a break in the list of roles makes the users no less complete.

use std::collections::HashMap;

use aws_sdk_iam::types::{EntityType, GroupDetail, ManagedPolicyDetail, RoleDetail, Tag, UserDetail};
use tokio::sync::OnceCell;
use whosekey_sdk::listing::Recorded;
use whosekey_sdk::{CollectError, Issue, Next};

use crate::api::Calls;

/// The permission that all of it needs.
pub(crate) const ACTION: &str = "iam:GetAccountAuthorizationDetails";
/// The most that IAM takes.
const PAGE_SIZE: i32 = 1000;

/// An account's authorization details, as far as some scope of this scan asked for them.
#[derive(Debug, Default)]
pub(crate) struct Authorization {
    users: OnceCell<Recorded<UserDetail>>,
    roles: OnceCell<Recorded<RoleDetail>>,
    grants: OnceCell<Recorded<Grant>>,
}

/// What gives users and roles their permissions from outside.
#[derive(Debug)]
pub(crate) enum Grant {
    /// A group, for its members.
    Group(GroupDetail),
    /// A managed policy, the customer's or AWS's.
    Policy(ManagedPolicy),
}

/// A managed policy, by the one version that is in force.
#[derive(Debug)]
pub(crate) struct ManagedPolicy {
    pub(crate) arn: String,
    /// URL-encoded JSON, as IAM sends it.
    pub(crate) document: String,
}

impl Authorization {
    /// The users.
    pub(crate) async fn users(&self, calls: &Calls) -> &Recorded<UserDetail> {
        self.users
            .get_or_init(|| {
                Recorded::listen(|token| async move {
                    let page = page(calls, &[EntityType::User], token).await?;
                    Ok((page.user_detail_list.unwrap_or_default(), calls.next(page.next)))
                })
            })
            .await
    }

    /// The roles.
    pub(crate) async fn roles(&self, calls: &Calls) -> &Recorded<RoleDetail> {
        self.roles
            .get_or_init(|| {
                Recorded::listen(|token| async move {
                    let page = page(calls, &[EntityType::Role], token).await?;
                    Ok((page.role_detail_list.unwrap_or_default(), calls.next(page.next)))
                })
            })
            .await
    }

    /// The ids of users by name: listings of credentials know users by name only.
    ///
    /// # Errors
    /// When the users are not known whole: a credential would seem to be of nobody.
    pub(crate) async fn user_ids(&self, calls: &Calls) -> Result<HashMap<String, String>, CollectError> {
        let users = self.users(calls).await;
        let _whole = users.complete()?;
        let id = |user: &UserDetail| Some((user.user_name()?.to_owned(), format!("aws:{}", user.user_id()?)));
        Ok(users.seen().filter_map(id).collect())
    }

    /// Groups and managed policies.
    pub(crate) async fn grants(&self, calls: &Calls) -> &Recorded<Grant> {
        const FILTER: &[EntityType] =
            &[EntityType::Group, EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy];
        self.grants
            .get_or_init(|| {
                Recorded::listen(|token| async move {
                    let page = page(calls, FILTER, token).await?;
                    let groups = page.group_detail_list.unwrap_or_default().into_iter().map(Grant::Group);
                    let policies = page.policies.unwrap_or_default().into_iter().filter_map(in_force);
                    Ok((groups.chain(policies.map(Grant::Policy)).collect(), page.next))
                })
            })
            .await
    }
}

struct Page {
    user_detail_list: Option<Vec<UserDetail>>,
    role_detail_list: Option<Vec<RoleDetail>>,
    group_detail_list: Option<Vec<GroupDetail>>,
    policies: Option<Vec<ManagedPolicyDetail>>,
    next: Next,
}

async fn page(calls: &Calls, filter: &[EntityType], token: Option<String>) -> Result<Page, Issue> {
    let answer = calls
        .iam()
        .get_account_authorization_details()
        .set_filter(Some(filter.to_vec()))
        .max_items(PAGE_SIZE)
        .set_marker(token)
        .send()
        .await
        .map_err(|error| calls.issue(ACTION, error))?;
    Ok(Page {
        user_detail_list: answer.user_detail_list,
        role_detail_list: answer.role_detail_list,
        group_detail_list: answer.group_detail_list,
        policies: answer.policies,
        next: Next::from_flag_and_token(answer.is_truncated, answer.marker),
    })
}

/// A policy that nothing is attached to gives nothing, and an account may hold hundreds of them.
fn in_force(policy: ManagedPolicyDetail) -> Option<ManagedPolicy> {
    let attached = policy.attachment_count.unwrap_or(1) + policy.permissions_boundary_usage_count.unwrap_or(0) > 0;
    let version = policy.policy_version_list?.into_iter().find(|version| version.is_default_version)?;
    Some(ManagedPolicy { arn: policy.arn.filter(|_| attached)?, document: version.document? })
}

/// IAM sends documents URL-encoded (RFC 3986).
pub(crate) fn decoded(document: &str) -> String {
    percent_encoding::percent_decode_str(document).decode_utf8_lossy().into_owned()
}

/// Tags as pairs of text.
pub(crate) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}
