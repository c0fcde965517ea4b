//! What AWS tells of an account itself, as far as it is read: no names and no telephone numbers.

use serde::Deserialize;

/// `GetAlternateContact`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetAlternateContact {
    pub(crate) alternate_contact: AlternateContact,
}

/// Somebody whom AWS calls.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AlternateContact {
    pub(crate) email_address: String,
}
