//! `tagging.owners`: who owns what, by the tags of Lambda functions, Bedrock agents and AgentCore resources. Their own
//! listings show no tags, and asking for each would cost a request; this one shows those of a hundred at once.
//!
//! It lists no thing: a resource may stand here for a while after it was deleted.

use serde_json::json;
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{CollectError, Complete, EntityId, Next, Record, Sink, owner_evidence};

use crate::api::Calls;
use crate::wire::tagging::{GetResources, Tagged};

const LIST: &str = "tag:GetResources";
/// Whose tags no other scope reads.
const TYPES: &[&str] = &["lambda:function", "bedrock", "bedrock-agentcore"];
/// The most that it gives at once.
const PAGE_SIZE: u32 = 100;

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    pages_into(out, |token| async move {
        let mut body = json!({ "ResourceTypeFilters": TYPES, "ResourcesPerPage": PAGE_SIZE });
        if let Some(token) = token {
            body["PaginationToken"] = token.into();
        }
        let page: GetResources = calls.tagged(LIST, body.to_string()).await?;
        let records = page.resource_tag_mapping_list.iter().flat_map(|one| owners(one, &calls.owner_keys)).collect();
        // It ends listings with an empty token.
        Ok((records, Next::from_token(page.pagination_token.filter(|token| !token.is_empty()))))
    })
    .await
}

fn owners(resource: &Tagged, owner_keys: &[String]) -> Vec<Record> {
    let tags = resource.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
    let subject = EntityId::new(resource.arn.as_str());
    owner_evidence::links_from(&subject, "tag", tags, owner_keys).into_iter().map(Record::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_names_an_owner_is_a_link_by_arn_and_no_other_tag_is_kept() {
        let page: GetResources = serde_json::from_str(
            r#"{"PaginationToken":"","ResourceTagMappingList":[{"ResourceARN":"arn:aws:lambda:eu-west-1:000000000000:function:etl",
                "Tags":[{"Key":"Owner","Value":"Ada@example.com"},{"Key":"note","Value":"hunter2"}]}]}"#,
        )
        .unwrap();
        let records = owners(&page.resource_tag_mapping_list[0], &["owner".to_owned()]);
        let [Record::Link(link)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(link.from.as_str(), "arn:aws:lambda:eu-west-1:000000000000:function:etl");
        assert_eq!(link.to.as_str(), "email:ada@example.com");
        assert!(!format!("{records:?}").contains("hunter2"));
    }
}
