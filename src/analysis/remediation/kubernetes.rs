//! What `kubectl` does.

use whosekey_sdk::LinkKind;

use super::{say, shell_word};
use crate::graph::Node;

/// How deep what is in a cluster is in it: in a namespace, or made by something there.
const DEPTH: usize = 8;

pub(super) fn switch_off(node: Node<'_>) -> Option<Vec<String>> {
    let (space, name) = node.name().split_once('/').unwrap_or(("default", node.label()));
    let (space, name) = (shell_word(space), shell_word(name));
    Some(match node.type_name() {
        "k8s.service-account" => vec![
            say("the first command keeps it: `kubectl apply` puts it back, with tokens that are new"),
            format!("kubectl --namespace {space} get serviceaccount {name} --output yaml > serviceaccount-before.yaml"),
            format!("kubectl --namespace {space} delete serviceaccount {name}"),
        ],
        "k8s.service-account-token" => vec![
            say("nothing takes this back: what uses it needs a new token afterwards"),
            format!("kubectl --namespace {space} delete secret {name}"),
        ],
        "k8s.client-certificate" => vec![
            say("Kubernetes cannot revoke a certificate, which is valid until it expires"),
            say("delete the bindings of the user and the groups that it names, and keep what they were"),
        ],
        _ => return None,
    })
}

/// In which cluster. Its name is that of the source's settings; contexts are called as everybody likes.
pub(super) fn place(node: Node<'_>) -> Option<String> {
    if !node.type_name().starts_with("k8s.") {
        return None;
    }
    let cluster = cluster(node).or_else(|| node.out(LinkKind::AuthenticatesAs).find_map(|link| cluster(link.to())))?;
    Some(say(&format!(
        "in cluster {}: `kubectl config current-context` says in which one your commands act",
        cluster.label()
    )))
}

fn cluster(node: Node<'_>) -> Option<Node<'_>> {
    let above = |node: &Node<'_>| node.out(LinkKind::PartOf).next().map(|link| link.to().node_id());
    let graph = node.graph();
    let mut chain = std::iter::successors(Some(node), |node| above(node).map(|id| graph.node(id))).take(DEPTH);
    chain.find(|node| node.type_name() == "k8s.cluster")
}
