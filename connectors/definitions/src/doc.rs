//! One document tree for JSON, YAML and TOML, in which every value knows its line.
//!
//! The formats of agent definitions differ in syntax far more than in shape, so all parsers below give the same
//! [`Node`] and all readers in `formats` are written once. A parse error names the line and never the content: the
//! content may be a secret.

mod json;
mod toml;
mod yaml;

pub(crate) use self::json::parse as parse_json;
pub(crate) use self::toml::parse as parse_toml;
pub(crate) use self::yaml::parse as parse_yaml;

use zeroize::Zeroizing;

/// Values in one document after aliases are expanded; more is an attack or a mistake.
pub(crate) const MAX_NODES: usize = 400_000;
/// Nesting of one document.
pub(crate) const MAX_DEPTH: usize = 128;

/// A value and the line (from 1) on which it starts.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) line: u32,
    pub(crate) value: Value,
}

/// What a node holds. Text is wiped when dropped, as any of it may be a secret.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    Text(Zeroizing<String>),
    List(Vec<Node>),
    /// In the order of the file; a key that stands twice is here twice, so that nothing hides behind its namesake.
    Map(Vec<(String, Node)>),
}

/// Why a document could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocError {
    #[error("not valid {syntax} (line {line})")]
    Syntax { syntax: &'static str, line: u32 },
    #[error("nested deeper than {MAX_DEPTH} levels (line {line})")]
    TooDeep { line: u32 },
    #[error("more than {MAX_NODES} values after its aliases are expanded (line {line})")]
    TooMany { line: u32 },
}

impl Node {
    pub(crate) fn new(line: u32, value: Value) -> Self {
        Self { line, value }
    }

    /// Puts a document that stands within another one on the line where it stands there.
    pub(crate) fn set_line(&mut self, line: u32) {
        self.line = line;
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.set_line(line)),
            Value::Map(entries) => entries.iter_mut().for_each(|(_, node)| node.set_line(line)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }

    /// The value under a key of a map; the last one wins, as it does for the programs that read these files.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// The value at the end of a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The first of these keys that is there.
    pub(crate) fn any(&self, keys: &[&'static str]) -> Option<(&'static str, &Node)> {
        keys.iter().find_map(|key| Some((*key, self.get(key)?)))
    }

    /// The entries of a map; none for anything else.
    pub(crate) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Text or number, as written: some put a bare number where a password goes.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The same, with flags as words.
    pub(crate) fn scalar_or_flag(&self) -> Option<String> {
        self.scalar().map(ToOwned::to_owned).or_else(|| self.flag().map(|flag| flag.to_string()))
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The text under a key.
    pub(crate) fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }
}

/// Appends a step to a JSON pointer (RFC 6901).
pub(crate) fn pointer(base: &str, step: &str) -> String {
    format!("{base}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// From byte offsets to line numbers.
#[derive(Debug)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    pub(crate) fn of_bytes(text: &[u8]) -> Self {
        Self(memchr::memchr_iter(b'\n', text).collect())
    }

    /// The line, from 1, of a byte offset.
    pub(crate) fn of(&self, offset: usize) -> u32 {
        u32::try_from(self.0.partition_point(|newline| *newline < offset) + 1).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_document_reads_the_same_in_three_syntaxes() {
        let json = parse_json("{\"a\": {\"b\": [1,\n \"x\"]}, // why\n}").unwrap();
        let yaml = parse_yaml("a:\n  b:\n  - 1\n  - x\n").unwrap().remove(0);
        let toml = parse_toml("[a]\nb = [1,\n'x']\n").unwrap();
        for (doc, line) in [(json, 2), (yaml, 4), (toml, 3)] {
            let items = doc.at(&["a", "b"]).unwrap().items();
            assert_eq!(items[0].scalar(), Some("1"));
            assert_eq!(items[1].text(), Some("x"));
            assert_eq!(items[1].line, line);
        }
    }

    #[test]
    fn pointers_escape_what_rfc_6901_says() {
        assert_eq!(pointer("/mcpServers", "a/b~c"), "/mcpServers/a~1b~0c");
    }
}
