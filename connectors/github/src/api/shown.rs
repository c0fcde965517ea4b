//! Texts that people wrote into GitHub's forms: who pastes a token into a title has it neither told nor kept.

use serde::{Deserialize, Deserializer};
use whosekey_definitions::shown;

/// Reads a text, unless it has a secret in it.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| shown(&text).to_owned()))
}
