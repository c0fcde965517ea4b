//! `organizations.accounts`: the organization's accounts, and the email that answers for each.

use aws_sdk_organizations::types::Account;
use whosekey_sdk::listing::whole;
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Kind, Link, LinkKind, Next, OwnerRole, Record, Sink, owner_evidence,
};

use crate::api::Calls;
use crate::time::fact;

const LIST: &str = "organizations:ListAccounts";

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
    out.page(accounts.iter().flat_map(normalize).collect()).await?;
    Ok(complete)
}

fn normalize(account: &Account) -> Vec<Record> {
    let Some(id) = account.id() else { return Vec::new() };
    let name = account.name().unwrap_or(id);
    let mut entity = Entity::new(format!("aws:account/{id}"), Kind::Resource, "aws.account", name);
    if let Some(arn) = account.arn() {
        entity = entity.alias(arn);
    }
    entity.created_at = fact(account.joined_timestamp());
    entity.enabled = Fact::Known(is_active(account));
    let mut records: Vec<Record> = Vec::new();
    if let Some(owner) = account.email().and_then(owner_evidence::owner_ref) {
        let because = "the account's email in the organization";
        let link = Link::new(&entity.id, LinkKind::OwnedBy, owner, Evidence::Proven, because);
        records.push(link.role(OwnerRole::Owner).into());
    }
    records.insert(0, entity.into());
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_email_answers_for_it() {
        let account = Account::builder().id("000000000000").name("acme prod").email("Ops@example.com").build();
        let records = normalize(&account);
        let Record::Link(link) = &records[1] else { panic!("{records:?}") };
        assert_eq!(link.to.as_str(), "email:ops@example.com");
    }
}
