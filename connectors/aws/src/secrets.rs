//! `secretsmanager.secrets` and `ssm.parameters`: where secrets are kept. Metadata only: no call that returns a value
//! is ever made, and the policy that this connector prints denies them.

use aws_sdk_secretsmanager::types::SecretListEntry;
use aws_sdk_ssm::types::{ParameterMetadata, ParameterStringFilter};
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Next, Record, Sink,
};

use crate::api::Calls;
use crate::scopes::Place;
use crate::time::{fact, timestamp};

const LIST_SECRETS: &str = "secretsmanager:ListSecrets";
const LIST_PARAMETERS: &str = "ssm:DescribeParameters";
/// The most that each gives at once.
const SECRETS_A_PAGE: i32 = 100;
const PARAMETERS_A_PAGE: i32 = 50;

/// Collects `secretsmanager.secrets`.
pub(crate) async fn collect_secrets(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let client = &calls.secrets();
    pages_into(out, |token| async move {
        let answer = client.list_secrets().max_results(SECRETS_A_PAGE).set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_SECRETS, error))?;
        let records = page.secret_list().iter().flat_map(|secret| secret_records(secret, &calls.owner_keys)).collect();
        Ok((records, Next::from_token(page.next_token)))
    })
    .await
}

/// Collects `ssm.parameters`: only the encrypted ones, which are the ones that hold secrets.
pub(crate) async fn collect_parameters(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let client = &calls.ssm();
    let encrypted = ParameterStringFilter::builder().key("Type").option("Equals").values("SecureString").build();
    let encrypted = &encrypted.map_err(|_| Issue::new(IssueKind::Parse, "the filter for encrypted parameters"))?;
    pages_into(out, |token| async move {
        let call = client.describe_parameters().parameter_filters(encrypted.clone());
        let answer = call.max_results(PARAMETERS_A_PAGE).set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_PARAMETERS, error))?;
        let parameters = page.parameters.unwrap_or_default();
        let records = parameters.iter().flat_map(|parameter| parameter_records(parameter, &calls.place)).collect();
        // SSM ends listings with an empty token as well as without one.
        Ok((records, Next::from_token(page.next_token.filter(|token| !token.is_empty()))))
    })
    .await
}

fn secret_records(secret: &SecretListEntry, owner_keys: &[String]) -> Vec<Record> {
    let Some(arn) = secret.arn() else { return Vec::new() };
    let name = secret.name().unwrap_or_default();
    let mut entity = Entity::new(format!("aws:{arn}"), Kind::Resource, "aws.secret", name).alias(arn);
    entity.created_at = fact(secret.created_date());
    // A day, not a moment; left out for a secret that was never read.
    entity.last_used_at = Fact::Known(secret.last_accessed_date().map(timestamp));
    entity.enabled = Fact::Known(secret.deleted_date().is_none());
    entity = entity.attribute("rotation_enabled", secret.rotation_enabled().unwrap_or(false));
    if let Some(rotated) = secret.last_rotated_date() {
        entity = entity.attribute("last_rotated_at", timestamp(rotated).to_string());
    }
    if let Some(service) = secret.owning_service() {
        entity = entity.attribute("owning_service", service);
    }
    let tags: Vec<(&str, &str)> = secret.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?))).collect();
    tagged(entity, tags, owner_keys)
}

fn parameter_records(parameter: &ParameterMetadata, place: &Place) -> Vec<Record> {
    let Some(name) = parameter.name() else { return Vec::new() };
    let arn = match parameter.arn() {
        Some(arn) => arn.to_owned(),
        None => {
            let region = place.region.as_deref().unwrap_or_default();
            let path = name.trim_start_matches('/');
            format!("arn:{}:ssm:{region}:{}:parameter/{path}", place.partition, place.account)
        }
    };
    let entity = Entity::new(format!("aws:{arn}"), Kind::Resource, "aws.ssm-parameter", name).alias(arn);
    // Whoever changed it last is the nearest to an owner that SSM knows.
    let changed_by = parameter.last_modified_user().filter(|user| user.starts_with("arn:")).map(|user| {
        let because = "last changed it (ssm:DescribeParameters)";
        Link::new(&entity.id, LinkKind::CreatedBy, user, Evidence::Observed, because).into()
    });
    [Some(entity.into()), changed_by].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_secret_that_was_never_read_is_known_to_be_so() {
        let secret = SecretListEntry::builder()
            .arn("arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-x1")
            .name("db")
            .created_date(DateTime::from_secs(1_700_000_000))
            .build();
        let records = secret_records(&secret, &[]);
        let Record::Entity(entity) = &records[0] else { panic!("{records:?}") };
        assert_eq!(entity.last_used_at, Fact::Known(None));
        assert_eq!(entity.use_tracked_since, Fact::NotExposed, "AWS does not say since when it looks");
    }

    #[test]
    fn a_parameter_without_an_arn_gets_the_one_it_has_in_policies() {
        let place = Place { partition: "aws".into(), account: "000000000000".into(), region: Some("eu-west-1".into()) };
        let parameter = ParameterMetadata::builder().name("/prod/db/password").build();
        let records = parameter_records(&parameter, &place);
        let Record::Entity(entity) = &records[0] else { panic!("{records:?}") };
        assert_eq!(entity.aliases[0].as_str(), "arn:aws:ssm:eu-west-1:000000000000:parameter/prod/db/password");
    }
}
