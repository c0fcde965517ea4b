//! `shared`: one credential held by two or more agents or workloads, one secret in two or more places, or one identity
//! that two or more run as.
//!
//! The parts of an agent are one with it, and two files of one agent are one place. A reference to a variable or a
//! prompt tells nothing of the value behind it, so two that look alike are not known to be one. Who has ended does not
//! count.
//!
//! A platform may give a whole one identity, which its parts cannot but run as (a repository's workflows). Such an identity
//! claims all names which begin alike, and others may go by one of these (an environment of that repository). They are
//! shared only when something from outside of that whole runs as them too.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use whosekey_sdk::{Evidence, Kind, LinkKind};

use crate::analysis::finding::{Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, subjects};
use crate::graph::{LinkView, Node, NodeId};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "shared",
        title: "Shared by several",
        severity: Severity::Medium,
        confidence: Confidence::High,
        owasp: &["OWASP NHI9:2025", "OWASP NHI8:2025"],
        reasons: &[
            ("many_holders", "two or more agents or workloads hold it, or run as it"),
            ("same_secret", "the same secret value stands in two or more places"),
            ("cross_environment", "those who share it belong to different environments"),
        ],
        description: "Two or more agents or workloads hold one credential or one secret value (medium) or run as one \
                      identity (low); high when they belong to different environments. Cannot be told of references to \
                      variables and prompts, whose values are not seen.",
        remediation: "Give each of them an identity and a credential of its own, then switch the shared one off.",
    },
    kinds: &[Kind::Credential, Kind::Identity],
    find,
};

/// More holders than this are counted rather than named.
const NAMED: usize = 20;

/// The credentials with the same secret value, where there is more than one; by each of them.
pub(crate) fn by_fingerprint(input: &Input<'_>) -> BTreeMap<NodeId, Vec<NodeId>> {
    let is_held = |node: &Node<'_>| {
        node.kind() == Some(Kind::Credential)
            && subjects::is_live(input, *node)
            && subjects::held_by(*node).next().is_some()
    };
    let nodes = (0..input.graph.len()).into_par_iter().map(|at| input.graph.node_at(at)).filter(is_held);
    let values: Vec<_> = nodes.filter_map(|node| Some((node.attribute("fingerprint")?, node.node_id()))).collect();
    let mut by_value: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
    for (value, node) in values {
        by_value.entry(value).or_default().push(node);
    }
    let groups = by_value.into_values().filter(|group| group.len() > 1);
    groups.flat_map(|group| group.clone().into_iter().map(move |node| (node, group.clone()))).collect()
}

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    if ["ref:env_ref/", "ref:prompt_ref/"].iter().any(|prefix| node.id().starts_with(prefix)) {
        return None;
    }
    let is_identity = node.kind() == Some(Kind::Identity);
    let own: Vec<LinkView<'_>> = if is_identity {
        let there = |link: &LinkView<'_>| link.is_there() && subjects::runs(link.from());
        node.incoming(LinkKind::RunsAs).filter(there).collect()
    } else {
        subjects::held_by(node).collect()
    };
    let twins = input.survey.by_fingerprint.get(&node.node_id()).map_or(&[][..], Vec::as_slice);
    let others = twins.iter().filter(|twin| **twin != node.node_id());
    let elsewhere: Vec<LinkView<'_>> = others.flat_map(|twin| subjects::held_by(input.graph.node(*twin))).collect();
    // Most things have one holder, and its parts need no looking up.
    if own.len() + elsewhere.len() < 2 {
        return None;
    }
    let mut holders: BTreeMap<NodeId, LinkView<'_>> = BTreeMap::new();
    for link in own.iter().chain(&elsewhere) {
        holders.entry(subjects::whole(link.from()).node_id()).or_insert(*link);
    }
    if holders.len() < 2 || (is_identity && is_of_one_whole(input, node, holders.keys())) {
        return None;
    }
    let environments = environments(input, &holders);
    let mut own_holders: Vec<NodeId> = own.iter().map(|link| subjects::whole(link.from()).node_id()).collect();
    own_holders.sort_unstable();
    own_holders.dedup();
    let reason = match (environments.len(), own_holders.len()) {
        (2.., _) => "cross_environment",
        (_, 2..) => "many_holders",
        _ => "same_secret",
    };
    Some(finding(input, node, reason, &holders, &environments))
}

/// Whether an identity is what its platform gives to all parts of one thing together, and the holders are such parts.
fn is_of_one_whole<'h>(
    input: &Input<'_>,
    identity: Node<'_>,
    holders: impl Iterator<Item = &'h NodeId> + Clone,
) -> bool {
    let is_part = |part: NodeId, whole: NodeId| input.graph.targets(part, LinkKind::PartOf).any(|of| of == whole);
    let mut wholes = input.graph.targets(identity.node_id(), LinkKind::PartOf);
    wholes.any(|whole| {
        let parts = || input.graph.origins(whole, LinkKind::PartOf).map(|part| input.graph.node(part));
        holders.clone().all(|holder| is_part(*holder, whole))
            && parts().filter(|part| part.kind() == Some(Kind::Identity)).any(|part| part.claims(identity))
    })
}

/// The environments that the holders belong to, as far as known, and one holder in each.
fn environments<'g>(input: &Input<'g>, holders: &BTreeMap<NodeId, LinkView<'g>>) -> BTreeMap<String, NodeId> {
    let mut environments = BTreeMap::new();
    for (whole, link) in holders {
        let whole = input.graph.node(*whole);
        let named = link.from().attribute("environment").or_else(|| whole.attribute("environment"));
        if let Some(name) = named.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()) {
            environments.entry(name).or_insert(whole.node_id());
        }
    }
    environments
}

fn finding(
    input: &Input<'_>,
    node: Node<'_>,
    reason: &'static str,
    holders: &BTreeMap<NodeId, LinkView<'_>>,
    environments: &BTreeMap<String, NodeId>,
) -> Finding {
    let mut finding = Finding::new(&RULE.meta, reason, node);
    let is_identity = node.kind() == Some(Kind::Identity);
    finding.severity = match reason {
        "cross_environment" => Severity::High,
        _ if is_identity => Severity::Low,
        _ => Severity::Medium,
    };
    // It takes two: the second surest of them says how sure it is.
    let mut evidence: Vec<Evidence> = holders.values().map(|link| link.evidence()).collect();
    evidence.sort_unstable_by(|a, b| b.cmp(a));
    finding.rely_on(evidence[1]);
    if input.is_brief() {
        return finding;
    }
    for (whole, link) in holders.iter().take(NAMED) {
        let whole = input.graph.node(*whole);
        let value = format!("{} {} it: {}", whole.label(), link.kind().as_str(), link.because());
        finding.fact("holder", value, link.scope().label());
        finding.rest_on(node, link.scope_id());
        finding.locations.extend(link.location().cloned());
    }
    finding.locations.sort();
    finding.locations.dedup();
    for (name, whole) in environments {
        let whole = input.graph.node(*whole);
        finding.fact("environment", format!("{} is in {name}", whole.label()), whole.scope_label());
    }
    let names: Vec<&str> = holders.keys().take(3).map(|whole| input.graph.node(*whole).label()).collect();
    let more = if holders.len() > 3 { format!(" and {} more", holders.len() - 3) } else { String::new() };
    let how = if is_identity { "run as it" } else { "hold it" };
    finding.because = format!("{} agents or workloads {how}: {}{more}", holders.len(), names.join(", "));
    if environments.len() > 1 {
        let names: Vec<&str> = environments.keys().map(String::as_str).collect();
        finding.because.push_str(&format!(", in the environments {}", names.join(", ")));
    }
    finding.remediation.push(RULE.meta.remediation.to_owned());
    finding
}
