//! `machine-created`: its creator is itself a machine identity, and no human stands behind the chain.
//!
//! The chain is the one that owners are sought through. Whoever owns the thing, its creator, or the creator's creator
//! stands behind it, departed or not. While owner evidence may be hidden, nobody can tell.

#[cfg(test)]
mod tests;

use whosekey_sdk::{Kind, LinkKind};

use crate::analysis::finding::{Confidence, Finding, Severity};
use crate::analysis::sight::Directory;
use crate::analysis::{Input, Meta, Rule};
use crate::graph::{LinkView, Node};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "machine-created",
        title: "Made by a machine",
        severity: Severity::Medium,
        confidence: Confidence::High,
        owasp: &["OWASP NHI1:2025"],
        reasons: &[("no_human", "a machine identity made it, and no human stands behind the chain")],
        description: "An identity or credential whose creator is itself a machine identity, with no person or team behind \
                      the chain of creators and owners. Cannot be told while a scope that holds owner evidence, or a \
                      directory of owners, is not complete, or while a creator is not known.",
        remediation: "Find out who runs its creator, and write the owner down for both.",
    },
    kinds: &[Kind::Identity, Kind::Credential],
    find,
};

/// Longer chains of creators than this are cut in what is shown.
const SHOWN: usize = 8;

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let first = creator(node)?;
    let id = node.node_id();
    let ownership = &input.ownership;
    let is_unclear = ownership.unseen_evidence(id).is_some()
        || matches!(ownership.directory(), Directory::Blind(_))
        || ownership.may_be_somebody(id);
    if ownership.reached(id).any_owner() || is_unclear {
        return None;
    }
    let mut finding = Finding::new(&RULE.meta, "no_human", node);
    let mut chain = Vec::new();
    let mut next = Some(first);
    while let Some(link) = next.filter(|_| chain.len() < SHOWN) {
        chain.push(link.to().label());
        finding.fact("created_by", format!("{}: {}", link.to().id(), link.because()), link.scope().label());
        finding.rest_on(node, link.scope_id());
        finding.rely_on(link.evidence());
        let is_round = link.to().node_id() == id;
        next = creator(link.to()).filter(|_| !is_round);
    }
    finding.because = format!("it was made by {}, and no person or team stands behind that", chain.join(", made by "));
    finding.remediation.push(RULE.meta.remediation.to_owned());
    Some(finding)
}

/// The link to a creator that is known, and a machine.
fn creator<'g>(node: Node<'g>) -> Option<LinkView<'g>> {
    let is_machine = |link: &LinkView<'g>| {
        let kind = link.to().kind();
        matches!(kind, Some(Kind::Identity | Kind::Credential | Kind::Agent | Kind::Workload))
    };
    node.out(LinkKind::CreatedBy).filter(|link| link.is_there()).find(is_machine)
}
