//! `iam.account`: the account itself, as the resource that its identities are part of.

use whosekey_sdk::{CollectError, Complete, Entity, Kind, Next, Sink};

use crate::api::Calls;
use crate::api::paging::whole;

const LIST: &str = "iam:ListAccountAliases";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let iam = &calls.iam();
    let (aliases, complete) = whole(|marker| async move {
        let answer = iam.list_account_aliases().set_marker(marker).send().await;
        let page = answer.map_err(|error| calls.issue(LIST, error))?;
        Ok((page.account_aliases, Next::from_flag_and_token(page.is_truncated, page.marker)))
    })
    .await?;
    let place = &calls.place;
    let name = aliases.first().map_or(place.account.as_str(), String::as_str);
    // In policies the root user's ARN stands for the whole account.
    let entity = Entity::new(place.account_id(), Kind::Resource, "aws.account", name).alias(place.iam_arn("root"));
    out.page(vec![entity.into()]).await?;
    Ok(complete)
}
