//! `organizations.accounts`: the organization's accounts, and the email and tags that say who answers for each.

use aws_sdk_organizations::types::{Account, Tag};
use whosekey_sdk::listing::{each, whole};
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Kind, Link, LinkKind, Next, OwnerRole, Record, Sink, owner_evidence,
};

use crate::api::Calls;
use crate::time::fact;

const LIST: &str = "organizations:ListAccounts";
const LIST_TAGS: &str = "organizations:ListTagsForResource";

/// Lists the accounts.
///
/// # Errors
/// When the list is not seen to its end.
pub(crate) async fn accounts(calls: &Calls) -> Result<(Vec<Account>, Complete), CollectError> {
    let organizations = &calls.organizations();
    whole(|token| async move {
        let answer = organizations.list_accounts().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST, error))?;
        Ok((page.accounts.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await
}

/// Whether an account can be looked into: a suspended or closed one answers nothing.
pub(crate) fn is_active(account: &Account) -> bool {
    // Older partitions send only `Status`, newer ones `State` beside it, which replaces it.
    let status = account.status().map(|status| status.as_str());
    account.state().map(|state| state.as_str()).or(status).is_none_or(|word| word == "ACTIVE")
}

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (accounts, complete) = accounts(calls).await?;
    let answers = each(calls.asked(&accounts), |account| tags_of(calls, account)).await;
    let mut records = Vec::new();
    for (account, tags) in accounts.iter().zip(answers) {
        let tags = match tags {
            Ok(tags) => tags,
            // An account is there whether or not its tags are told.
            Err(CollectError::Issue(issue)) => {
                out.issue(issue);
                Vec::new()
            }
            Err(stopped) => return Err(stopped),
        };
        records.extend(normalize(account, &tags, &calls.owner_keys));
    }
    out.page(records).await?;
    Ok(complete)
}

async fn tags_of(calls: &Calls, account: &Account) -> Result<Vec<Tag>, CollectError> {
    let Some(id) = account.id() else { return Ok(Vec::new()) };
    let organizations = &calls.organizations();
    let (tags, _whole) = whole(|token| async move {
        let answer = organizations.list_tags_for_resource().resource_id(id).set_next_token(token).send().await;
        let Some(page) = calls.found(LIST_TAGS, answer)? else { return Ok((Vec::new(), Next::End)) };
        Ok((page.tags.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await?;
    Ok(tags)
}

fn normalize(account: &Account, tags: &[Tag], owner_keys: &[String]) -> Vec<Record> {
    let Some(id) = account.id() else { return Vec::new() };
    let name = account.name().unwrap_or(id);
    let mut entity = Entity::new(format!("aws:account/{id}"), Kind::Resource, "aws.account", name);
    if let Some(arn) = account.arn() {
        entity = entity.alias(arn);
    }
    entity.created_at = fact(account.joined_timestamp());
    entity.enabled = Fact::Known(is_active(account));
    let id = entity.id.clone();
    let pairs: Vec<_> = tags.iter().map(|tag| (tag.key(), tag.value())).collect();
    let mut records = tagged(entity, pairs, owner_keys);
    if let Some(owner) = account.email().and_then(owner_evidence::owner_ref) {
        let because = "the account's email in the organization";
        let link = Link::new(&id, LinkKind::OwnedBy, owner, Evidence::Proven, because);
        records.push(link.role(OwnerRole::Owner).into());
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_email_and_its_tags_answer_for_it() {
        let account = Account::builder().id("000000000000").name("acme prod").email("Ops@example.com").build();
        let tag = Tag::builder().key("Owner").value("ada@example.com").build().unwrap();
        let records = normalize(&account, &[tag], &["owner".to_owned()]);
        let ends: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::Link(link) => Some(link.to.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(ends, ["email:ada@example.com", "email:ops@example.com"]);
    }
}
