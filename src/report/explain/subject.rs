//! What an id on the command line is about.

use crate::graph::{Graph, LookupError};
use crate::report::index::Index;
use crate::report::v1;

/// What an explanation is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Subject<'a> {
    /// An entity.
    Entity(&'a v1::Entity),
    /// A finding.
    Finding(&'a v1::Finding),
    /// A name at which links end, and that no source lists.
    End(&'a str),
}

/// The most findings that an answer names.
const NAMED: usize = 5;

/// What an id, an alias, a prefix of a finding's id or a name means.
///
/// # Errors
/// When it means nothing, or several things.
pub fn look_up<'a>(graph: &'a Graph, index: &Index<'a>, id: &str) -> Result<Subject<'a>, LookupError> {
    let mut node = graph.identified(id)?;
    if node.is_none() {
        let mut findings = index.report.findings.iter().filter(|found| !id.is_empty() && found.id.starts_with(id));
        match (findings.next(), findings.next()) {
            (None, _) => {}
            (Some(finding), None) => return Ok(Subject::Finding(finding)),
            (Some(first), Some(second)) => return Err(ambiguous(id, [first, second].into_iter().chain(findings))),
        }
        node = graph.called(id)?.or_else(|| graph.named_otherwise(id));
    }
    let node = node.ok_or_else(|| graph.unknown(id))?;
    Ok(index.entity(node.id()).map_or(Subject::End(node.id()), Subject::Entity))
}

fn ambiguous<'a>(id: &str, findings: impl Iterator<Item = &'a v1::Finding>) -> LookupError {
    let all: Vec<String> =
        findings.map(|found| format!("{} ({} of {})", found.id, found.rule, found.subject)).collect();
    let count = all.len();
    LookupError::Ambiguous { name: id.to_owned(), candidates: all.into_iter().take(NAMED).collect(), count }
}
