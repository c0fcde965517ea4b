//! Calls of things that come from a framework, in a form that does not depend on the language.

use crate::doc::{Node, Value};

/// A file of code.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// In the order of the text.
    pub(super) calls: Vec<Call>,
    /// Variables of the environment that it reads, with the line of the first time.
    pub(super) variables: Vec<(String, u32)>,
}

impl Module {
    pub(super) fn variable(&mut self, name: String, line: u32) {
        match self.variables.iter_mut().find(|(known, _)| *known == name) {
            Some((_, first)) => *first = line.min(*first),
            None => self.variables.push((name, line)),
        }
    }

    /// In the order of the text, each once.
    pub(super) fn sorted(mut self) -> Self {
        self.calls.sort_by_key(|call| (call.span.start, std::cmp::Reverse(call.span.end)));
        self.calls.dedup_by(|a, b| a.span == b.span);
        self.calls.truncate(MAX_CALLS);
        self.variables.sort_by_key(|(_, line)| *line);
        self
    }
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) framework: &'static str,
    /// What is called, as its framework calls it.
    pub(super) callee: String,
    pub(super) line: u32,
    /// Where in the text it begins and ends: a call may stand within another one's arguments.
    pub(super) span: std::ops::Range<usize>,
    /// The variable, property or function that gets it.
    pub(super) assigned: Option<String>,
    /// Arguments by name, as far as they are written out; what is computed is null.
    pub(super) arguments: Node,
    /// The first argument without a name, when it is text.
    pub(super) first: Option<String>,
    /// Names that occur within an argument: `tools=[search, other.as_tool()]`.
    pub(super) mentions: Vec<Mention>,
}

/// A name within an argument.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) argument: String,
    pub(super) name: String,
}

impl Call {
    /// The text of the first of these arguments that is there.
    pub(super) fn text(&self, names: &[&'static str]) -> Option<&str> {
        self.arguments.any(names).and_then(|(_, node)| node.text())
    }
}

/// A value that is not written out.
pub(super) fn unknown(line: u32) -> Node {
    Node::new(line, Value::Null)
}

/// A text that is, or has in it, variables of the environment.
pub(super) fn text(line: u32, text: String) -> Node {
    Node::new(line, Value::Text(zeroize::Zeroizing::new(text)))
}

/// How deep values are read.
pub(super) const MAX_DEPTH: usize = 24;
/// Calls of one file that are read.
pub(super) const MAX_CALLS: usize = 2_000;

/// The line, from 1, on which a part of the text begins.
pub(super) fn line(node: tree_sitter::Node<'_>) -> u32 {
    u32::try_from(node.start_position().row + 1).unwrap_or(u32::MAX)
}

/// The innermost part of the tree at each place where a word stands. Most of a tree is of no interest, so it is entered
/// where the text has the word and not walked through.
pub(super) fn at_each<'t>(
    tree: &'t tree_sitter::Tree,
    source: &'t str,
    word: &'t str,
) -> impl Iterator<Item = tree_sitter::Node<'t>> {
    let is_letter = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'));
    let bytes = source.as_bytes();
    memchr::memmem::find_iter(bytes, word.as_bytes())
        .filter(move |at| {
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            !is_letter(before) && !is_letter(bytes.get(at + word.len()))
        })
        .take(MAX_CALLS)
        .filter_map(move |at| tree.root_node().named_descendant_for_byte_range(at, at + word.len()))
}

/// The nearest part around this one, itself included, that is of one of these kinds.
pub(super) fn around<'t>(part: tree_sitter::Node<'t>, kinds: &[&str], levels: usize) -> Option<tree_sitter::Node<'t>> {
    let mut inner = part;
    for _ in 0..levels {
        if kinds.contains(&inner.kind()) {
            return Some(inner);
        }
        inner = inner.parent()?;
    }
    None
}
