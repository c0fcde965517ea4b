//! `account.contacts`: whom AWS calls about the account. They answer for the root user, which has no tags.
//!
//! Only the address is read. The billing contact is not asked for: it answers for invoices.

use serde_json::json;
use whosekey_sdk::listing::each;
use whosekey_sdk::{
    CollectError, Complete, Evidence, Link, LinkKind, OwnerRole, Record, Sink, owner_evidence, unpaged,
};

use crate::api::Calls;
use crate::wire::account::GetAlternateContact;

const GET: &str = "account:GetAlternateContact";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let answers = each(["SECURITY", "OPERATIONS"], |kind| async move {
        let body = json!({ "AlternateContactType": kind }).to_string();
        let answer = calls.account::<GetAlternateContact>(GET, "/getAlternateContact", body).await?;
        Ok::<_, CollectError>(answer.map(|answer| (kind, answer.alternate_contact.email_address)))
    })
    .await;
    let root = format!("aws:root/{}", calls.place.account);
    let mut records = Vec::new();
    for answer in answers {
        records.extend(answer?.and_then(|(kind, address)| contact(&root, kind, &address)));
    }
    out.page(records).await?;
    Ok(unpaged())
}

fn contact(root: &str, kind: &str, address: &str) -> Option<Record> {
    let owner = owner_evidence::owner_ref(address)?;
    let because = format!("the account's {} contact", kind.to_lowercase());
    Some(Link::new(root, LinkKind::OwnedBy, owner, Evidence::Proven, because).role(OwnerRole::Owner).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_answers_for_the_root_user() {
        let Some(Record::Link(link)) = contact("aws:root/000000000000", "SECURITY", "Sec@example.com") else {
            panic!()
        };
        assert_eq!((link.from.as_str(), link.to.as_str()), ("aws:root/000000000000", "email:sec@example.com"));
        assert_eq!(link.because, "the account's security contact");
    }
}
