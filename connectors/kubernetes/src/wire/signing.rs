//! Requests for client certificates.

use serde::Deserialize;

use super::meta::Meta;
use super::or_empty;

#[derive(Debug, Deserialize)]
pub(crate) struct SigningRequest {
    pub(crate) metadata: Meta,
    pub(crate) spec: Spec,
    #[serde(default)]
    pub(crate) status: Status,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spec {
    /// Who asked.
    #[serde(default)]
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) signer_name: String,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Status {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) conditions: Vec<Condition>,
    /// The certificate in PEM, in base64; it is public.
    #[serde(default)]
    pub(crate) certificate: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Condition {
    #[serde(rename = "type")]
    pub(crate) kind: String,
}
