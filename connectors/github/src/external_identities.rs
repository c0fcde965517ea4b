//! `external-identities`: the addresses by which the organisation's single sign-on knows its members. Its identity provider
//! says them, not the member. Who is a member no more is left out: an address must not make somebody present who has left.
//!
//! The single sign-on of an enterprise is another scope, `enterprise-identities`: GitHub shows it to the enterprise's owners
//! alone.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{Alias, CollectError, Complete, Entity, Issue, IssueKind, Kind, Next, Record, Sink};

use crate::api::graphql::Connection;
use crate::api::sign_in::Caller;
use crate::api::{Call, Calls};
use crate::descriptor::MEMBERS;
use crate::gates::plan_without_both;
use crate::members::{COLLABORATORS, COLLABORATORS_PATH, User, user_id};
use crate::place::Place;

const IDENTITIES: Call = Call::new("GraphQL organization.samlIdentityProvider.externalIdentities", MEMBERS);

/// Sent as it stands; checked against GitHub's schema in the tests.
const QUERY: &str = include_str!("external_identities/query.graphql");

#[derive(Debug, Deserialize)]
struct Data {
    organization: Option<Organization>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    viewer_can_administer: bool,
    saml_identity_provider: Option<Provider>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Provider {
    pub(crate) external_identities: Connection<ExternalIdentity>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalIdentity {
    /// None when nobody has claimed it yet.
    user: Option<Member>,
    saml_identity: Option<Names>,
    scim_identity: Option<Names>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    database_id: Option<u64>,
    login: String,
}

/// What the identity provider calls somebody. A name may be an address; none is taken for one that does not look so.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Names {
    #[serde(default)]
    name_id: Option<String>,
    username: Option<String>,
    emails: Option<Vec<Email>>,
}

#[derive(Debug, Deserialize)]
struct Email {
    value: String,
}

/// Collects `external-identities`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    pages_into(out, |after| async move {
        let is_first = after.is_none();
        let organization = page(calls, after).await?;
        match organization.saml_identity_provider {
            Some(Provider { external_identities: page }) => {
                let next = page.next();
                Ok((page.nodes.iter().flatten().filter_map(normalize).collect(), next))
            }
            None if is_first && is_told(calls, organization.viewer_can_administer).await => Ok((Vec::new(), Next::End)),
            None => Err(not_told(&calls.place).into()),
        }
    })
    .await
}

async fn page(calls: &Calls, after: Option<String>) -> Result<Organization, Issue> {
    let variables = json!({"login": calls.place.login, "after": after});
    let answered = calls.graphql::<Data, _>(IDENTITIES, QUERY, variables).await?;
    if let Some(issue) = calls.fault(IDENTITIES, &answered.errors) {
        return Err(issue);
    }
    answered.data.and_then(|data| data.organization).ok_or_else(|| calls.unanswered(IDENTITIES))
}

/// Whether the organisation is known to have no single sign-on.
pub(crate) async fn has_none(calls: &Calls) -> bool {
    match page(calls, None).await {
        Ok(Organization { saml_identity_provider: None, viewer_can_administer }) => {
            is_told(calls, viewer_can_administer).await
        }
        _ => false,
    }
}

/// Whether null says that there is no single sign-on. Some plans have none. An owner's classic token and an App that reads
/// members are shown it; an App does so when it is shown a listing that needs that permission, and of tokens only a classic
/// one tells what it may.
async fn is_told(calls: &Calls, viewer_can_administer: bool) -> bool {
    if plan_without_both(&calls.place).is_some() {
        return true;
    }
    if calls.place.caller == Caller::App {
        return calls.page::<User>(COLLABORATORS, calls.of_organisation(COLLABORATORS_PATH)).await.is_ok();
    }
    viewer_can_administer && calls.place.sees_all_repositories
}

/// GitHub answers null both where there is no single sign-on and to whoever may not see it: owners, their classic tokens
/// and Apps that read members may. <https://docs.github.com/en/graphql/reference/objects#organization>, seen 2026-11-27.
fn not_told(place: &Place) -> Issue {
    let message = format!(
        "{}: GitHub shows no single sign-on of {}, as it answers where there is none and to whoever may not see it; \
         needed: {MEMBERS}. Where there is none, leave it out with skip = [\"external-identities\"]",
        IDENTITIES.what,
        place.words()
    );
    Issue::new(IssueKind::Permission, message)
}

/// Who has no address there is told of by `members` alone.
pub(crate) fn normalize(identity: &ExternalIdentity) -> Option<Record> {
    let user = identity.user.as_ref()?;
    let id = user.database_id?;
    let addresses = addresses(identity);
    if addresses.is_empty() {
        return None;
    }
    let entity = Entity::new(user_id(id), Kind::Owner, "github.user", &*user.login);
    Some(addresses.into_iter().fold(entity, Entity::alias).into())
}

fn addresses(identity: &ExternalIdentity) -> BTreeSet<Alias> {
    let all = [&identity.saml_identity, &identity.scim_identity].into_iter().flatten();
    let names = all.flat_map(|names| {
        let emails = names.emails.iter().flatten().map(|email| &email.value);
        names.name_id.iter().chain(&names.username).chain(emails)
    });
    names.filter(|name| is_address(name)).map(|name| Alias::email(name)).collect()
}

/// A name of another form, such as a number, says nothing outside its identity provider.
fn is_address(name: &str) -> bool {
    let name = name.trim();
    let is_plain = name.chars().all(|c| !c.is_whitespace() && !c.is_control());
    is_plain
        && name.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.split('.').count() > 1
                && domain.split('.').all(|part| !part.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_form_of_an_address_is_one() {
        for name in ["ada@example.com", " Ada.L@mail.example.com "] {
            assert!(is_address(name), "{name}");
        }
        for name in [
            "ada",
            "00u1a2b3c4",
            "@example.com",
            "ada@",
            "ada@localhost",
            "a@b@example.com",
            "a b@example.com",
            "ada@example..com",
        ] {
            assert!(!is_address(name), "{name}");
        }
    }

    #[test]
    fn all_names_of_a_member_are_told_once() {
        let text = r#"{"user": {"databaseId": 7, "login": "ada"},
            "samlIdentity": {"nameId": "ada@example.com", "username": "00u1", "emails": [{"value": "Ada@Example.com"}]},
            "scimIdentity": {"username": "ada.l@example.com", "emails": null}}"#;
        let identity: ExternalIdentity = serde_json::from_str(text).unwrap();
        let told: Vec<Alias> = addresses(&identity).into_iter().collect();
        assert_eq!(told, [Alias::email("ada.l@example.com"), Alias::email("ada@example.com")]);
    }
}
