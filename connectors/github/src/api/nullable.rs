//! Fields whose null means something: `"last_used": null` is a key that was never used, and a key without the field one of
//! which GitHub does not tell. With `#[serde(default, with = "nullable", skip_serializing_if = "Fact::is_not_exposed")]` an
//! answer is read so, and so is what a note keeps of it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use whosekey_sdk::Fact;

/// Reads a field that is there.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<Fact<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Fact::Known)
}

/// Writes it as it was read.
pub(crate) fn serialize<S: Serializer, T: Serialize>(fact: &Fact<Option<T>>, serializer: S) -> Result<S::Ok, S::Error> {
    fact.known().and_then(Option::as_ref).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Key {
        #[serde(default, with = "super", skip_serializing_if = "Fact::is_not_exposed")]
        last_used: Fact<Option<u8>>,
    }

    #[test]
    fn what_is_absent_is_not_null_and_stays_so_in_what_is_kept() {
        for (text, last_used) in [
            (r#"{"last_used":7}"#, Fact::Known(Some(7))),
            (r#"{"last_used":null}"#, Fact::Known(None)),
            ("{}", Fact::NotExposed),
        ] {
            let read: Key = serde_json::from_str(text).unwrap();
            assert_eq!(read, Key { last_used });
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }
}
