//! `shadow-agent`: an agent seen in use or on disk that no registry declares.
//!
//! A source that keeps a registry of agents marks what it declares with the attribute `registry` (the registry's name).
//! Where nothing is marked there is no registry to be missing from, and while a scope that declares agents is not
//! complete, nobody can tell. The parts of an agent are declared with it.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use whosekey_sdk::{Kind, LinkKind};

use crate::analysis::finding::{Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, subjects};
use crate::graph::{Node, ScopeId};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "shadow-agent",
        title: "Agent in no registry",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        owasp: &[],
        reasons: &[("not_declared", "it is seen in use or on disk, and no registry declares it")],
        description: "An agent that some source sees and no registry of agents declares; medium when it holds a credential \
                      or runs as an identity. Cannot be told where no source keeps a registry, or while one that does is \
                      not complete.",
        remediation: "Register it with its owner, or stop it.",
    },
    kinds: &[Kind::Agent],
    find,
};

/// The scopes that declare agents; `None` where nobody does, or while one of them may hide a declaration.
pub(crate) fn registries(input: &Input<'_>) -> Option<BTreeSet<ScopeId>> {
    let nodes = (0..input.graph.len()).into_par_iter().map(|at| input.graph.node_at(at));
    let declared: Vec<Node<'_>> =
        nodes.filter(|node| node.kind() == Some(Kind::Agent) && node.attribute("registry").is_some()).collect();
    let registries: BTreeSet<ScopeId> = declared.iter().flat_map(|node| node.all_scopes()).collect();
    if registries.is_empty() || registries.iter().any(|scope| input.graph.scope(*scope).hides_others()) {
        return None;
    }
    Some(registries)
}

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let registries = input.survey.registries.as_ref()?;
    let whole = subjects::whole(node);
    let is_part = whole.node_id() != node.node_id();
    if is_part || !subjects::runs(node) || node.attribute("registry").is_some() {
        return None;
    }
    let mut finding = Finding::new(&RULE.meta, "not_declared", node);
    let armed = node.out(LinkKind::Holds).chain(node.out(LinkKind::RunsAs)).find(|link| link.is_there());
    let what = match armed {
        Some(link) => {
            finding.severity = Severity::Medium;
            finding.fact(
                link.kind().as_str(),
                format!("{}: {}", link.to().label(), link.because()),
                link.scope().label(),
            );
            format!(" and it {} {}", link.kind().as_str(), link.to().label())
        }
        None => String::new(),
    };
    for scope in registries {
        finding.fact("registry", "does not declare it", input.graph.scope(*scope).label());
        finding.rest_on(node, *scope);
    }
    let sources = node.sources().join(", ");
    finding.because = format!("{sources} sees it{what}, and no registry declares it");
    finding.remediation.push(RULE.meta.remediation.to_owned());
    Some(finding)
}
