//! `over-privileged`: administrator-equivalent, or able to become it, or by wildcard; or granted and not used.
//!
//! Connectors say how much a grant is (the level of a `can_access` link) and this rule reads levels only, so it is the
//! same on every platform. A grant that a platform knows to be unused says so in its attributes `last_used_at` and
//! `use_tracked_since`; else the grants of an identity that is unused are unused. What a platform runs for itself
//! (`service_linked`) is the platform's to limit.

#[cfg(test)]
mod tests;

use whosekey_sdk::{AccessLevel, Kind, Timestamp};

use crate::analysis::finding::{Answer, Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, remediation, subjects, words};
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
    check,
};

/// More grants than this are counted rather than shown.
const SHOWN: usize = 10;

fn check(input: &Input<'_>) -> Vec<Finding> {
    subjects::find(input, &[Kind::Identity], |node| judge(input, node))
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
    finding.remediation = steps(node);
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

/// A boundary, which can be taken away again; then less.
fn steps(node: Node<'_>) -> Vec<String> {
    let name = remediation::shell_word(node.name());
    let kind = match node.type_name() {
        "aws.iam-role" => "role",
        "aws.iam-user" => "user",
        _ => return vec![RULE.meta.remediation.to_owned()],
    };
    vec![
        format!(
            "aws iam put-{kind}-permissions-boundary --{kind}-name {name} --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess"
        ),
        format!("aws iam list-attached-{kind}-policies --{kind}-name {name}"),
        format!("aws iam list-{kind}-policies --{kind}-name {name}"),
        "replace the policies that are named by ones with only the actions that it uses, then delete the boundary"
            .to_owned(),
    ]
}
