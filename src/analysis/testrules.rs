//! Short ways to ask rules about a test world.

use super::{Analysis, Finding, Policy, analyze};
use crate::graph::testworld::{now, world};

/// Judges this world and hands the outcome to `look`.
pub(crate) fn judged<T>(text: &str, look: impl FnOnce(&Analysis<'_>) -> T) -> T {
    let graph = world(text);
    look(&analyze(&graph, &Policy::default(), now()))
}

/// `yes consumer_gone`: a verdict's answer and reason.
pub(crate) fn verdict(name: &str, text: &str, id: &str) -> String {
    judged(text, |analysis| {
        let (_, verdict) = named(analysis, name, id);
        format!("{} {}", verdict.answer().as_str(), verdict.why.code())
    })
}

/// A verdict's sentence.
pub(crate) fn because(name: &str, text: &str, id: &str) -> String {
    judged(text, |analysis| {
        let (node, verdict) = named(analysis, name, id);
        analysis.because(node, verdict)
    })
}

fn named<'a>(analysis: &Analysis<'a>, name: &str, id: &str) -> (crate::graph::Node<'a>, super::verdict::Verdict) {
    let node = analysis.input.graph.find(id).unwrap_or_else(|| panic!("no {id}"));
    let three = analysis.verdicts(node).unwrap_or_else(|| panic!("{id} is not judged"));
    (node, three.named().into_iter().find(|(n, _)| *n == name).unwrap().1)
}

/// The findings of one rule.
pub(crate) fn findings(rule: &str, text: &str) -> Vec<Finding> {
    judged(text, |analysis| analysis.findings.iter().filter(|finding| finding.rule == rule).cloned().collect())
}
