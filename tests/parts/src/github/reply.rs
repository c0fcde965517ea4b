//! What a route answers, before it is cut into pages and written.

use std::ops::Range;

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use crate::http::Answer;

const JSON: &str = "application/json; charset=utf-8";

/// What a route answers.
#[derive(Debug)]
pub(super) enum Reply {
    /// One thing.
    One(Value),
    /// One thing that was made.
    Created(Value),
    /// A list.
    List(Items),
    /// A list under a name, with its length under `total_count` and whatever else there is.
    Counted { key: &'static str, items: Items, pages: Pages, more: Map<String, Value> },
    /// A list that is paged by `after` and `before`, with no numbers of pages.
    Cursor(Vec<Value>),
    /// A file as it is.
    Raw(Vec<u8>),
    /// A new token of this installation, which is made where the answer is written.
    NewToken(u64),
    /// Another address.
    Moved(String),
    /// The answer of GraphQL, and how many points it took.
    GraphQl(Value, u64),
}

/// What is listed.
#[derive(Debug)]
pub(super) enum Items {
    All(Vec<Value>),
    /// The page that is asked for, and how many there are in all.
    Page(Vec<Value>, usize),
}

impl Items {
    /// Only the page that the query asks for: of a thousand repositories the rest would take longer than all else.
    pub(super) fn page<T>(all: &[T], query: &str, json: impl Fn(&T) -> Value) -> Self {
        let window = window(all.len(), Pages::USUAL, query);
        Self::Page(all[window].iter().map(json).collect(), all.len())
    }
}

/// How long pages are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages {
    default: usize,
    max: usize,
}

impl Pages {
    pub(super) const USUAL: Self = Self { default: 30, max: 100 };
    /// Those of Actions variables.
    pub(super) const SHORT: Self = Self { default: 10, max: 30 };
}

impl Reply {
    pub(super) fn counted(key: &'static str, items: Vec<Value>) -> Self {
        Self::Counted { key, items: Items::All(items), pages: Pages::USUAL, more: Map::new() }
    }

    pub(super) fn list(items: Vec<Value>) -> Self {
        Self::List(Items::All(items))
    }

    /// The page that the query asks for; `address` is the request's own, without the query.
    pub(super) fn answer(self, address: &str, query: &str) -> Answer {
        let of = |status, value: Value| Answer::new(status, JSON, value.to_string().into_bytes());
        match self {
            Self::One(value) | Self::GraphQl(value, _) => of(200, value),
            Self::Created(value) => of(201, value),
            Self::Raw(content) => Answer::new(200, "application/vnd.github.raw+json; charset=utf-8", content),
            Self::NewToken(_) => unreachable!("a token is made where the answer is written"),
            Self::Moved(location) => {
                let mut answer = of(301, json!({"message": "Moved Permanently", "url": location}));
                answer.headers.push(("location".into(), location));
                answer
            }
            Self::List(items) => {
                let (page, _, link) = numbered(items, Pages::USUAL, address, query);
                with_link(of(200, json!(page)), link)
            }
            Self::Counted { key, items, pages, mut more } => {
                let (page, total, link) = numbered(items, pages, address, query);
                more.insert("total_count".into(), total.into());
                more.insert(key.into(), json!(page));
                with_link(of(200, Value::Object(more)), link)
            }
            Self::Cursor(items) => {
                let (page, link) = cursored(&items, address, query);
                with_link(of(200, json!(page)), link)
            }
        }
    }
}

fn with_link(mut answer: Answer, link: Option<String>) -> Answer {
    answer.headers.extend(link.map(|link| ("link".to_owned(), link)));
    answer
}

fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn size(query: &str, pages: Pages) -> usize {
    // More than the maximum is not an error: the page is only shorter than was asked for.
    parameter(query, "per_page").and_then(|size| size.parse().ok()).unwrap_or(pages.default).clamp(1, pages.max)
}

/// The address with these parameters in place of their old values.
fn linked(address: &str, query: &str, with: &[(&str, &str)], relation: &str) -> String {
    let is_new = |key: &str| ["page", "after", "before"].contains(&key);
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| !is_new(key)));
    form.extend_pairs(with);
    format!("<{address}?{}>; rel=\"{relation}\"", form.finish())
}

fn page_number(query: &str) -> usize {
    parameter(query, "page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1).max(1)
}

/// What of so many items is on the page.
fn window(total: usize, pages: Pages, query: &str) -> Range<usize> {
    let size = size(query, pages);
    let start = ((page_number(query) - 1) * size).min(total);
    start..(start + size).min(total)
}

/// The page, how many there are in all, and the links.
fn numbered(items: Items, pages: Pages, address: &str, query: &str) -> (Vec<Value>, usize, Option<String>) {
    let (on_page, total) = match items {
        Items::Page(on_page, total) => (on_page, total),
        Items::All(all) => (all[window(all.len(), pages, query)].to_vec(), all.len()),
    };
    let page = page_number(query);
    let last = total.div_ceil(size(query, pages)).max(1);
    let link = |page: usize, relation| linked(address, query, &[("page", &page.to_string())], relation);
    let mut links = Vec::new();
    if page > 1 {
        links.push(link((page - 1).min(last), "prev"));
    }
    if page < last {
        links.push(link(page + 1, "next"));
        links.push(link(last, "last"));
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    (on_page, total, (!links.is_empty()).then(|| links.join(", ")))
}

/// A cursor is the position after which the page starts, in a form that nobody takes for a number.
fn cursored<'a>(items: &'a [Value], address: &str, query: &str) -> (&'a [Value], Option<String>) {
    let size = size(query, Pages::USUAL);
    let position = |name: &str| parameter(query, name)?.strip_prefix("MS4x")?.parse::<usize>().ok();
    let (start, end) = match (position("after"), position("before")) {
        (None, Some(before)) => (before.saturating_sub(size), before.min(items.len())),
        (after, _) => (after.unwrap_or(0), after.unwrap_or(0) + size),
    };
    let (start, end) = (start.min(items.len()), end.min(items.len()));
    let mut links = Vec::new();
    if end < items.len() {
        links.push(linked(address, query, &[("after", &format!("MS4x{end}")), ("before", "")], "next"));
    }
    if start > 0 {
        links.push(linked(address, query, &[("after", "")], "first"));
        links.push(linked(address, query, &[("after", ""), ("before", &format!("MS4x{start}"))], "prev"));
    }
    (&items[start..end], (!links.is_empty()).then(|| links.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(count: usize) -> Vec<Value> {
        (0..count).map(Value::from).collect()
    }

    #[test]
    fn pages_are_numbered_keep_the_rest_of_the_query_and_end() {
        let of_seven = |query| numbered(Items::All(items(7)), Pages::USUAL, "http://x/orgs", query);
        let (page, total, link) = of_seven("per_page=3&role=admin&page=2");
        assert_eq!((page, total), (items(6)[3..].to_vec(), 7));
        let link = link.unwrap();
        assert!(link.contains("<http://x/orgs?per_page=3&role=admin&page=3>; rel=\"next\""), "{link}");
        let (page, _, link) = of_seven("per_page=3&page=3");
        assert_eq!(page, [6]);
        assert!(!link.unwrap().contains("next"));
        assert_eq!(of_seven("").2, None);
        let (page, ..) = numbered(Items::All(items(200)), Pages::SHORT, "http://x", "per_page=100");
        assert_eq!(page.len(), 30, "more than the maximum is cut");
    }

    #[test]
    fn cursors_lead_to_the_end_and_back() {
        let seven = items(7);
        let (page, link) = cursored(&seven, "http://x", "per_page=4&after=MS4x4");
        assert_eq!(page, [4, 5, 6]);
        let link = link.unwrap();
        assert!(!link.contains("next") && link.contains("before=MS4x4"), "{link}");
    }
}
