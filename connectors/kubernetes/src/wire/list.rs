//! What comes in pages, and what the API says about itself.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::or_empty;

/// One page of a list. Items are read one by one, so that one that cannot be understood does not spoil the others.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(default)]
    pub(crate) kind: String,
    pub(crate) metadata: PageMeta,
    #[serde(borrow, deserialize_with = "or_empty")]
    pub(crate) items: Vec<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PageMeta {
    /// Where the list goes on. Empty and absent both mean the end: the API leaves empty fields out, and old servers send
    /// them (<https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>, looked
    /// at 2026-11-27).
    #[serde(default, rename = "continue")]
    pub(crate) next: Option<String>,
    /// How many are still to come, when the server counts them.
    #[serde(default, rename = "remainingItemCount")]
    pub(crate) remaining: Option<i64>,
}

/// The answer to what went wrong.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Status {
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) reason: String,
}

/// `/apis`: the groups that are served.
#[derive(Debug, Deserialize)]
pub(crate) struct Groups {
    #[serde(deserialize_with = "or_empty")]
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) versions: Vec<GroupVersion>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct GroupVersion {
    pub(crate) version: String,
}

/// `/apis/<group>/<version>`: the resources of one version.
#[derive(Debug, Deserialize)]
pub(crate) struct Resources {
    #[serde(deserialize_with = "or_empty")]
    pub(crate) resources: Vec<Resource>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Resource {
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) verbs: Vec<String>,
}

/// `/version`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Version {
    pub(crate) git_version: String,
}

/// `/.well-known/openid-configuration`.
#[derive(Debug, Deserialize)]
pub(crate) struct OpenIdConfiguration {
    pub(crate) issuer: String,
}

/// The ConfigMap that says since when the use of token Secrets has been recorded.
#[derive(Debug, Deserialize)]
pub(crate) struct ConfigMap {
    #[serde(default)]
    pub(crate) data: TrackingData,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct TrackingData {
    pub(crate) since: Option<String>,
}
