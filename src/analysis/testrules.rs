//! Short ways to ask rules about a test world.

use super::verdict::Verdict;
use super::{Analysis, Finding, Found, Input, Policy, analyze};
use crate::graph::testworld::{now, world};
use crate::graph::{Graph, Node};

/// Judges this world and hands the outcome to `look`.
pub(crate) fn judged<T>(text: &str, look: impl FnOnce(&Graph, &Analysis) -> T) -> T {
    let graph = world(text);
    let policy = Policy::default();
    let analysis = analyze(&Input::new(&graph, &policy, now()));
    look(&graph, &analysis)
}

/// `yes consumer_gone`: a verdict's answer and reason.
pub(crate) fn verdict(name: &str, text: &str, id: &str) -> String {
    judged(text, |graph, analysis| {
        let (_, verdict) = named(graph, analysis, name, id);
        format!("{} {}", verdict.answer().as_str(), verdict.why.code())
    })
}

/// A verdict's sentence.
pub(crate) fn because(name: &str, text: &str, id: &str) -> String {
    judged(text, |graph, analysis| {
        let (node, verdict) = named(graph, analysis, name, id);
        analysis.because(node, verdict)
    })
}

fn named<'g>(graph: &'g Graph, analysis: &Analysis, name: &str, id: &str) -> (Node<'g>, Verdict) {
    let node = graph.find(id).unwrap_or_else(|| panic!("no {id}"));
    let three = analysis.verdicts_of(node).unwrap_or_else(|| panic!("{id} is not judged"));
    (node, three.named().into_iter().find(|(n, _)| *n == name).expect("one of the three").1)
}

/// The findings of one rule.
pub(crate) fn findings(rule: &str, text: &str) -> Vec<Finding> {
    judged(text, |graph, analysis| {
        let input = analysis.input(graph);
        let of_rule = analysis.findings.iter().filter(|found| found.rule.meta.id == rule);
        let in_words = |found: &Found| {
            let finding = found.in_words(&input);
            let brief = (found.reason, found.severity, found.confidence);
            assert_eq!(brief, (finding.reason.as_str(), finding.severity, finding.confidence));
            finding
        };
        of_rule.map(in_words).collect()
    })
}
