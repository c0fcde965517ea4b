//! `dangling-trust`: it trusts a subject that does not exist, or anyone.
//!
//! A subject does not exist when the platform says that it was deleted, when it is gone, or when the scope that lists
//! such subjects was seen whole without it; one with a wildcard, when nothing in it begins like that. A connector marks a
//! trust that anybody can use with the attribute `open`; `*` with limits beside it is not open. Who could come to be a
//! subject that is not there is told by [`heirs`].

mod heirs;
mod steps;
#[cfg(test)]
mod tests;

use whosekey_sdk::{AccessLevel, Kind, LinkKind};

use crate::analysis::finding::{Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, subjects, words};
use crate::graph::{Absence, LinkView, Liveness, Node, ScopeId};
use heirs::{Heir, heir};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "dangling-trust",
        title: "Trusts what is not there",
        severity: Severity::Medium,
        confidence: Confidence::High,
        owasp: &["OWASP NHI4:2025", "OWASP NHI6:2025"],
        reasons: &[
            ("anyone", "anybody can become it"),
            ("deleted_principal", "the subject that it trusts does not exist"),
        ],
        description: "An identity that trusts a subject that was deleted (high where somebody else may take the subject's \
                      name; medium where nobody can, because the platform shows it as deleted, because ids stand in it \
                      that are given once, or because a repository of that name is there whose tokens name other \
                      subjects), or anyone (high; critical with administrator or wildcard rights). Cannot be told while \
                      the scope that lists such subjects is not complete.",
        remediation: "Name a subject that is there, or take the trust out; where it lets anyone in, limit whom.",
    },
    kinds: &[Kind::Identity],
    find,
};

/// Why a trust is a finding.
enum Fault {
    Anyone,
    /// The platform shows that it was deleted; nobody can take its name.
    Deleted,
    Gone {
        since: String,
    },
    /// This scope lists all such subjects, and not this one.
    Absent(ScopeId),
}

fn find(_: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let trusts = node.out(LinkKind::Trusts).filter(|link| link.is_there());
    let faults: Vec<(Fault, LinkView<'_>)> = trusts.filter_map(|link| Some((fault(link)?, link))).collect();
    let is_open = faults.iter().any(|(fault, _)| matches!(fault, Fault::Anyone));
    faults.first()?;
    let mut finding = Finding::new(&RULE.meta, if is_open { "anyone" } else { "deleted_principal" }, node);
    let mut is_free_to_take = false;
    let mut said = Vec::new();
    for (fault, link) in &faults {
        let subject = link.to();
        let heir = match fault {
            Fault::Anyone | Fault::Deleted => None,
            Fault::Gone { .. } | Fault::Absent(_) => Some(heir(*link)),
        };
        is_free_to_take |= heir.is_some_and(Heir::may_come);
        let hope = heir.map_or("", Heir::words);
        let label = subject.label();
        said.push(match fault {
            Fault::Anyone => format!("anybody can become it: it trusts {label}"),
            Fault::Deleted => format!("it trusts {label}, which the platform shows as deleted"),
            Fault::Gone { since } => format!("it trusts {label}, which is gone since {since}{hope}"),
            Fault::Absent(scope) => {
                finding.rest_on(node, *scope);
                format!("it trusts {label}, which {} does not list{hope}", node.graph().scope(*scope).label())
            }
        });
        // Which subjects a repository has may be told by other scopes than that it is there.
        let holder = heir.and_then(Heir::holder);
        for scope in subject.scopes().chain(holder.into_iter().flat_map(Node::scopes)) {
            finding.rest_on(node, scope);
        }
        finding.rely_on(link.evidence());
        finding.rest_on(node, link.scope_id());
        let named = link.named().unwrap_or(subject.id());
        finding.fact("trusts", format!("{named} ({})", link.because()), link.scope().label());
    }
    let is_powerful = subjects::highest_access(node) >= Some(AccessLevel::Wildcard);
    finding.severity = match (is_open, is_free_to_take) {
        (true, _) if is_powerful => Severity::Critical,
        (true, _) | (false, true) => Severity::High,
        (false, false) => Severity::Medium,
    };
    finding.because = said.join("; ");
    finding.remediation = steps::steps(node, &faults);
    Some(finding)
}

fn fault(link: LinkView<'_>) -> Option<Fault> {
    let subject = link.to();
    let attributes = link.attributes();
    let is_marked = |key: &str| attributes.get(key).is_some_and(|value| value == true);
    if is_marked("open") || (subject.id() == "*" && !attributes.contains_key("limits")) {
        return Some(Fault::Anyone);
    }
    if is_marked("deleted") {
        return Some(Fault::Deleted);
    }
    if let Liveness::Gone { since, .. } = subject.liveness() {
        return Some(Fault::Gone { since: words::day(since) });
    }
    match subject.absence() {
        Some(Absence::Proven(scope)) => Some(Fault::Absent(scope)),
        _ => None,
    }
}
