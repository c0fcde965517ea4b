//! Attributes in memory are the text that the store keeps; they are read when somebody asks.

use std::collections::BTreeMap;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// Attributes from their text. They were written by us, or refused on the way in, as a JSON object.
pub(crate) fn parse(text: &str) -> BTreeMap<String, Value> {
    if text.is_empty() { BTreeMap::new() } else { serde_json::from_str(text).unwrap_or_default() }
}

/// The value at `key` in the text of attributes: `None` when there is none, `Some(None)` when it is not a text. Rules
/// ask for one attribute of a million things, so nothing else is built.
pub(crate) fn text_at(text: &str, key: &str) -> Option<Option<String>> {
    // Keys that rules ask for are plain words, which JSON writes as they are.
    if !text.contains(key) {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    TextAt(key).deserialize(&mut deserializer).ok().flatten()
}

struct TextAt<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for TextAt<'_> {
    type Value = Option<Option<String>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TextAt<'_> {
    type Value = Option<Option<String>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(IsKey(self.0))? {
            if is_it {
                found = Some(map.next_value::<Value>()?.as_str().map(str::to_owned));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct IsKey<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for IsKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsKey<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_attribute_is_read_as_all_of_them_would_be() {
        let text = r#"{"a":{"b":"no"},"b":"yes \"é\"","c":7,"d":null}"#;
        for key in ["a", "b", "c", "d", "e", "no"] {
            let expected = parse(text).get(key).map(|value| value.as_str().map(str::to_owned));
            assert_eq!(text_at(text, key), expected, "{key}");
        }
        assert_eq!(text_at("no object: b", "b"), None);
    }
}
