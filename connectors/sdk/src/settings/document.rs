//! One TOML file: parsed with recovery, so that one missing quote does not hide the other nine mistakes.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::settings::words::plain;
use crate::settings::{Problem, Section, looks_secret};

/// Reads a file's text with `body`, which asks the root section for what it knows.
///
/// Returns what `body` made, and all problems in the order of lines; what `body` made counts only when there are none.
pub fn read<T>(path: &Path, text: &str, body: impl FnOnce(&Section<'_>) -> T) -> (T, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let document = Document {
        path,
        line_starts: std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
            .collect(),
        problems: RefCell::new(Vec::new()),
        leaks: RefCell::new(Vec::new()),
        broken_lines: RefCell::default(),
        is_whole: !errors.iter().any(loses_what_follows),
    };
    document.report_syntax(&errors);
    document.refuse_secrets(root.get_ref());
    let made = {
        let section = Section::new(&document, root.get_ref(), String::new(), 0..0);
        let made = body(&section);
        section.refuse_unknown_keys();
        made
    };
    let mut problems = document.problems.into_inner();
    problems.sort();
    problems.dedup();
    (made, problems)
}

/// What all sections of a file share.
#[derive(Debug)]
pub(super) struct Document<'d> {
    path: &'d Path,
    line_starts: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    /// Where values shaped like secrets stand; they are reported once, not again for having the wrong type.
    leaks: RefCell<Vec<Range<usize>>>,
    /// Lines with a syntax error: what was recovered there is a guess, and is not judged again.
    broken_lines: RefCell<BTreeSet<u32>>,
    /// No syntax error swallowed other lines: only then can a key be said to be missing.
    pub(super) is_whole: bool,
}

impl Document<'_> {
    pub(super) fn path(&self) -> &Path {
        self.path
    }

    pub(super) fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.line_starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// Adds a problem, unless the same place was refused already: for its syntax, or for holding a secret.
    pub(super) fn report(&self, span: Range<usize>, what: String, hint: Option<String>) {
        let holds_leak = |leak: &Range<usize>| leak.start < span.end && span.start < leak.end;
        if !self.leaks.borrow().iter().any(holds_leak) {
            self.report_at(self.line(span.start), what, hint);
        }
    }

    pub(super) fn has_leak_on(&self, line: u32) -> bool {
        self.leaks.borrow().iter().any(|leak| self.line(leak.start) == line)
    }

    /// Adds a problem, unless the line was refused already for its syntax.
    pub(super) fn report_at(&self, line: u32, what: String, hint: Option<String>) {
        if !self.broken_lines.borrow().contains(&line) {
            self.problems.borrow_mut().push(Problem { file: self.path.to_owned(), line, what, hint });
        }
    }

    /// The first syntax error of each line; those after it on the same line follow from it.
    fn report_syntax(&self, errors: &[toml::de::Error]) {
        for error in errors {
            let line = self.line(error.span().map_or(0, |span| span.start));
            // `Display` would repeat the source line, and with it whatever secret stands there; the message does not.
            let message = error.message().replace('\n', ", ");
            let (what, hint) = match message.split_once(", expected ") {
                Some((what, expected)) => (what.to_owned(), Some(format!("expected {expected}"))),
                None => (message, None),
            };
            self.report_at(line, what, hint);
            self.broken_lines.borrow_mut().insert(line);
        }
    }

    fn refuse_secrets(&self, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            self.refuse_secrets_in(key.get_ref(), value);
        }
    }

    fn refuse_secrets_in(&self, key: &str, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::String(text) if looks_secret(text) => {
                self.report(
                    value.span(),
                    format!("`{}` holds a value shaped like a secret", plain(key)),
                    Some("write where to find it: { env = \"NAME\" }, { file = \"path\" } or { command = [\"…\"] }; and rotate it, it has been written down".to_owned()),
                );
                self.leaks.borrow_mut().push(value.span());
            }
            DeValue::Array(items) => items.iter().for_each(|item| self.refuse_secrets_in(key, item)),
            DeValue::Table(table) => self.refuse_secrets(table),
            _ => {}
        }
    }
}

/// Whether the parser, after this error, lost lines or tables that were in the text.
fn loses_what_follows(error: &toml::de::Error) -> bool {
    ["unclosed", "key with no value", "multi-line"].iter().any(|sign| error.message().contains(sign))
}
