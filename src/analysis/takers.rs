//! Workloads that may become an identity which they do not name.
//!
//! A pipeline may be handed the name of the role that it takes: by a variable, by an action or by a workflow that it calls.
//! Its source then says so (the attribute `runs_as` with the value `unnamed`), and every identity that lets in what the
//! pipeline runs as may be the one. That is no use of it, but it may be: nobody can say that nothing uses such an identity.

use std::collections::{HashMap, HashSet};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use whosekey_sdk::{Fact, Kind, LinkKind};

use crate::graph::{Graph, LinkView, Node, NodeId, open_ends};

/// For each identity that such a workload may become: the first of them.
pub(crate) struct Takers(HashMap<NodeId, NodeId>);

impl Takers {
    pub(crate) fn of(graph: &Graph) -> Self {
        let workloads: Vec<Node<'_>> =
            (0..graph.len()).into_par_iter().map(|at| graph.node_at(at)).filter(|node| is_one(*node)).collect();
        let mut runs_as: HashMap<NodeId, NodeId> = HashMap::new();
        for workload in workloads {
            for link in workload.out(LinkKind::RunsAs).filter(|link| link.is_there()) {
                runs_as.entry(link.to().node_id()).or_insert(workload.node_id());
            }
        }
        let mut takers = HashMap::new();
        let mut let_in = |subject: Node<'_>, workload: NodeId| {
            for link in subject.incoming(LinkKind::Trusts).filter(|link: &LinkView<'_>| link.is_there()) {
                let taker = takers.entry(link.from().node_id()).or_insert(workload);
                *taker = workload.min(*taker);
            }
        };
        for (identity, workload) in &runs_as {
            let_in(graph.node(*identity), *workload);
        }
        for (subject, workload) in by_pattern(graph, &runs_as) {
            let_in(graph.node(subject), workload);
        }
        Self(takers)
    }

    /// A workload that may become this identity without naming it.
    pub(crate) fn first(&self, identity: NodeId) -> Option<NodeId> {
        self.0.get(&identity).copied()
    }
}

fn is_one(node: Node<'_>) -> bool {
    matches!(node.kind(), Some(Kind::Workload | Kind::Agent))
        && !node.is_gone()
        && node.enabled() != Fact::Known(false)
        && node.attribute("runs_as").is_some_and(|value| value == "unnamed")
}

/// Trusted subjects with wildcards that let one of these in, and who runs as it.
fn by_pattern(graph: &Graph, runs_as: &HashMap<NodeId, NodeId>) -> Vec<(NodeId, NodeId)> {
    if runs_as.is_empty() {
        return Vec::new();
    }
    let wanted: HashSet<NodeId> = runs_as.keys().copied().collect();
    let subjects = open_ends::at_ends_of(graph, &[LinkKind::Trusts]);
    let named = open_ends::named(graph, &subjects, |thing| wanted.contains(&thing.node_id()));
    let first = |subject: NodeId| named.by(subject).filter_map(|thing| runs_as.get(&thing)).min().copied();
    subjects.into_iter().filter_map(|subject| Some((subject, first(subject)?))).collect()
}

#[cfg(test)]
mod tests {
    use crate::graph::testworld::world;

    use super::*;

    fn taker(trusted: &str) -> Option<String> {
        let graph = world(&format!(
            "identity gh:1 alias=oidc:gh#repo:acme/api:*
             identity gh:2 alias=oidc:gh#repo:acme/web:*
             workload w:1 attr.runs_as=unnamed
             workload w:2
             workload w:3 attr.runs_as=unnamed enabled=false
             w:1 runs_as gh:1
             w:2 runs_as gh:2
             w:3 runs_as gh:2
             identity aws:1
             aws:1 trusts {trusted}"
        ));
        let takers = Takers::of(&graph);
        let taker = takers.first(graph.find("aws:1").unwrap().node_id())?;
        Some(graph.node(taker).id().to_owned())
    }

    #[test]
    fn who_runs_as_what_is_let_in_and_names_no_identity_may_become_it() {
        for trusted in ["oidc:gh#repo:acme/api:ref:refs/heads/main", "oidc:gh#repo:acme/api:*", "oidc:gh#repo:acme/*"] {
            assert_eq!(taker(trusted).as_deref(), Some("w:1"), "{trusted}");
        }
        for trusted in ["oidc:gh#repo:acme/web:*", "oidc:gh#repo:acme/w*", "oidc:gh#repo:other/*"] {
            assert_eq!(taker(trusted), None, "{trusted}");
        }
    }
}
