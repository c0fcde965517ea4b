//! `iam.oidc-providers` and `iam.saml-providers`: whose word the account takes for who somebody is.
//!
//! They are resources: a role's trust names them, and a role that trusts a provider that is gone trusts nobody. A
//! provider has no id besides its ARN.

use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput;
use aws_sdk_iam::types::SamlProviderListEntry;
use whosekey_sdk::listing::each;
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{CollectError, Complete, Entity, Fact, Kind, Record, Sink, unpaged};

use crate::api::Calls;
use crate::authorization::pairs;
use crate::time::{fact, timestamp};

const LIST_OIDC: &str = "iam:ListOpenIDConnectProviders";
const GET_OIDC: &str = "iam:GetOpenIDConnectProvider";
const LIST_SAML: &str = "iam:ListSAMLProviders";

/// Collects `iam.oidc-providers`.
pub(crate) async fn collect_oidc(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let iam = &calls.iam();
    let answer = iam.list_open_id_connect_providers().send().await.map_err(|error| calls.issue(LIST_OIDC, error))?;
    let listed = answer.open_id_connect_provider_list.unwrap_or_default();
    let arns = listed.into_iter().filter_map(|provider| provider.arn);
    let answers = each(arns, |arn| async move {
        let answer = iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send().await;
        calls.found(GET_OIDC, answer).map(|provider| provider.map(|provider| (arn, provider)))
    })
    .await;
    let mut records = Vec::new();
    for answer in answers {
        if let Some((arn, provider)) = answer? {
            records.extend(oidc(&arn, &provider, &calls.owner_keys));
        }
    }
    out.page(records).await?;
    Ok(unpaged())
}

/// Collects `iam.saml-providers`.
pub(crate) async fn collect_saml(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let answer = calls.iam().list_saml_providers().send().await.map_err(|error| calls.issue(LIST_SAML, error))?;
    out.page(answer.saml_provider_list.unwrap_or_default().iter().filter_map(saml).collect()).await?;
    Ok(unpaged())
}

fn oidc(arn: &str, provider: &GetOpenIdConnectProviderOutput, owner_keys: &[String]) -> Vec<Record> {
    let issuer = provider.url().map(|url| format!("https://{}", url.trim_start_matches("https://")));
    let name = issuer.clone().unwrap_or_else(|| last_part(arn).to_owned());
    let mut entity = Entity::new(format!("aws:{arn}"), Kind::Resource, "aws.oidc-provider", name).alias(arn);
    entity.created_at = fact(provider.create_date());
    if let Some(issuer) = issuer {
        entity = entity.attribute("issuer", issuer);
    }
    if !provider.client_id_list().is_empty() {
        entity = entity.attribute("audiences", provider.client_id_list().to_vec());
    }
    tagged(entity, pairs(provider.tags()).collect::<Vec<_>>(), owner_keys)
}

fn saml(provider: &SamlProviderListEntry) -> Option<Record> {
    let arn = provider.arn()?;
    let mut entity = Entity::new(format!("aws:{arn}"), Kind::Resource, "aws.saml-provider", last_part(arn)).alias(arn);
    entity.created_at = fact(provider.create_date());
    entity.expires_at = Fact::Known(provider.valid_until().map(timestamp));
    Some(entity.into())
}

fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
