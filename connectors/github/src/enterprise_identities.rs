//! `enterprise-identities`: the addresses by which an enterprise's own single sign-on, of SAML or OpenID Connect, knows its
//! members. An organisation of such an enterprise has none of its own.

use serde::Deserialize;
use serde_json::json;
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{CollectError, Complete, Issue, Next, Sink};

use crate::api::{Call, Calls};
use crate::descriptor::ENTERPRISE;
use crate::external_identities::{Provider, normalize};

const IDENTITIES: Call = Call::new("GraphQL enterprise.ownerInfo.externalIdentities", ENTERPRISE);

/// Sent as it stands; checked against GitHub's schema in the tests.
const QUERY: &str = include_str!("enterprise_identities/query.graphql");

#[derive(Debug, Deserialize)]
struct Data {
    enterprise: Option<Enterprise>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Enterprise {
    /// Shown to the enterprise's owners and their classic tokens, and null to all others.
    owner_info: Option<OwnerInfo>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnerInfo {
    saml_identity_provider: Option<Provider>,
    oidc_provider: Option<Provider>,
}

/// Collects `enterprise-identities`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    pages_into(out, |after| async move {
        let Some(provider) = provider(calls, after).await? else { return Ok((Vec::new(), Next::End)) };
        let page = provider.external_identities;
        let next = page.next();
        Ok((page.nodes.iter().flatten().filter_map(normalize).collect(), next))
    })
    .await
}

/// The one that the enterprise has, if it has one.
async fn provider(calls: &Calls, after: Option<String>) -> Result<Option<Provider>, Issue> {
    let variables = json!({"slug": calls.place.name, "after": after});
    let answered = calls.graphql::<Data, _>(IDENTITIES, QUERY, variables).await?;
    if let Some(issue) = calls.fault(IDENTITIES, &answered.errors) {
        return Err(issue);
    }
    let info = answered.data.and_then(|data| data.enterprise).and_then(|enterprise| enterprise.owner_info);
    let info = info.ok_or_else(|| calls.unanswered(IDENTITIES))?;
    Ok(info.saml_identity_provider.or(info.oidc_provider))
}
