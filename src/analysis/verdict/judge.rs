//! Judges everything: identities first, for the verdicts of credentials follow theirs.

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use whosekey_sdk::{Kind, LinkKind};

use super::{NOBODY, Three, Verdict, Verdicts, Why};
use crate::analysis::Input;
use crate::analysis::access::CanAuthenticate;
use crate::analysis::finding::Answer;
use crate::analysis::rules::{orphaned, ownerless, zombie};
use crate::graph::{Node, NodeId};

/// The verdicts of every identity and credential. `input.verdicts` is not read.
pub(crate) fn judge(input: &Input<'_>) -> Verdicts {
    let of_kind = |kind: Kind| -> Vec<NodeId> {
        let is_such = |node: &Node<'_>| node.kind() == Some(kind) && node.is_entity();
        input.graph.nodes().filter(is_such).map(Node::node_id).collect()
    };
    let mut verdicts = Verdicts { places: vec![NOBODY; input.graph.len()], judged: Vec::new() };
    let identities: Vec<_> =
        of_kind(Kind::Identity).par_iter().map(|id| (*id, judge_one(input, input.graph.node(*id), None))).collect();
    verdicts.add(identities);
    let credentials: Vec<_> = of_kind(Kind::Credential)
        .par_iter()
        .map(|id| {
            let node = input.graph.node(*id);
            (*id, judge_one(input, node, followed(node, &verdicts)))
        })
        .collect();
    verdicts.add(credentials);
    verdicts
}

impl Verdicts {
    pub(crate) const fn none() -> Self {
        Self { places: Vec::new(), judged: Vec::new() }
    }

    fn add(&mut self, judged: Vec<(NodeId, Three)>) {
        for (at, (node, _)) in (self.judged.len()..).zip(&judged) {
            self.places[node.index()] = u32::try_from(at).expect("no more verdicts than nodes");
        }
        self.judged.extend(judged);
    }
}

/// The identity that a credential proves, with its verdicts.
fn followed(credential: Node<'_>, verdicts: &Verdicts) -> Option<(NodeId, Three)> {
    let proves = credential.out(LinkKind::AuthenticatesAs).find(|link| link.is_there())?.to().node_id();
    Some((proves, verdicts.of(proves)?))
}

fn judge_one(input: &Input<'_>, node: Node<'_>, identity: Option<(NodeId, Three)>) -> Three {
    match input.access.can_authenticate(node.node_id()) {
        Some(CanAuthenticate::No(why)) => Three::all(Verdict::new(why.into())),
        Some(CanAuthenticate::Unseen(scope)) => {
            let unseen = Verdict::new(Why::WaysInUnseen).with_scope(scope);
            let doubt = |verdict: Verdict| if verdict.answer() == Answer::Yes { unseen } else { verdict };
            let Three { orphaned, zombie, ownerless } = by_rules(input, node, identity);
            Three { orphaned: doubt(orphaned), zombie: doubt(zombie), ownerless: doubt(ownerless) }
        }
        Some(CanAuthenticate::Yes) | None => by_rules(input, node, identity),
    }
}

fn by_rules(input: &Input<'_>, node: Node<'_>, identity: Option<(NodeId, Three)>) -> Three {
    Three {
        orphaned: orphaned::judge(input, node, identity.map(|(id, three)| (id, three.orphaned))),
        zombie: zombie::judge(input, node, identity.map(|(id, three)| (id, three.zombie))),
        ownerless: ownerless::judge(input, node),
    }
}
