//! What rules are asked about: the things of their kinds that are there and are not known to be unable to authenticate.

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;
use whosekey_sdk::{AccessLevel, Fact, Kind, LinkKind};

use super::access::CanAuthenticate;
use super::{Found, Input, Rule};
use crate::graph::{LinkView, Node};

/// What these rules find, by rule and then by subject. Each thing is looked at once, by all rules one after the other, and
/// what they say in words is dropped where it was made.
pub(super) fn find(input: &Input<'_>, rules: &[&'static Rule]) -> Vec<Found> {
    let nodes = (0..input.graph.len()).into_par_iter().map(|at| input.graph.node_at(at));
    let live = nodes.filter(|node| is_live(input, *node));
    let mut findings: Vec<(usize, Found)> = live.flat_map_iter(|node| of_node(input, rules, node)).collect();
    findings.par_sort_by_key(|(place, found)| (*place, found.subject));
    findings.into_iter().map(|(_, found)| found).collect()
}

fn of_node<'a>(
    input: &'a Input<'_>,
    rules: &'a [&'static Rule],
    node: Node<'a>,
) -> impl Iterator<Item = (usize, Found)> + 'a {
    let looks = move |rule: &Rule| node.kind().is_some_and(|kind| rule.kinds.contains(&kind));
    let places = rules.iter().enumerate().filter(move |(_, rule)| looks(rule));
    places.filter_map(move |(place, rule)| Some((place, found(rule, input, node)?)))
}

fn found(rule: &'static Rule, input: &Input<'_>, node: Node<'_>) -> Option<Found> {
    let finding = (rule.find)(input, node)?;
    let mut reasons = rule.meta.reasons.iter().map(|(code, _)| *code);
    let reason = reasons.find(|code| *code == finding.reason).expect("a finding has one of its rule's reasons");
    Some(Found { rule, subject: node.node_id(), reason, severity: finding.severity, confidence: finding.confidence })
}

/// Whether it is an entity that is not gone, and not known to be unable to authenticate.
pub(crate) fn is_live(input: &Input<'_>, node: Node<'_>) -> bool {
    let is_dormant = matches!(input.access.can_authenticate(node.node_id()), Some(CanAuthenticate::No(_)));
    node.is_entity() && !node.is_gone() && !is_dormant
}

/// Whether an agent or workload has not ended.
pub(crate) fn runs(node: Node<'_>) -> bool {
    !node.is_gone() && node.enabled() != Fact::Known(false)
}

/// The links that are there by which agents and workloads that have not ended hold a credential.
pub(crate) fn held_by<'g>(credential: Node<'g>) -> impl Iterator<Item = LinkView<'g>> {
    credential.incoming(LinkKind::Holds).filter(|link| link.is_there() && runs(link.from()))
}

/// The agent or workload that this is a part of in the end; itself if of none. Parts of one whole are one.
pub(crate) fn whole<'g>(part: Node<'g>) -> Node<'g> {
    // Deep enough for what people nest, and an end for parts that are parts of each other.
    const DEPTH: usize = 8;
    let acts = |node: &Node<'g>| matches!(node.kind(), Some(Kind::Agent | Kind::Workload)) && !node.is_gone();
    let mut whole = part;
    for _ in 0..DEPTH {
        let mut above = whole.out(LinkKind::PartOf).filter(|link| link.is_there()).map(|link| link.to());
        match above.find(acts) {
            Some(next) if next.node_id() != part.node_id() => whole = next,
            _ => break,
        }
    }
    whole
}

/// The `can_access` links of an identity that are there, and their levels.
pub(crate) fn access<'g>(identity: Node<'g>) -> impl Iterator<Item = (AccessLevel, LinkView<'g>)> {
    let links = identity.out(LinkKind::CanAccess).filter(|link| link.is_there());
    links.filter_map(|link| Some((link.level()?, link)))
}

/// The most that an identity, or the identity that a credential proves, may do.
pub(crate) fn highest_access(node: Node<'_>) -> Option<AccessLevel> {
    let proved = node.out(LinkKind::AuthenticatesAs).filter(|link| link.is_there()).map(|link| link.to());
    std::iter::once(node).chain(proved).flat_map(access).map(|(level, _)| level).max()
}
