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

/// Every part of a tree from the outside in, without recursion: a text may be nested as deep as it likes.
pub(super) fn each<'t>(tree: &'t tree_sitter::Tree, mut visit: impl FnMut(tree_sitter::Node<'t>)) {
    let mut cursor = tree.walk();
    loop {
        visit(cursor.node());
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
