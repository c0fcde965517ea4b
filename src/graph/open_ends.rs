//! Links that end at a pattern: a workflow that passes on all of its secrets holds `…/repo/1/*`, a role trusts
//! `…#repo:acme/*`.
//!
//! What such a link ends at stays a node of its own; [`named`] says what it means, for the verdicts, for ways through the
//! graph and for people alike. Of a consumer it is *may use*, for a pattern does not say which of them.

use std::collections::HashMap;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;
use whosekey_sdk::{Kind, LinkKind};

use super::patterns::{family_prefix, literal_part, matches};
use super::prefixes::Prefixes;
use super::resolve::expected;
use super::{Graph, Node, NodeId};

/// The kinds of link by which an agent or workload uses something.
pub(crate) const USES: [LinkKind; 2] = [LinkKind::Holds, LinkKind::RunsAs];

/// What patterns name.
#[derive(Default)]
pub(crate) struct Named {
    /// Each pattern with each thing that it names, in order.
    pairs: Vec<(NodeId, NodeId)>,
}

impl Named {
    /// The things that a pattern names, in order.
    pub(crate) fn by(&self, pattern: NodeId) -> impl ExactSizeIterator<Item = NodeId> + '_ {
        let first = self.pairs.partition_point(|(other, _)| *other < pattern);
        let count = self.pairs[first..].partition_point(|(other, _)| *other == pattern);
        self.pairs[first..first + count].iter().map(|(_, thing)| *thing)
    }

    /// For each thing that is named: its patterns, in order.
    pub(crate) fn by_thing(self) -> HashMap<NodeId, Vec<NodeId>> {
        let mut all: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for (pattern, thing) in self.pairs {
            all.entry(thing).or_default().push(pattern);
        }
        all
    }
}

/// Whether a name is a pattern of which it can be said what it names: no entity has it, and it begins with something.
pub(crate) fn is_pattern(node: Node<'_>) -> bool {
    !node.is_entity() && literal_part(node.id()).is_some_and(|literal| !literal.is_empty())
}

/// The patterns at which links of these kinds end.
pub(crate) fn at_ends_of(graph: &Graph, kinds: &[LinkKind]) -> Vec<NodeId> {
    let ends = |node: &Node<'_>| kinds.iter().any(|kind| node.incoming(*kind).next().is_some());
    graph.nodes().filter(|node| is_pattern(*node) && ends(node)).map(Node::node_id).collect()
}

/// What these patterns name among the entities that `may_be`, gone ones too: things of the kinds at which links end that
/// end at the pattern.
pub(crate) fn named(graph: &Graph, patterns: &[NodeId], may_be: impl Fn(Node<'_>) -> bool + Sync) -> Named {
    let wanted = &Wanted::of(graph, patterns);
    if wanted.by_literal.is_empty() {
        return Named::default();
    }
    let nodes = (0..graph.len()).into_par_iter().map(|at| graph.node_at(at));
    let things = nodes.filter(|node| node.is_entity() && may_be(*node));
    let mut pairs: Vec<(NodeId, NodeId)> = things
        .flat_map_iter(|thing| {
            let patterns = names(thing).flat_map(move |name| wanted.matching(name, thing));
            patterns.map(move |pattern| (pattern, thing.node_id()))
        })
        .collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    Named { pairs }
}

/// All that something goes by.
pub(crate) fn names<'g>(node: Node<'g>) -> impl Iterator<Item = &'g str> {
    std::iter::once(node.id()).chain(node.aliases())
}

/// A pattern, and the kinds of things that it may name.
struct Pattern<'g> {
    node: NodeId,
    text: &'g str,
    kinds: Vec<Kind>,
}

/// Patterns, by what they begin with.
struct Wanted<'g> {
    by_literal: Prefixes<Vec<Pattern<'g>>>,
    /// What all of them begin with: most names do not.
    shared: &'g str,
}

impl<'g> Wanted<'g> {
    fn of(graph: &'g Graph, patterns: &[NodeId]) -> Self {
        let mut by_literal: Prefixes<Vec<Pattern<'g>>> = Prefixes::default();
        let mut shared: Option<&str> = None;
        for node in patterns.iter().map(|pattern| graph.node(*pattern)).filter(|node| is_pattern(*node)) {
            let literal = literal_part(node.id()).unwrap_or_default();
            let mut kinds: Vec<Kind> = node.links_in().flat_map(|link| expected(link.kind()).1).copied().collect();
            kinds.sort_unstable();
            kinds.dedup();
            by_literal.entry(literal).push(Pattern { node: node.node_id(), text: node.id(), kinds });
            shared = Some(shared.map_or(literal, |shared| common_prefix(shared, literal)));
        }
        Self { by_literal, shared: shared.unwrap_or_default() }
    }

    /// The patterns that match a name of a thing.
    fn matching<'w>(&'w self, name: &'w str, thing: Node<'_>) -> impl Iterator<Item = NodeId> + 'w {
        let kind = thing.kind();
        let family = family_prefix(name);
        let may_match = name.starts_with(self.shared) || family.is_some_and(|family| self.shared.starts_with(family));
        let shorter = may_match.then(|| self.by_literal.of(name)).into_iter().flatten();
        // Who claims all names that begin alike is named by whatever begins so.
        let longer = family.filter(|_| may_match).map(|family| self.by_literal.beginning_with(family));
        let all = shorter.chain(longer.into_iter().flatten()).flatten();
        let fits = move |pattern: &&Pattern<'g>| kind.is_some_and(|kind| pattern.kinds.contains(&kind));
        all.filter(fits).filter(move |pattern| matches(pattern.text, name)).map(|pattern| pattern.node)
    }
}

fn common_prefix<'a>(a: &'a str, b: &str) -> &'a str {
    &a[..super::prefixes::common(a, b)]
}

#[cfg(test)]
mod tests {
    use whosekey_sdk::LinkKind;

    use super::super::testworld::world;
    use super::*;

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

    #[test]
    fn a_pattern_names_things_of_the_kind_that_its_links_expect_and_families_that_it_meets() {
        let graph = world(
            "identity i:shop alias=oidc:x#repo:acme/shop:*
             identity i:api alias=oidc:x#repo:acme/api:*
             identity i:env alias=oidc:x#repo:acme/shop:environment:prod
             identity i:old alias=oidc:x#repo:acme/old:* gone=9d
             credential c:1 alias=oidc:x#repo:acme/shop:key
             resource r:1 alias=x:9
             identity i:1
             i:1 trusts oidc:x#repo:acme/*
             i:1 trusts oidc:x#repo:acme/shop:ref:*
             i:1 trusts oidc:x#repo:acme/*:environment:prod
             i:1 trusts oidc:x#repo:acme/?pi:ref
             i:1 trusts oidc:x#repo:nobody/*
             i:1 trusts *",
        );
        let all = named(&graph, &at_ends_of(&graph, &[LinkKind::Trusts]), |_| true);
        let by = |pattern: &str| {
            let pattern = graph.find(&format!("oidc:x#repo:{pattern}")).unwrap().node_id();
            all.by(pattern).map(|thing| graph.node(thing).id()).collect::<Vec<_>>()
        };
        assert_eq!(by("acme/*"), ["i:api", "i:env", "i:old", "i:shop"]);
        assert_eq!(by("acme/shop:ref:*"), ["i:shop"]);
        assert_eq!(by("acme/*:environment:prod"), ["i:api", "i:env", "i:old", "i:shop"]);
        assert_eq!(by("acme/?pi:ref"), ["i:api"]);
        assert!(by("nobody/*").is_empty());
        assert!(!at_ends_of(&graph, &[LinkKind::Trusts]).contains(&graph.find("*").unwrap().node_id()), "anybody");
    }
}
