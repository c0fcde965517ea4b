//! `iam.access`: what users and roles can reach, worked out from their policies.
//!
//! A listing of its own: it is complete only when users, roles, groups and policies all were, and a policy that is not
//! understood makes it partial. What policies cannot say (service control policies, resource policies, the values that
//! conditions meet) stands in `policy.rs`.

use std::collections::HashMap;

use aws_sdk_iam::types::{AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, PolicyDetail};
use aws_smithy_types::DateTime;
use whosekey_sdk::{CollectError, Complete, EntityId, Issue, IssueKind, Link, Record, Sink};

use crate::api::Calls;
use crate::authorization::{Grant, decoded};
use crate::last_accessed::{self, Judged};
use crate::policy::{Analyzer, PolicyId, Principal, PrincipalKind, Trust, access_links, assume_links};

/// Principals judged before their links are handed over.
const PRINCIPALS_A_PAGE: usize = 500;

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let authorization = &calls.account.authorization;
    let grants = authorization.grants(calls).await;
    // Without all groups and policies no principal can be judged: one missing `Deny` would claim too much.
    let complete = grants.complete()?;
    let users = authorization.users(calls).await;
    let roles = authorization.roles(calls).await;
    let mut account = Policies::read(grants.seen());
    let trusts: HashMap<&str, Trust> = roles
        .seen()
        .filter_map(|role| Some((role.arn()?, Trust::parse(&decoded(role.assume_role_policy_document()?)).ok()?)))
        .collect();
    let users_held = users.seen().filter_map(|user| {
        Some(Held {
            created_at: user.create_date(),
            kind: PrincipalKind::User,
            id: user.user_id()?,
            arn: user.arn()?,
            inline: user.user_policy_list(),
            attached: user.attached_managed_policies(),
            boundary: user.permissions_boundary(),
            groups: user.group_list(),
        })
    });
    let roles_held = roles.seen().filter_map(|role| {
        Some(Held {
            created_at: role.create_date(),
            kind: PrincipalKind::Role,
            id: role.role_id()?,
            arn: role.arn()?,
            inline: role.role_policy_list(),
            attached: role.attached_managed_policies(),
            boundary: role.permissions_boundary(),
            groups: &[],
        })
    });
    let mut judged = Vec::new();
    for (number, held) in (1..).zip(users_held.chain(roles_held)) {
        let links = account.links(&held, &calls.place.account, &trusts);
        judged.push(Judged { arn: held.arn, created_at: held.created_at, links });
        if number % PRINCIPALS_A_PAGE == 0 {
            hand_over(calls, out, std::mem::take(&mut judged)).await?;
        }
    }
    hand_over(calls, out, judged).await?;
    for problem in account.problems {
        out.issue(Issue::new(IssueKind::Parse, format!("{problem} in {}", calls.place)));
    }
    Ok(users.complete()?.and(roles.complete()?).and(complete))
}

async fn hand_over(calls: &Calls, out: &mut dyn Sink, mut judged: Vec<Judged<'_>>) -> Result<(), CollectError> {
    if calls.service_last_accessed {
        last_accessed::date(calls, out, &mut judged).await;
    }
    Ok(out.page(judged.into_iter().flat_map(|one| one.links).map(Record::from).collect()).await?)
}

/// What a principal has, as IAM lists it.
struct Held<'a> {
    created_at: Option<&'a DateTime>,
    kind: PrincipalKind,
    id: &'a str,
    arn: &'a str,
    inline: &'a [PolicyDetail],
    attached: &'a [AttachedPolicy],
    boundary: Option<&'a AttachedPermissionsBoundary>,
    groups: &'a [String],
}

struct Group {
    arn: String,
    policies: Vec<PolicyId>,
    managed: Vec<String>,
}

/// The account's policies, read once.
#[derive(Default)]
struct Policies {
    analyzer: Analyzer,
    managed: HashMap<String, PolicyId>,
    groups: HashMap<String, Group>,
    problems: Vec<String>,
}

impl Policies {
    fn read<'a>(grants: impl Iterator<Item = &'a Grant>) -> Self {
        let mut account = Self::default();
        let mut groups = Vec::new();
        for grant in grants {
            match grant {
                Grant::Policy(policy) => {
                    let name = policy.arn.rsplit('/').next().unwrap_or(&policy.arn);
                    if let Some(id) = account.policy(name, &policy.document) {
                        account.managed.insert(policy.arn.clone(), id);
                    }
                }
                Grant::Group(group) => groups.push(group),
            }
        }
        for group in groups {
            account.group(group);
        }
        account
    }

    fn group(&mut self, group: &GroupDetail) {
        let (Some(name), Some(arn)) = (group.group_name(), group.arn()) else { return };
        let mut policies = self.inline(group.group_policy_list(), arn);
        let managed = self.attached(group.attached_managed_policies(), arn, &mut policies);
        self.groups.insert(name.to_owned(), Group { arn: arn.to_owned(), policies, managed });
    }

    fn links(&mut self, held: &Held<'_>, account: &str, trusts: &HashMap<&str, Trust>) -> Vec<Link> {
        let mut policies = self.inline(held.inline, held.arn);
        let mut managed = self.attached(held.attached, held.arn, &mut policies);
        let mut groups = Vec::new();
        for name in held.groups {
            let Some(group) = self.groups.get(name) else {
                self.problems.push(format!("group {name} of {} is not listed", held.arn));
                continue;
            };
            groups.push(group.arn.clone());
            policies.extend(&group.policies);
            managed.extend(group.managed.iter().cloned());
        }
        let boundary = held.boundary.and_then(|boundary| boundary.permissions_boundary_arn());
        let boundary_id = boundary.and_then(|arn| self.managed.get(arn).copied());
        if let (Some(arn), None) = (boundary, boundary_id) {
            // Judged without its boundary a principal would look more powerful than it is.
            self.problems.push(format!("permissions boundary {arn} of {} is not listed", held.arn));
            return Vec::new();
        }
        let principal = Principal {
            kind: held.kind,
            arn: held.arn,
            policies: &policies,
            boundary: boundary_id,
            groups: &groups.iter().map(String::as_str).collect::<Vec<_>>(),
            managed_policies: &managed.iter().map(String::as_str).collect::<Vec<_>>(),
        };
        let analysis = self.analyzer.analyze(&principal);
        let id = EntityId::new(format!("aws:{}", held.id));
        let mut links = access_links(&id, account, &analysis);
        links.extend(assume_links(&id, held.arn, account, &analysis, |arn| trusts.get(arn)));
        links
    }

    fn inline(&mut self, inline: &[PolicyDetail], holder: &str) -> Vec<PolicyId> {
        let mut ids = Vec::new();
        for policy in inline {
            let (Some(name), Some(document)) = (policy.policy_name(), policy.policy_document()) else { continue };
            match self.policy(name, document) {
                Some(id) => ids.push(id),
                None => self.problems.push(format!("inline policy {name} of {holder} is not understood")),
            }
        }
        ids
    }

    fn attached(&mut self, attached: &[AttachedPolicy], holder: &str, ids: &mut Vec<PolicyId>) -> Vec<String> {
        let mut arns = Vec::new();
        for arn in attached.iter().filter_map(|policy| policy.policy_arn()) {
            match self.managed.get(arn) {
                Some(id) => ids.push(*id),
                None => self.problems.push(format!("policy {arn} of {holder} is not listed or not understood")),
            }
            arns.push(arn.to_owned());
        }
        arns
    }

    fn policy(&mut self, name: &str, document: &str) -> Option<PolicyId> {
        self.analyzer.policy(name, &decoded(document)).ok()
    }
}
