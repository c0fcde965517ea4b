//! Whom trust in subjects with wildcards lets in.
//!
//! A role that trusts `oidc:<issuer>#repo:acme/*` lets in every repository of acme, whether there are three or three
//! hundred. That is no fault by itself, and nobody sees it from the pattern: so it is counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use whosekey_sdk::{Kind, LinkKind};

use super::open_ends::{at_ends_of, named, names};
use super::patterns::{family_prefix, literal_part, matches};
use super::prefixes::Prefixes;
use super::{Graph, LinkView, Node, NodeId, ScopeId};

/// Whom one subject with wildcards lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetIn {
    /// How many things that are there. One that claims all names which begin alike is one, with all that goes by such
    /// a name.
    pub count: usize,
    /// Where all such subjects are listed, and how many identities that shows; only of a listing that was seen whole.
    pub listing: Option<(ScopeId, usize)>,
}

impl LetIn {
    /// For people: `lets in all 123 identities that gh/acme/repositories lists, and those to come`.
    pub fn words(&self, graph: &Graph) -> String {
        let count = self.count;
        match self.listing {
            Some((scope, all)) => {
                let how_many = if count >= all { format!("all {count}") } else { format!("{count} of the {all}") };
                let label = graph.scope(scope).label();
                format!("lets in {how_many} identities that {label} lists, and those to come that match")
            }
            None => format!("lets in {count} that are known, and those to come that match"),
        }
    }
}

/// For each trusted subject with wildcards that lets in more than one, whom.
pub(crate) fn of(graph: &Graph) -> HashMap<NodeId, LetIn> {
    let is_trusted = |subject: &NodeId| graph.node(*subject).incoming(LinkKind::Trusts).any(LinkView::is_there);
    let mut subjects = at_ends_of(graph, &[LinkKind::Trusts]);
    subjects.retain(is_trusted);
    let named = named(graph, &subjects, |thing| !thing.is_gone());
    let mut sizes = BTreeMap::new();
    let mut all = HashMap::new();
    for subject in subjects.into_iter().map(|subject| graph.node(subject)) {
        let counted = wholes(subject, named.by(subject.node_id()));
        let listing = listing(graph, subject).map(|scope| {
            let size = sizes.entry(scope).or_insert_with(|| identities(graph, scope));
            (scope, *size)
        });
        if counted.len() > 1 {
            all.insert(subject.node_id(), LetIn { count: counted.len(), listing });
        }
    }
    all
}

/// Of the things that a pattern names, those that are not named with another that claims all names which begin alike: an
/// environment's subject is one of its repository's.
pub(crate) fn wholes(pattern: Node<'_>, things: impl Iterator<Item = NodeId>) -> BTreeSet<NodeId> {
    let graph = pattern.graph();
    let matched: Vec<(&str, NodeId)> = things
        .flat_map(|thing| names(graph.node(thing)).map(move |name| (name, thing)))
        .filter(|(name, _)| matches(pattern.id(), name))
        .collect();
    let mut families: Prefixes<()> = Prefixes::default();
    for prefix in matched.iter().filter_map(|(name, _)| family_prefix(name)) {
        families.entry(prefix);
    }
    let is_whole = |name: &str| family_prefix(name).is_some() || families.of(name).next().is_none();
    matched.iter().filter(|(name, _)| is_whole(name)).map(|(_, node)| *node).collect()
}

/// The scope that lists all that begins as the subject does before its first wildcard.
fn listing(graph: &Graph, subject: Node<'_>) -> Option<ScopeId> {
    let literal = literal_part(subject.id())?;
    graph.scope_ids().find(|id| {
        let scope = graph.scope(*id);
        let covers = scope.coverage.iter().flat_map(|coverage| &coverage.covers);
        scope.is_complete() && covers.into_iter().any(|prefix| literal == prefix.as_str())
    })
}

fn identities(graph: &Graph, scope: ScopeId) -> usize {
    let is_one = |node: &Node<'_>| node.kind() == Some(Kind::Identity) && !node.is_gone();
    graph.nodes().filter(|node| is_one(node) && node.scopes().any(|shown| shown == scope)).count()
}

#[cfg(test)]
mod tests {
    use crate::graph::testworld::world;

    fn said(subject: &str) -> Option<String> {
        let graph = world(&format!(
            "scope gh complete covers=oidc:gh#repo:acme/
            scope other partial covers=oidc:gh#repo:other/
            identity gh:1 in=gh alias=oidc:gh#repo:acme/api:* alias=repository-name:gh#acme/api
            identity gh:2 in=gh alias=oidc:gh#repo:acme/web:*
            identity gh:3 in=gh alias=oidc:gh#repo:acme@9/ids@3:*
            identity gh:4 in=gh alias=oidc:gh#repo:acme/gone:* gone=9d
            identity gh:env alias=oidc:gh#repo:acme/api:environment:prod
            identity gh:5 in=other alias=oidc:gh#repo:other/a:*
            identity gh:6 in=other alias=oidc:gh#repo:other/b:*
            identity aws:AROA1
            aws:AROA1 trusts {subject}"
        ));
        let subject = graph.find(subject).unwrap();
        subject.lets_in().map(|let_in| let_in.words(&graph))
    }

    #[test]
    fn what_a_pattern_lets_in_is_counted_by_those_that_claim_whole_families() {
        let of = |text: &str| Some(format!("lets in {text}, and those to come that match"));
        assert_eq!(said("oidc:gh#repo:acme/*"), of("2 of the 3 identities that test/gh lists"));
        assert_eq!(said("oidc:gh#repo:acme/*:environment:prod"), of("2 of the 3 identities that test/gh lists"));
        assert_eq!(said("oidc:gh#repo:other/*"), of("2 that are known"), "not seen whole");
        assert_eq!(said("oidc:gh#repo:*"), of("5 that are known"));
        assert_eq!(said("oidc:gh#repo:acme/a*:*"), None, "one alone");
        assert_eq!(said("oidc:gh#repo:acme/api:ref:*"), None);
        assert_eq!(said("oidc:gh#repo:nobody/*"), None);
    }
}
