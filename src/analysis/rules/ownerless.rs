//! `ownerless`: it can still authenticate, and no person or team is reached through any owner evidence.
//!
//! Owners that are known and have all departed make a thing orphaned, not ownerless. A name that resolves to nothing is
//! nobody once every directory was seen whole; without a directory, or with one that was not, nobody can tell.

#[cfg(test)]
mod tests;

use whosekey_sdk::{Kind, LinkKind};

use crate::analysis::finding::{Answer, Confidence, Finding, Severity};
use crate::analysis::ownership::Reached;
use crate::analysis::sight::Directory;
use crate::analysis::verdict::{Verdict, Why};
use crate::analysis::{Input, Meta, Rule};
use crate::graph::Node;

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "ownerless",
        title: "Nobody answers for it",
        severity: Severity::Medium,
        confidence: Confidence::High,
        owasp: &["OWASP NHI1:2025"],
        reasons: &[
            ("no_evidence", "no person or team is reached through any owner evidence"),
            ("only_machines", "the chain of creators and owners ends at another machine identity"),
        ],
        description: "It can still authenticate, and no person or team is reached through any owner evidence: directly, or \
                      through its agent, workload, identity, parent or creator chain. Cannot be told while a scope that \
                      holds owner evidence, or a directory of owners, is not complete.",
        remediation: "Find out who needs it and write the owner down where the platform keeps it (a tag, label or \
                      annotation), or in the owners' file; switch it off if nobody does.",
    },
    kinds: &[Kind::Identity, Kind::Credential],
    find,
};

/// The verdict of one thing that can authenticate.
pub(crate) fn judge(input: &Input<'_>, node: Node<'_>) -> Verdict {
    let id = node.node_id();
    let reached = input.ownership.reached(id);
    if reached.any(Reached::PRESENT | Reached::UNSEEN) {
        return Verdict::new(Why::Owned);
    }
    if reached.any(Reached::DEPARTED) {
        return Verdict::new(Why::OwnedByDeparted);
    }
    if let Some(scope) = input.ownership.unseen_evidence(id) {
        return Verdict::new(Why::OwnerEvidenceUnseen).with_scope(scope);
    }
    if let Directory::Blind(scope) = input.ownership.directory() {
        return Verdict::new(Why::DirectoryUnseen).with_scope(scope);
    }
    if input.ownership.may_be_somebody(id) {
        return Verdict::new(Why::OwnerUnresolved);
    }
    Verdict::new(if reached.any(Reached::MACHINE) { Why::OnlyMachines } else { Why::NoEvidence })
}

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let verdict = input.verdicts.of(node.node_id())?.ownerless;
    if verdict.answer() != Answer::Yes {
        return None;
    }
    let mut finding = Finding::new(&RULE.meta, verdict.why.code(), node);
    if input.is_brief() {
        return Some(finding);
    }
    finding.because = verdict.because(input, node);
    let mut said = false;
    for link in node.out(LinkKind::OwnedBy).chain(node.out(LinkKind::CreatedBy)) {
        let value = format!("{} ({})", link.to().id(), link.because());
        finding.fact(link.kind().as_str(), value, link.scope().label());
        finding.rest_on(node, link.scope_id());
        said = true;
    }
    if !said {
        finding.fact("owned_by", "none", node.scope_label());
    }
    for link in
        node.incoming(LinkKind::Holds).chain(node.incoming(LinkKind::RunsAs)).filter(|link| link.is_there()).take(20)
    {
        let value = format!("{} {}, which has no owner either", link.from().label(), link.kind().as_str());
        finding.fact("consumer", value, link.scope().label());
        finding.rest_on(node, link.scope_id());
    }
    finding.remediation.push(RULE.meta.remediation.to_owned());
    Some(finding)
}
