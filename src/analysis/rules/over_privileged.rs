//! `over-privileged`: administrator-equivalent, or able to become it, or by wildcard; or granted and not used.
//!
//! Connectors say how much a grant is (the level of a `can_access` link) and this rule reads levels only, so it is the
//! same on every platform. Who can become an administrator, by whatever chain of identities, escalates as well. A grant that a platform knows to be unused says so in its attributes `last_used_at` and
//! `use_tracked_since`; else the grants of an identity that is unused are unused. What a platform runs for itself
//! (`service_linked`) is the platform's to limit.

#[cfg(test)]
mod tests;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use whosekey_sdk::{AccessLevel, Kind, LinkKind, Timestamp};

use crate::analysis::finding::{Answer, Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, remediation, subjects, words};
use crate::graph::reach::{Distances, Reach, explain};
use crate::graph::{LinkView, Node};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "over-privileged",
        title: "More rights than it needs",
        severity: Severity::High,
        confidence: Confidence::High,
        owasp: &["OWASP NHI5:2025"],
        reasons: &[
            ("administrator", "it is administrator-equivalent"),
            ("escalation", "it can give itself administrator rights, or become what has them"),
            ("wildcard", "it has all actions of a service, or an action on all resources, by wildcard"),
            ("unused_grant", "it may change things, and has not for the threshold"),
        ],
        description: "An identity that is administrator-equivalent or can become it (high; medium when that needs more \
                      than its own rights), has wildcard rights (medium), or has write access that has not been used \
                      for the threshold (90 days; low). Cannot be told when the platform denies us the policies, or, of \
                      unused grants, when use is not known.",
        remediation: "Put a boundary around it first, which can be taken away again; then give it only what it uses.",
    },
    kinds: &[Kind::Identity],
    find,
};

/// More grants than this are counted rather than shown.
const SHOWN: usize = 10;

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let mut finding = found(input, node)?;
    if input.is_brief() {
        return Some(finding);
    }
    // How many get these rights by a pattern is nothing that the pattern shows.
    for link in node.out(LinkKind::Trusts).filter(|link| link.is_there()) {
        if let Some(let_in) = link.to().lets_in() {
            let value = format!("{} {}", link.to().label(), let_in.words(node.graph()));
            finding.fact("trusts", value, link.scope().label());
        }
    }
    Some(finding)
}

fn found(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let own = judge(input, node);
    if own.as_ref().is_some_and(|own| matches!(own.reason.as_str(), "administrator" | "escalation")) {
        return own;
    }
    input.survey.becoming.as_ref().and_then(|becoming| becoming.judge(input, node)).or(own)
}

/// The identities that can become an administrator.
pub(crate) struct Becoming {
    reach: Reach,
    distances: Distances,
}

impl Becoming {
    pub(crate) fn of(input: &Input<'_>) -> Option<Self> {
        let administers = |node: &Node<'_>| subjects::access(*node).any(|(level, _)| level == AccessLevel::Admin);
        let is_identity = |node: Node<'_>| node.kind() == Some(Kind::Identity) && subjects::is_live(input, node);
        let nodes = (0..input.graph.len()).into_par_iter().map(|at| input.graph.node_at(at));
        let administrators: Vec<_> =
            nodes.filter(|node| is_identity(*node) && administers(node)).map(Node::node_id).collect();
        if administrators.is_empty() {
            return None;
        }
        let reach = Reach::by(&[LinkKind::Assumes, LinkKind::Trusts], input.graph, is_identity);
        let distances = reach.to(administrators).distances();
        Some(Self { reach, distances })
    }

    fn judge(&self, input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
        let mut chain = vec![node.node_id()];
        while let Some(next) = self.reach.next(&self.distances, chain[chain.len() - 1]) {
            chain.push(next);
        }
        let last = input.graph.node(*chain.last().filter(|_| chain.len() > 1)?);
        let (_, grant) = subjects::access(last).find(|(level, _)| *level == AccessLevel::Admin)?;
        let mut finding = Finding::new(&RULE.meta, "escalation", node);
        let mut names = Vec::new();
        for pair in chain.windows(2) {
            let step = explain(input.graph, pair[0], pair[1]);
            let value = format!(
                "{} {} {}: {}",
                step.link.from().label(),
                step.link.kind().as_str(),
                step.link.to().label(),
                step.link.because()
            );
            finding.fact("can_become", value, step.link.scope().label());
            finding.rely_on(step.link.evidence());
            finding.rest_on(node, step.link.scope_id());
            names.push(step.to.label());
        }
        finding.rely_on(grant.evidence());
        finding.fact(
            "can_access",
            format!("admin on {}: {}", grant.to().label(), grant.because()),
            grant.scope().label(),
        );
        finding.rest_on(node, grant.scope_id());
        if finding.confidence == Confidence::Low {
            finding.severity = Severity::Medium;
        }
        finding.because = format!(
            "it can become {}, which is administrator of {} ({})",
            names.join(", which can become "),
            grant.to().label(),
            grant.because()
        );
        finding.remediation = steps_for(node);
        Some(finding)
    }
}

fn judge(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let mut grants: Vec<(AccessLevel, LinkView<'_>)> =
        subjects::access(node).filter(|(level, _)| *level >= AccessLevel::Write).collect();
    grants.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| y.evidence().cmp(&x.evidence())));
    let &(highest, _) = grants.first()?;
    let is_unused = is_unused(input, node);
    let (reason, fits): (_, fn(AccessLevel) -> bool) = match highest {
        AccessLevel::Admin => ("administrator", |level| level == AccessLevel::Admin),
        AccessLevel::Escalation => ("escalation", |level| level == AccessLevel::Escalation),
        AccessLevel::Wildcard => ("wildcard", |level| level == AccessLevel::Wildcard),
        _ => {
            grants.retain(|(_, link)| is_unused || unused_since(input, *link).is_some());
            ("unused_grant", |_| true)
        }
    };
    let &(_, first) = grants.iter().find(|(level, _)| fits(*level))?;
    if node.attributes().get("service_linked").is_some_and(|value| value == true) {
        return None;
    }
    let mut finding = Finding::new(&RULE.meta, reason, node);
    finding.rely_on(first.evidence());
    let sureness = sureness(first);
    finding.confidence = finding.confidence.min(sureness);
    finding.severity = match (highest, sureness) {
        (AccessLevel::Admin, _) | (AccessLevel::Escalation, Confidence::High | Confidence::Medium) => Severity::High,
        (AccessLevel::Escalation | AccessLevel::Wildcard, _) => Severity::Medium,
        _ => Severity::Low,
    };
    finding.because = because(input, node, (highest, first), is_unused);
    for (level, link) in grants.iter().take(SHOWN) {
        let value = format!("{} on {}: {}", level.as_str(), link.to().label(), link.because());
        finding.fact("can_access", value, link.scope().label());
        finding.rest_on(node, link.scope_id());
    }
    if let Some(reference) = first.attribute("reference") {
        finding.references.push(reference);
    }
    finding.remediation = steps_for(node);
    Some(finding)
}

/// Whether the identity is known to be unused.
fn is_unused(input: &Input<'_>, node: Node<'_>) -> bool {
    input.verdicts.of(node.node_id()).is_some_and(|three| three.zombie.answer() == Answer::Yes)
}

/// Since when this grant is known to have not been used, when that is longer than the threshold.
fn unused_since(input: &Input<'_>, link: LinkView<'_>) -> Option<Timestamp> {
    let time = |key| link.attribute(key).and_then(|text| text.parse::<Timestamp>().ok());
    let since = time("last_used_at").or_else(|| time("use_tracked_since"))?;
    (since <= input.now.minus(input.policy.unused_after)).then_some(since)
}

/// How sure the platform's own analysis of the policies is.
fn sureness(link: LinkView<'_>) -> Confidence {
    match link.attribute("confidence").as_deref() {
        Some("low") => Confidence::Low,
        Some("medium") => Confidence::Medium,
        _ => Confidence::High,
    }
}

fn because(input: &Input<'_>, node: Node<'_>, (level, link): (AccessLevel, LinkView<'_>), is_unused: bool) -> String {
    let on = link.to().label();
    let what = match level {
        AccessLevel::Admin => format!("it is administrator of {on}"),
        AccessLevel::Escalation => format!("it can make itself administrator of {on}"),
        AccessLevel::Wildcard => format!("it has wildcard rights on {on}"),
        AccessLevel::Write | AccessLevel::Read => format!("it may change {on}"),
    };
    let unused = match unused_since(input, link) {
        Some(since) => format!("; not used since {}", words::day(since)),
        None if is_unused => match input.verdicts.of(node.node_id()) {
            Some(three) => format!("; unused: {}", three.zombie.because(input, node)),
            None => String::new(),
        },
        None => String::new(),
    };
    format!("{what} ({}){unused}", link.because())
}

/// Roles only add up, so less is another role in the place of the one that gives too much.
fn kubernetes_steps(node: Node<'_>) -> Vec<String> {
    let (space, name) = node.name().split_once('/').unwrap_or(("default", node.name()));
    let user = remediation::shell_word(&format!("system:serviceaccount:{space}:{name}"));
    let steps = [
        format!("kubectl auth can-i --list --namespace {} --as {user}", remediation::shell_word(space)),
        remediation::say("bind it to a role with only what it uses"),
        remediation::say(
            "keep the binding that is named, as `kubectl get` shows it with --output yaml; then delete it",
        ),
    ];
    remediation::place(node).into_iter().chain(steps).collect()
}

/// A boundary, which can be taken away again; then less.
fn steps_for(node: Node<'_>) -> Vec<String> {
    let name = remediation::shell_word(node.name());
    let (kind, shown) = match node.type_name() {
        "aws.iam-role" => ("role", "Role"),
        "aws.iam-user" => ("user", "User"),
        "k8s.service-account" => return kubernetes_steps(node),
        _ => return vec![RULE.meta.remediation.to_owned()],
    };
    let partition = remediation::partition(node);
    let steps = [
        remediation::say(
            "where the first command shows a boundary, leave that one as it is, and go on to the policies",
        ),
        format!("aws iam get-{kind} --{kind}-name {name} --query {shown}.PermissionsBoundary"),
        format!(
            "aws iam put-{kind}-permissions-boundary --{kind}-name {name} --permissions-boundary {}",
            remediation::shell_word(&format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess"))
        ),
        format!("aws iam list-attached-{kind}-policies --{kind}-name {name}"),
        format!("aws iam list-{kind}-policies --{kind}-name {name}"),
        remediation::say(
            "replace the policies that are named by ones with only the actions that it uses, then delete the boundary",
        ),
    ];
    remediation::place(node).into_iter().chain(steps).collect()
}
