//! One table of a file, and the typed questions that a reader asks it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Timestamp;
use crate::settings::document::Document;
use crate::settings::words::plain;
use crate::settings::{Located, closest, parse_date, parse_duration, shown};

/// One table. Every question about a key makes the key known; [`Section::refuse_unknown_keys`] reports the others.
#[derive(Debug)]
pub struct Section<'d> {
    document: &'d Document<'d>,
    table: &'d DeTable<'d>,
    name: String,
    span: Range<usize>,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'d> Section<'d> {
    pub(super) fn new(document: &'d Document<'d>, table: &'d DeTable<'d>, name: String, span: Range<usize>) -> Self {
        Self { document, table, name, span, known: RefCell::default() }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        self.document.path()
    }

    /// The line on which the table begins.
    pub fn line(&self) -> u32 {
        self.document.line(self.span.start)
    }

    /// Whether the key is there; makes it known.
    pub fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// A string.
    pub fn text(&self, key: &'static str) -> Option<Located<String>> {
        let value = self.get(key)?;
        self.expect_text(key, value)
    }

    /// A list of strings.
    pub fn texts(&self, key: &'static str) -> Option<Vec<Located<String>>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, "a list of strings");
            return None;
        };
        Some(items.iter().filter_map(|item| self.expect_text(key, item)).collect())
    }

    /// A list of strings, or a single one.
    pub fn text_or_texts(&self, key: &'static str) -> Option<Vec<Located<String>>> {
        match self.get(key)?.get_ref() {
            DeValue::String(_) => self.text(key).map(|one| vec![one]),
            _ => self.texts(key),
        }
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        flag
    }

    /// A whole number in a range.
    pub fn number(&self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, "a whole number");
            return None;
        };
        let number = u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok();
        let number = number.filter(|n| range.contains(n));
        if number.is_none() {
            let what = format!("`{key}` is out of range");
            self.document.report(value.span(), what, Some(format!("from {} to {}", range.start(), range.end())));
        }
        number
    }

    /// A duration such as `"90d"`.
    pub fn duration(&self, key: &'static str) -> Option<Duration> {
        let text = self.text(key)?;
        let duration = parse_duration(&text.value);
        if duration.is_none() {
            self.refuse(
                text.line,
                format!("`{key}` is not a duration: {}", shown(&text.value)),
                "a number and a unit: 90d, 12h, 30m",
            );
        }
        duration
    }

    /// A day, as a string or a TOML date; its first moment in UTC.
    pub fn date(&self, key: &'static str) -> Option<Located<Timestamp>> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(datetime) => datetime.to_string(),
            _ => {
                self.wrong_type(key, value, "a date");
                return None;
            }
        };
        let line = self.document.line(value.span().start);
        let date = parse_date(&text).map(|value| Located { value, line });
        if date.is_none() {
            let what = format!("`{key}` is not a date: {}", shown(&text));
            self.document.report(value.span(), what, Some("year-month-day, such as 2027-01-31".to_owned()));
        }
        date
    }

    /// A table.
    pub fn section(&self, key: &'static str) -> Option<Section<'d>> {
        let value = self.get(key)?;
        self.child(key, self.key_span(key), value)
    }

    /// A list of tables (`[[key]]`).
    pub fn sections(&self, key: &'static str) -> Vec<Section<'d>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, &format!("a list of tables ([[{}]])", self.path_of(key)));
            return Vec::new();
        };
        items.iter().filter_map(|item| self.child(key, item.span(), item)).collect()
    }

    /// All tables in here by the names that the file gives them, in the order of lines.
    pub fn named_sections(&self) -> Vec<(Located<String>, Section<'d>)> {
        let mut sections: Vec<_> = self
            .table
            .iter()
            .filter_map(|(key, value)| {
                let name = key.get_ref().to_string();
                let line = self.document.line(key.span().start);
                Some((Located { value: name.clone(), line }, self.child(&name, key.span(), value)?))
            })
            .collect();
        sections.sort_by_key(|(name, _)| name.line);
        sections
    }

    /// Everything in here as it is, for settings that are handed on and not read by us.
    pub fn to_json(&self) -> serde_json::Map<String, serde_json::Value> {
        self.table.iter().map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref()))).collect()
    }

    /// Whether a key holds a string; makes it known.
    pub fn is_text(&self, key: &'static str) -> bool {
        self.get(key).is_some_and(|value| value.get_ref().is_str())
    }

    /// Whether a key holds a table; makes it known.
    pub fn is_table(&self, key: &'static str) -> bool {
        self.get(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// The line on which a key stands; the table's own when it is not there.
    pub fn line_of(&self, key: &'static str) -> u32 {
        self.document.line(self.key_span(key).start)
    }

    /// Reports a problem, unless something on its line was refused already for holding a secret.
    pub fn refuse(&self, line: u32, what: impl Into<String>, hint: impl Into<String>) {
        if !self.document.has_leak_on(line) {
            self.document.report_at(line, what.into(), Some(hint.into()));
        }
    }

    /// Reports a problem with the value of a key, unless it was refused already for holding a secret.
    pub fn refuse_value(&self, key: &'static str, what: impl Into<String>, hint: impl Into<String>) {
        let span = self.get(key).map_or_else(|| self.span.clone(), Spanned::span);
        self.document.report(span, what.into(), Some(hint.into()));
    }

    /// Reports that a key that must be there is not.
    pub fn missing(&self, key: &'static str, hint: impl Into<String>) {
        if self.document.is_whole {
            let owner = if self.name.is_empty() { "the file".to_owned() } else { format!("[{}]", self.name) };
            self.document.report_at(self.line(), format!("{owner} lacks `{key}`"), Some(hint.into()));
        }
    }

    /// Reports every key that no question was asked about.
    pub fn refuse_unknown_keys(&self) {
        let known = self.known.borrow();
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if known.contains(name) {
                continue;
            }
            let place = if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) };
            let hint = match closest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", known.iter().copied().collect::<Vec<_>>().join(", ")),
            };
            self.document.report(key.span(), format!("unknown key {}{place}", shown(name)), Some(hint));
        }
    }

    fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.borrow_mut().insert(key);
        self.table.get(key)
    }

    fn key_span(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or_else(|| self.span.clone(), |(key, _)| key.span())
    }

    fn path_of(&self, key: &str) -> String {
        if self.name.is_empty() { plain(key) } else { format!("{}.{}", self.name, plain(key)) }
    }

    fn child(&self, key: &str, span: Range<usize>, value: &'d Spanned<DeValue<'d>>) -> Option<Section<'d>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, "a table");
            return None;
        };
        Some(Section::new(self.document, table, self.path_of(key), span))
    }

    fn expect_text(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Located<String>> {
        match value.get_ref() {
            DeValue::String(text) => {
                Some(Located { value: text.to_string(), line: self.document.line(value.span().start) })
            }
            _ => {
                self.wrong_type(key, value, "a string");
                None
            }
        }
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let what = format!("`{}` is {found}", self.path_of(key));
        self.document.report(value.span(), what, Some(format!("it takes {expected}")));
    }
}

fn to_json(value: &DeValue<'_>) -> serde_json::Value {
    use serde_json::Value;
    match value {
        DeValue::String(text) => Value::from(&**text),
        DeValue::Integer(n) => {
            i64::from_str_radix(&n.as_str().replace('_', ""), n.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(n) => n.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Datetime(datetime) => Value::from(datetime.to_string()),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(k, v)| (k.get_ref().to_string(), to_json(v.get_ref())))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Problem, read};

    fn problems(text: &str, body: impl FnOnce(&Section<'_>)) -> Vec<String> {
        let line = |p: Problem| format!("{}: {} ({})", p.line, p.what, p.hint.unwrap_or_default());
        read(Path::new("f.toml"), text, body).1.into_iter().map(line).collect()
    }

    #[test]
    fn all_mistakes_come_at_once_with_their_lines() {
        let text = "nam = 'x'\ncount = 'three'\nsince = 2026-02-30\n\n[inner]\nage = '3y'\nflag = 1\nn = 99\n";
        let found = problems(text, |s| {
            s.text("name");
            s.number("count", 0..=3);
            s.date("since");
            let inner = s.section("inner").unwrap();
            inner.duration("age");
            inner.flag("flag");
            inner.number("n", 1..=9);
            inner.missing("must", "add it");
            inner.refuse_unknown_keys();
        });
        assert_eq!(found.len(), 7, "{found:#?}");
        let lines: Vec<&str> = found.iter().map(|p| p.split(':').next().unwrap()).collect();
        assert_eq!(lines, ["1", "2", "3", "5", "6", "7", "8"]);
    }

    #[test]
    fn a_syntax_error_does_not_hide_the_others() {
        let found = problems("a = \nb = 1\nbb = 2\n", |s| {
            s.text("a");
            s.text("b");
        });
        assert!(found.iter().any(|p| p.starts_with("1: ")), "{found:#?}");
        assert!(found.iter().any(|p| p.starts_with("2: `b` is a whole number")), "{found:#?}");
        assert!(found.iter().any(|p| p.starts_with("3: unknown key")), "{found:#?}");
    }

    #[test]
    fn a_secret_is_refused_once_and_never_repeated() {
        let secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
        let found = problems(&format!("token = '{secret}'\nage = ['{secret}']\n"), |s| {
            s.section("token");
            s.duration("age");
        });
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found.iter().all(|p| !p.contains(secret) && p.contains("shaped like a secret")));
    }
}
