//! Environment variables that AWS shows in the clear: looked at for one thing, the public ids of access keys, and dropped.

use std::collections::BTreeSet;

use whosekey_sdk::{EntityId, Evidence, Link, LinkKind, Record};

/// That it holds the access keys whose ids stand in these values.
pub(crate) fn held_keys<'a>(id: &EntityId, values: impl IntoIterator<Item = &'a str>) -> Vec<Record> {
    let keys: BTreeSet<&str> = values.into_iter().flat_map(access_key_ids).collect();
    let held = |key| {
        let because = "an access key id in its environment";
        let link = Link::new(id, LinkKind::Holds, format!("aws:{key}"), Evidence::Proven, because);
        link.attribute("value_class", "literal").into()
    };
    keys.into_iter().map(held).collect()
}

/// The ids of long-term access keys in a text: `AKIA` and 16 characters, and no more.
fn access_key_ids(text: &str) -> impl Iterator<Item = &str> {
    const LENGTH: usize = 20;
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| {
        word.len() == LENGTH
            && word.starts_with("AKIA")
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_held_once_and_no_other_value_is_told() {
        let values = ["AKIAIOSFODNN7EXAMPLE", "x:AKIAIOSFODNN7EXAMPLE;", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"];
        let records = held_keys(&"aws:x".into(), values);
        let [Record::Link(link)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((link.kind, link.to.as_str()), (LinkKind::Holds, "aws:AKIAIOSFODNN7EXAMPLE"));
        assert!(!format!("{records:?}").contains("wJalr"));
        assert!(held_keys(&"aws:x".into(), ["AKIAIOSFODNN7EXAMPLES", "akiaiosfodnn7example"]).is_empty());
    }
}
