//! A page of a listing. GitHub has two forms of one: a plain list, and one that says how many there are in all.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

/// Half of what GitHub gives at once. It leaves out of a page what a caller may not see, so that one may be full with less
/// than a hundred on it; one with less than half of that is short.
const SHORT: usize = 50;

/// A page, in one of its forms.
pub(crate) enum Page<T> {
    Plain(Vec<T>),
    Counted(Counted<T>),
}

/// Some, and how many there are in all.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted<T> {
    total_count: u64,
    #[serde(
        alias = "environments",
        alias = "installations",
        alias = "repositories",
        alias = "runners",
        alias = "secrets",
        alias = "variables"
    )]
    items: Vec<T>,
}

impl<T> Page<T> {
    /// What is on it, and how many there are in all where it says so.
    pub(crate) fn into_parts(self) -> (Vec<T>, Option<u64>) {
        match self {
            Page::Plain(items) => (items, None),
            Page::Counted(Counted { total_count, items }) => (items, Some(total_count)),
        }
    }

    /// Whether it is the only page of a listing without anything.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Page::Plain(items) => items.is_empty(),
            Page::Counted(counted) => counted.items.is_empty() && counted.total_count == 0,
        }
    }
}

impl<T: DeserializeOwned> Page<T> {
    /// Reads one.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        match body.iter().find(|byte| !byte.is_ascii_whitespace())? {
            b'[' => serde_json::from_slice(body).ok().map(Page::Plain),
            _ => serde_json::from_slice(body).ok().map(Page::Counted),
        }
    }
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Page::Plain(items) => items.serialize(serializer),
            Page::Counted(counted) => counted.serialize(serializer),
        }
    }
}

/// Whether a plain page may have as much on it as a page can. Counted ones change with their number.
pub(crate) fn may_be_full(body: &str) -> bool {
    serde_json::from_str::<Vec<IgnoredAny>>(body).is_ok_and(|items| items.len() >= SHORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_page_that_is_short_is_told_from_others() {
        let page = |n: usize| serde_json::to_string(&vec![0; n]).unwrap();
        assert!(may_be_full(&page(100)) && may_be_full(&page(SHORT)) && !may_be_full(&page(SHORT - 1)));
        assert!(!may_be_full(r#"{"total_count":100,"items":[]}"#));
    }

    #[test]
    fn nothing_is_on_a_page_only_when_there_is_nothing_in_all() {
        let is_empty = |text: &str| Page::<IgnoredAny>::parse(text.as_bytes()).map(|page| page.is_empty());
        assert_eq!(is_empty(" []"), Some(true));
        assert_eq!(is_empty(r#"{"total_count":0,"secrets":[]}"#), Some(true));
        assert_eq!(is_empty(r#"{"total_count":7,"secrets":[]}"#), Some(false));
        assert_eq!(is_empty("[1]"), Some(false));
        assert_eq!(is_empty("{}"), None);
    }
}
