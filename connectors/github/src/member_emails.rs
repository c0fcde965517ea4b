//! `member-emails`: the addresses by which members are known elsewhere, of the organisation's verified domains. Public
//! profiles are not asked: whoever owns one writes into it what they like.

use serde::Deserialize;
use serde_json::json;
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{Alias, CollectError, Complete, Entity, Kind, Record, Sink};

use crate::api::graphql::Connection;
use crate::api::{Call, Calls};
use crate::descriptor::MEMBERS;
use crate::members::user_id;

const EMAILS: Call = Call::new("GraphQL organization.membersWithRole.organizationVerifiedDomainEmails", MEMBERS);

/// Sent as it stands; checked against GitHub's schema in the tests.
const QUERY: &str = include_str!("member_emails/query.graphql");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    organization: Option<Organization>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    members_with_role: Connection<Member>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    database_id: Option<u64>,
    login: String,
    #[serde(default)]
    organization_verified_domain_emails: Vec<String>,
}

/// Collects `member-emails`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    pages_into(out, |after| async move {
        let variables = json!({"login": calls.place.login, "after": after});
        let answered = calls.graphql::<Data, _>(EMAILS, QUERY, variables).await?;
        if let Some(issue) = calls.fault(EMAILS, &answered.errors) {
            return Err(issue.into());
        }
        let organization = answered.data.and_then(|data| data.organization);
        let members = organization.ok_or_else(|| calls.unanswered(EMAILS))?.members_with_role;
        let next = members.next();
        Ok((members.nodes.iter().flatten().filter_map(normalize).collect(), next))
    })
    .await
}

/// Who has no such address is told of by `members` alone.
fn normalize(member: &Member) -> Option<Record> {
    let emails = &member.organization_verified_domain_emails;
    let id = member.database_id.filter(|_| !emails.is_empty())?;
    let entity = Entity::new(user_id(id), Kind::Owner, "github.user", &*member.login);
    Some(emails.iter().fold(entity, |entity, email| entity.alias(Alias::email(email))).into())
}
