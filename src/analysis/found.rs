//! A finding in a few bytes. An estate of a million things can have as many findings, and in words they would take
//! gigabytes, of which hardly anybody reads more than the first two hundred.

use super::finding::{Confidence, Finding, Severity};
use super::{FindingId, Input, Rule, remediation};
use crate::graph::{Graph, NodeId};

/// That a rule found something about a subject. What exactly, [`Found::in_words`] says.
#[derive(Clone, Copy)]
pub struct Found {
    /// The rule.
    pub rule: &'static Rule,
    /// About what.
    pub subject: NodeId,
    /// The reason code.
    pub reason: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
}

impl Found {
    /// The finding's id.
    pub fn id(&self, graph: &Graph) -> FindingId {
        FindingId::of(self.rule.meta.id, graph.node(self.subject).id())
    }

    /// The whole finding: the rule is asked again.
    ///
    /// # Panics
    /// When the input is another one than that in which it was found.
    pub fn in_words(&self, input: &Input<'_>) -> Finding {
        let found = (self.rule.find)(input, input.graph.node(self.subject));
        let mut finding = found.expect("a rule finds the same in the same input");
        for step in &mut finding.remediation {
            // What a rule advises of all its findings is no command.
            if *step == self.rule.meta.remediation {
                *step = remediation::say(step);
            }
        }
        finding
    }
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?}", self.rule.meta.id, self.reason, self.subject)
    }
}
