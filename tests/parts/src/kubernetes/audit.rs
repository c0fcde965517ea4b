//! What a cluster was asked, by whom: its audit log.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::PartError;

/// Its file in the cluster's folder.
pub(super) const LOG: &str = "audit.log";

/// Logs who asked for what, and of answers with Secrets also which shape they had: their content is the tests' own.
pub(super) const POLICY: &str = r#"{
  "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
  "rules": [
    {"level": "RequestResponse", "verbs": ["get", "list"], "resources": [{"group": "", "resources": ["secrets"]}]},
    {"level": "Metadata"}
  ]
}"#;

/// A request that the API server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// Who asked.
    pub user: String,
    /// `get`, `list`, `watch`, `create` …
    pub verb: String,
    /// What for, with the query.
    pub uri: String,
    /// The group of the resource; empty for the core one, and for what is no resource.
    pub group: String,
    /// The resource, such as `secrets`; empty for what is none.
    pub resource: String,
    /// Its namespace, if it is in one and one was named.
    pub namespace: Option<String>,
    /// Its name, if one was named.
    pub name: Option<String>,
    /// What the client calls itself.
    pub user_agent: String,
    /// The status of the answer.
    pub status: u16,
    /// For reads of Secrets alone: `SecretList`, or `PartialObjectMetadataList` if their content was not asked for.
    pub answered: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    verb: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    user: Name,
    #[serde(default)]
    object_ref: Reference,
    #[serde(default)]
    user_agent: String,
    response_status: Option<Status>,
    response_object: Option<Object>,
}

#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    #[serde(default)]
    api_group: String,
    #[serde(default)]
    resource: String,
    namespace: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    code: u16,
}

#[derive(Deserialize)]
struct Object {
    kind: Option<String>,
}

pub(super) fn read(log: &Path) -> Result<Vec<Audited>, PartError> {
    let text = fs::read_to_string(log).map_err(PartError::file(log))?;
    // A line without its end is still being written.
    text.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .map(|line| serde_json::from_str::<Event>(line).map(Audited::from))
        .collect::<Result<_, _>>()
        .map_err(|error| PartError::File { path: log.into(), source: error.into() })
}

impl From<Event> for Audited {
    fn from(event: Event) -> Self {
        Self {
            user: event.user.username,
            verb: event.verb,
            uri: event.request_uri,
            group: event.object_ref.api_group,
            resource: event.object_ref.resource,
            namespace: event.object_ref.namespace,
            name: event.object_ref.name,
            user_agent: event.user_agent,
            status: event.response_status.map_or(0, |status| status.code),
            answered: event.response_object.and_then(|object| object.kind),
        }
    }
}
