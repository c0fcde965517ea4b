//! Consumers that name what they use by a pattern: a workflow that passes on all of its secrets holds `…/repo/1/*`.
//!
//! What such a link ends at stays a node of its own; here stands what it means, once for the whole graph, so that nobody
//! looks through all patterns for one thing. It is *may use*, for a pattern does not say which of them.

use std::collections::HashMap;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use whosekey_sdk::{Kind, LinkKind};

use super::patterns::{literal_part, matches};
use super::prefixes::Prefixes;
use super::{Graph, Node, NodeId};

/// The kinds of link by which an agent or workload uses something.
const USES: [LinkKind; 2] = [LinkKind::Holds, LinkKind::RunsAs];

/// For each credential or identity that a pattern names at which such links end: those patterns, in order.
pub(crate) fn of(graph: &Graph) -> HashMap<NodeId, Vec<NodeId>> {
    let mut patterns: Prefixes<Vec<NodeId>> = Prefixes::default();
    let is_used = |node: Node<'_>| USES.iter().any(|kind| node.incoming(*kind).next().is_some());
    for node in graph.nodes().filter(|node| !node.is_entity()) {
        let literal = literal_part(node.id()).filter(|literal| !literal.is_empty());
        if let Some(literal) = literal.filter(|_| is_used(node)) {
            patterns.entry(literal).push(node.node_id());
        }
    }
    if patterns.is_empty() {
        return HashMap::new();
    }
    let named = (0..graph.len()).into_par_iter().filter_map(|at| {
        let node = graph.node_at(at);
        if !matches!(node.kind(), Some(Kind::Credential | Kind::Identity)) || !node.is_entity() {
            return None;
        }
        let names = std::iter::once(node.id()).chain(node.aliases());
        let mut found: Vec<NodeId> = names
            .flat_map(|name| {
                patterns.of(name).flatten().filter(move |pattern| matches(graph.node(**pattern).id(), name))
            })
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        (!found.is_empty()).then_some((node.node_id(), found))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use whosekey_sdk::LinkKind;

    use super::super::testworld::world;

    fn holders(text: &str, id: &str) -> Vec<String> {
        let graph = world(text);
        let node = graph.find(id).unwrap();
        node.incoming_by_pattern(LinkKind::Holds).map(|link| link.from().id().to_owned()).collect()
    }

    #[test]
    fn what_a_pattern_names_is_held_by_whoever_holds_the_pattern() {
        let text = "workload w:1
            workload w:2
            credential s:repo/1/A
            credential s:9 alias=s:environment/1/prod/A
            credential s:repo/12/A
            w:1 holds s:repo/1/*
            w:2 holds s:environment/1/*/A
            w:2 holds s:repo/12/A";
        assert_eq!(holders(text, "s:repo/1/A"), ["w:1"]);
        assert_eq!(holders(text, "s:9"), ["w:2"], "by an alias");
        assert!(holders(text, "s:repo/12/A").is_empty(), "by its name, and not by a pattern");
    }

    #[test]
    fn a_pattern_that_is_only_trusted_makes_no_holder() {
        let text = "identity i:1\nidentity i:2 alias=oidc:x#repo:acme/shop:ref\ni:1 trusts oidc:x#repo:acme/shop:*";
        assert!(holders(text, "i:2").is_empty());
    }
}
