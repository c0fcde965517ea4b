//! Resources with their tags.

use serde::Deserialize;

/// `GetResources`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetResources {
    pub(crate) resource_tag_mapping_list: Vec<Tagged>,
    pub(crate) pagination_token: Option<String>,
}

/// A resource.
#[derive(Debug, Deserialize)]
pub(crate) struct Tagged {
    #[serde(rename = "ResourceARN")]
    pub(crate) arn: String,
    #[serde(rename = "Tags", default)]
    pub(crate) tags: Vec<Tag>,
}

/// A tag.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}
