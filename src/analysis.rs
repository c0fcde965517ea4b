//! From the graph to verdicts and findings: pure functions of the graph, the policy and a moment.
//!
//! [`analyze`] gives every identity and credential the three verdicts (`orphaned`, `zombie`, `ownerless`: yes, no or cannot
//! tell, with why) and runs all [`RULES`]. What comes of findings over time is [`lifecycle`]'s.
//!
//! Invariant: a rule decides on known facts alone. What was not seen whole, not exposed or denied makes an answer
//! *cannot tell*, never yes; that an answer could not be told is said with the scope or fact that was lacking.

use std::sync::Arc;

use whosekey_sdk::{Kind, Timestamp};

use self::access::Access;
use self::consumers::{Consumer, consumers_of};
use self::ownership::{Owner, Ownership, owners_of};
use self::sight::Sight;
use self::survey::Survey;
use self::takers::Takers;
use self::verdict::{Three, Verdict, Verdicts};
use crate::graph::{Graph, Node, NodeId};

pub mod access;
pub mod consumers;
mod finding;
mod found;
pub mod lifecycle;
pub mod ownership;
pub mod policy;
#[cfg(test)]
mod promise;
pub mod remediation;
pub mod rules;
pub mod sight;
mod subjects;
mod survey;
mod takers;
#[cfg(test)]
pub(crate) mod testrules;
pub mod verdict;
pub mod words;

pub use finding::{Answer, Confidence, EvidenceItem, Finding, FindingId, Severity, Status};
pub use found::Found;
pub use policy::{Accept, Policy};
pub use rules::RULES;

/// What rules judge.
pub struct Input<'a> {
    /// Everything that is known.
    pub graph: &'a Graph,
    /// Thresholds and accepted risks.
    pub policy: &'a Policy,
    /// The moment that all thresholds count from.
    pub now: Timestamp,
    /// What was not seen whole, and for what that matters.
    pub sight: Arc<Sight>,
    /// Who can authenticate.
    pub access: Arc<Access>,
    /// What kind of owners everything reaches.
    pub ownership: Arc<Ownership>,
    /// Who may become what without naming it.
    pub(crate) takers: Arc<Takers>,
    /// The three verdicts of every identity and credential.
    pub verdicts: Arc<Verdicts>,
    /// What some rules look up of the whole graph.
    pub survey: Arc<Survey>,
    /// How much of a finding somebody is going to read.
    pub detail: Detail,
}

/// How much a rule has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Reason, severity and confidence: a rule that has them may leave the rest out.
    Brief,
    /// All of it.
    Full,
}

impl<'a> Input<'a> {
    /// What rules judge, with what they share worked out once.
    pub fn new(graph: &'a Graph, policy: &'a Policy, now: Timestamp) -> Self {
        let sight = Arc::new(Sight::of(graph));
        let access = Arc::new(Access::of(graph, &sight, now));
        let ownership = Arc::new(Ownership::of(graph, &sight));
        let takers = Arc::new(Takers::of(graph));
        let (verdicts, survey) = (Arc::new(Verdicts::none()), Arc::default());
        let detail = Detail::Full;
        let mut input = Self { graph, policy, now, sight, access, ownership, takers, verdicts, survey, detail };
        input.verdicts = Arc::new(verdict::judge(&input));
        input.survey = Arc::new(Survey::of(&input));
        input
    }

    /// Whether nobody is going to read the words.
    pub(crate) fn is_brief(&self) -> bool {
        self.detail == Detail::Brief
    }
}

/// A pure function over the graph.
pub struct Rule {
    /// What it is, for people and reports.
    pub meta: Meta,
    /// The kinds of things that it looks at. It is asked about each that is there and not known to be unable to
    /// authenticate.
    pub kinds: &'static [Kind],
    /// What it finds about one thing. It is asked again whenever the finding is to be read, so it must find the same.
    pub find: fn(&Input<'_>, Node<'_>) -> Option<Finding>,
}

/// What a rule is: the source of `whosekey rules` and of the documentation.
#[derive(Debug)]
pub struct Meta {
    /// The rule's id, its file's name and its key in the configuration.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// How bad its findings are, unless the rule says otherwise of one.
    pub severity: Severity,
    /// How sure its findings are at best.
    pub confidence: Confidence,
    /// Which of the OWASP Non-Human Identities Top 10 (2025) it finds, such as `OWASP NHI1:2025`.
    pub owasp: &'static [&'static str],
    /// Every reason code, with what it means.
    pub reasons: &'static [(&'static str, &'static str)],
    /// What it finds, and when it cannot tell.
    pub description: &'static str,
    /// What to do, in general.
    pub remediation: &'static str,
}

/// What all rules concluded. It holds no graph: its methods take nodes of the graph that was judged.
pub struct Analysis {
    /// All findings, by rule in the order of [`RULES`], then by subject.
    pub findings: Vec<Found>,
    /// The three verdicts of every identity and credential.
    pub verdicts: Arc<Verdicts>,
    /// Who can authenticate.
    pub access: Arc<Access>,
    /// What kind of owners everything reaches.
    pub ownership: Arc<Ownership>,
    /// What was not seen whole, and for what that matters.
    pub sight: Arc<Sight>,
    takers: Arc<Takers>,
    survey: Arc<Survey>,
    policy: Policy,
    now: Timestamp,
}

/// Runs all rules.
pub fn analyze(input: &Input<'_>) -> Analysis {
    let mut analysis = Analysis {
        findings: Vec::new(),
        verdicts: Arc::clone(&input.verdicts),
        access: Arc::clone(&input.access),
        ownership: Arc::clone(&input.ownership),
        sight: Arc::clone(&input.sight),
        takers: Arc::clone(&input.takers),
        survey: Arc::clone(&input.survey),
        policy: input.policy.clone(),
        now: input.now,
    };
    let brief = Input { detail: Detail::Brief, ..analysis.input(input.graph) };
    analysis.findings = subjects::find(&brief, RULES);
    analysis
}

impl Analysis {
    /// The three verdicts of an identity or a credential; `None` for anything else.
    pub fn verdicts_of(&self, node: Node<'_>) -> Option<Three> {
        self.verdicts.of(node.node_id())
    }

    /// Why a verdict is what it is, in one sentence.
    pub fn because(&self, node: Node<'_>, verdict: Verdict) -> String {
        verdict.because(&self.input(node.graph()), node)
    }

    /// The owners that evidence leads to from here, the surest first.
    pub fn owners_of(&self, node: Node<'_>) -> Vec<Owner> {
        owners_of(node, &self.sight)
    }

    /// The agents and workloads that use this credential or identity now, by id.
    pub fn users_of(&self, node: Node<'_>) -> Vec<NodeId> {
        let is_one = |consumer: &Consumer<'_>| !consumer.has_moved_on && !consumer.node.is_gone();
        consumers_of(node).into_iter().filter(is_one).map(|consumer| consumer.node.node_id()).collect()
    }

    /// What was judged.
    pub fn input<'a>(&'a self, graph: &'a Graph) -> Input<'a> {
        Input {
            graph,
            policy: &self.policy,
            now: self.now,
            sight: Arc::clone(&self.sight),
            access: Arc::clone(&self.access),
            ownership: Arc::clone(&self.ownership),
            takers: Arc::clone(&self.takers),
            verdicts: Arc::clone(&self.verdicts),
            survey: Arc::clone(&self.survey),
            detail: Detail::Full,
        }
    }
}
