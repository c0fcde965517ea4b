//! What to do about a thing: its platform's own commands, reversible first.
//!
//! A step is one command of a POSIX shell, or begins with `# ` and says what no command does: together they are a script.
//! Names come from platforms and may be hostile, so every one in a command is quoted, and none ends a comment.
//! Which profile, context or host somebody's tools are set to is not known: the steps say where a thing is.
//! Invariant: nothing inferred alone leads to a recommendation to switch off or delete.

mod aws;
mod cloud;
mod github;
mod kubernetes;
#[cfg(test)]
mod tests;

pub(crate) use aws::{partition, user_name};

use super::finding::Confidence;
use crate::graph::Node;

/// `text` as one word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A step that no command does, as a comment of a shell, which ends with its line.
pub fn say(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    format!("# {}", text.replace(is_break, "\u{fffd}"))
}

/// How to switch the thing off, then how to delete it.
pub fn switch_off(node: Node<'_>, confidence: Confidence) -> Vec<String> {
    switch_off_after(Vec::new(), node, confidence)
}

/// The same after other steps, which are done at the same place.
pub fn switch_off_after(first: Vec<String>, node: Node<'_>, confidence: Confidence) -> Vec<String> {
    let off = if confidence == Confidence::Low {
        vec![say("confirm by other means first: the evidence is inferred from names alone")]
    } else {
        aws::switch_off(node)
            .or_else(|| github::switch_off(node))
            .or_else(|| kubernetes::switch_off(node))
            .or_else(|| cloud::switch_off(node))
            .unwrap_or_else(|| {
                vec![
                    say(&format!(
                        "switch {} off where its platform allows it, and wait for somebody to miss it",
                        node.label()
                    )),
                    say(&format!("then delete {}", node.label())),
                ]
            })
    };
    place(node).into_iter().chain(first).chain(off).collect()
}

/// The first step of all that are done with a platform's own command: in which account or cluster. A namesake in another
/// one is another thing.
pub fn place(node: Node<'_>) -> Option<String> {
    aws::place(node).or_else(|| kubernetes::place(node))
}

/// The last part of an id: `AKIA…`, `17`.
fn last_part(node: Node<'_>) -> &str {
    let id = node.id().split_once(':').map_or(node.id(), |(_, id)| id);
    id.rsplit_once('/').map_or(id, |(_, id)| id)
}
