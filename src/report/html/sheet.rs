//! One table as a page of its own, pinned like the report's: no script, no network.

use std::borrow::Cow;

use askama::Template;

use super::page;

/// A page with one table. Its texts are made visible by whoever gives them, and escaped by the template.
#[derive(Template)]
#[template(path = "sheet.html")]
pub(crate) struct Sheet<'a> {
    style_hash: String,
    title: &'a str,
    columns: Vec<&'a str>,
    rows: Vec<Vec<Cow<'a, str>>>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(title: &'a str, columns: Vec<&'a str>, rows: Vec<Vec<Cow<'a, str>>>) -> Self {
        Self { style_hash: page::style_hash(), title, columns, rows }
    }
}
