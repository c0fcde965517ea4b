//! Counts, in one pass over the nodes, so that they are known before the first entity is written.

use std::collections::BTreeMap;

use super::{Answers, Parts};
use crate::analysis::{Answer, Status};
use crate::graph::Node;
use crate::report::v1;

/// Counts everything that is there. `seen` is told of every entity with its answers, so that no second pass has to ask
/// for them.
pub(super) fn of(
    parts: &Parts<'_>,
    coverage: &[v1::Coverage],
    mut seen: impl FnMut(Node<'_>, Option<&Answers>),
) -> v1::Summary {
    let mut summary = v1::Summary::default();
    for scope in coverage.iter().filter(|scope| scope.gone_at.is_none()) {
        count(&mut summary.coverage, scope.outcome.as_str());
    }
    for node in super::shown(parts).filter(|node| !node.is_gone()) {
        let Some(kind) = node.kind() else { continue };
        count(&mut summary.entities, kind.as_str());
        let judged = super::entity::is_judged(kind).then(|| (parts.answers)(node)).flatten();
        for (name, answer) in judged.iter().flatten() {
            if !summary.verdicts.contains_key(*name) {
                let none = [Answer::Yes, Answer::No, Answer::CannotTell].map(|answer| (answer.as_str().to_owned(), 0));
                summary.verdicts.insert((*name).to_owned(), none.into());
            }
            summary.verdicts.get_mut(*name).into_iter().for_each(|answers| count(answers, answer.as_str()));
        }
        seen(node, judged.as_ref());
    }
    for finding in (0..parts.findings.count()).map(|at| parts.findings.line(at)) {
        count(&mut summary.findings.by_status, finding.status.as_str());
        if finding.status == Status::Open {
            count(&mut summary.findings.by_rule, finding.rule);
            count(&mut summary.findings.by_severity, finding.severity.as_str());
        }
    }
    summary
}

/// One more of a word. Looks before it makes a key: the words are few and the things many.
fn count(counts: &mut BTreeMap<String, u64>, word: &str) {
    match counts.get_mut(word) {
        Some(n) => *n += 1,
        None => drop(counts.insert(word.to_owned(), 1)),
    }
}
