//! `iam.service-credentials`: credentials for one service (CodeCommit, Keyspaces, long-term Bedrock API keys).
//!
//! One listing for all users. AWS tells no last use of them. Short-term Bedrock API keys are sessions and not here.

use std::collections::HashMap;

use aws_sdk_iam::types::{ServiceSpecificCredentialMetadata, StatusType};
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{CollectError, Complete, Entity, Evidence, Fact, Kind, Link, LinkKind, Next, Record, Sink};

use crate::api::Calls;
use crate::time::timestamp;

const LIST: &str = "iam:ListServiceSpecificCredentials";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let ids = &calls.account.authorization.user_ids(calls).await?;
    let iam = &calls.iam();
    pages_into(out, |marker| async move {
        let answer = iam.list_service_specific_credentials().all_users(true).set_marker(marker).send().await;
        let page = answer.map_err(|error| calls.issue(LIST, error))?;
        let credentials = page.service_specific_credentials.unwrap_or_default();
        let records = credentials.iter().flat_map(|credential| normalize(credential, ids)).collect();
        Ok((records, Next::from_flag_and_token(page.is_truncated, page.marker)))
    })
    .await
}

fn normalize(credential: &ServiceSpecificCredentialMetadata, ids: &HashMap<String, String>) -> Vec<Record> {
    let id = format!("aws:{}", credential.service_specific_credential_id());
    let name = format!("{} of {}", credential.service_name(), credential.user_name());
    let mut entity = Entity::new(id.as_str(), Kind::Credential, "aws.service-credential", name)
        .attribute("service", credential.service_name());
    entity.created_at = Fact::Known(timestamp(credential.create_date()));
    entity.expires_at = Fact::Known(credential.expiration_date().map(timestamp));
    entity.enabled = enabled(credential.status());
    let mut records: Vec<Record> = vec![entity.into()];
    if let Some(user) = ids.get(credential.user_name()) {
        let link = Link::new(id.as_str(), LinkKind::AuthenticatesAs, user.as_str(), Evidence::Proven, LIST);
        records.push(link.into());
    }
    records
}

/// Of a credential that is active, inactive or expired.
pub(crate) fn enabled(status: &StatusType) -> Fact<bool> {
    match status {
        StatusType::Active => Fact::Known(true),
        StatusType::Inactive | StatusType::Expired => Fact::Known(false),
        _ => Fact::NotExposed,
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_bedrock_key_tells_its_expiry_and_nothing_of_its_use() {
        let credential = ServiceSpecificCredentialMetadata::builder()
            .user_name("BedrockAPIKey-x1")
            .service_name("bedrock.amazonaws.com")
            .service_specific_credential_id("ACCAEXAMPLE")
            .service_user_name("x")
            .status(StatusType::Active)
            .create_date(DateTime::from_secs(1_750_000_000))
            .expiration_date(DateTime::from_secs(1_760_000_000))
            .build()
            .unwrap();
        let ids = HashMap::from([("BedrockAPIKey-x1".to_owned(), "aws:AIDA1".to_owned())]);
        let records = normalize(&credential, &ids);
        let Record::Entity(entity) = &records[0] else { panic!("{records:?}") };
        assert_eq!(entity.last_used_at, Fact::NotExposed);
        assert_eq!(entity.expires_at.known().copied().flatten().unwrap().as_millis(), 1_760_000_000_000);
        assert_eq!(records.len(), 2);
    }
}
