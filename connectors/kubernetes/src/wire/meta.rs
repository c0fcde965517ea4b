//! What every object says about itself.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use whosekey_sdk::{Fact, Timestamp};

use super::or_empty;

/// An object of which nothing but its metadata is read.
#[derive(Debug, Deserialize)]
pub(crate) struct Bare {
    pub(crate) metadata: Meta,
}

/// `metadata`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meta {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
    pub(crate) uid: String,
    pub(crate) creation_timestamp: Option<Timestamp>,
    pub(crate) deletion_timestamp: Option<Timestamp>,
    #[serde(default)]
    pub(crate) labels: Notes,
    #[serde(default)]
    pub(crate) annotations: Notes,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) owner_references: Vec<OwnerReference>,
}

impl Meta {
    /// The entity's id.
    pub(crate) fn id(&self) -> String {
        format!("k8s:{}", self.uid)
    }

    /// `namespace/name`, or the name of what is in no namespace.
    pub(crate) fn full_name(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}/{}", self.namespace, self.name) }
    }

    /// When it was made.
    pub(crate) fn created_at(&self) -> Fact<Timestamp> {
        self.creation_timestamp.into()
    }

    /// What controls it: the one owner that made it and makes it anew.
    pub(crate) fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }
}

/// One of the objects that an object was made for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnerReference {
    #[serde(default)]
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) controller: Option<bool>,
}

/// The longest label or annotation that is kept. What is longer is no name of an owner, a role or a token.
const MAX_NOTE_BYTES: usize = 1024;

/// Labels or annotations, without what is long: `kubectl.kubernetes.io/last-applied-configuration` repeats the whole
/// object, a Secret's values included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(BTreeMap<String, String>);

impl Notes {
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Keys that hold copies of objects.
fn repeats_the_object(key: &str) -> bool {
    key.ends_with("last-applied-configuration")
}

impl<'de> Deserialize<'de> for Notes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Notes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels or annotations")
            }

            fn visit_unit<E>(self) -> Result<Notes, E> {
                Ok(Notes::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Notes, A::Error> {
                let mut notes = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if repeats_the_object(&key) {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    let value = map.next_value::<std::borrow::Cow<'de, str>>()?;
                    if value.len() <= MAX_NOTE_BYTES {
                        notes.insert(key, value.into_owned());
                    }
                }
                Ok(Notes(notes))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_object_in_an_annotation_is_not_kept() {
        let meta: Meta = serde_json::from_str(
            r#"{"name":"a","uid":"1","labels":null,"annotations":{"owner":"ada",
                "kubectl.kubernetes.io/last-applied-configuration":"{\"stringData\":{\"password\":\"hunter2\"}}"}}"#,
        )
        .unwrap();
        assert_eq!(meta.annotations.get("owner"), Some("ada"));
        assert!(!format!("{meta:?}").contains("hunter2"));
    }

    #[test]
    fn a_long_annotation_is_not_kept() {
        let long = "x".repeat(MAX_NOTE_BYTES + 1);
        let text = format!(r#"{{"name":"a","uid":"1","annotations":{{"owner":"{long}"}}}}"#);
        assert_eq!(serde_json::from_str::<Meta>(&text).unwrap().annotations.get("owner"), None);
    }
}
