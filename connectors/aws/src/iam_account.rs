//! `iam.account`: the account itself, as the resource that its identities are part of.

use whosekey_sdk::listing::whole;
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Kind, Link, LinkKind, Next, OwnerRole, Sink, owner_evidence,
};

use crate::api::Calls;

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
    // A name that some directory knows as a team or a login; one that none knows names no owner.
    let owner = aliases.first().and_then(|alias| owner_evidence::owner_ref(alias)).map(|owner| {
        let because = "the account's alias";
        Link::new(&entity.id, LinkKind::OwnedBy, owner, Evidence::Inferred, because).role(OwnerRole::Team).into()
    });
    out.page([Some(entity.into()), owner].into_iter().flatten().collect()).await?;
    Ok(complete)
}
