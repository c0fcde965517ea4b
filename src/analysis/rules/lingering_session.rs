//! `lingering-session`: a temporary session that is still valid after its agent or workload ended, or that has been
//! renewed for longer than the threshold.

#[cfg(test)]
mod tests;

use std::time::Duration;

use whosekey_sdk::{Fact, Kind, LinkKind};

use crate::analysis::consumers::{Condition, Consumer, consumers_of};
use crate::analysis::finding::{Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, remediation, words};
use crate::graph::Node;

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "lingering-session",
        title: "Session outlives its use",
        severity: Severity::Medium,
        confidence: Confidence::High,
        owasp: &["OWASP NHI7:2025"],
        reasons: &[
            ("consumer_ended", "it is still valid, and every agent or workload that held it has ended"),
            ("renewed", "it has been valid for longer than the threshold"),
        ],
        description: "A temporary session that is still valid though whatever held it has ended, or that has been renewed \
                      for more than 24 hours. Cannot be told when its expiry is not known, or the scope of what held it \
                      is not complete.",
        remediation: "End the session: deny what was issued before now.",
    },
    kinds: &[Kind::Credential],
    find,
};

/// A policy that denies what was issued before now, within single quotes of a shell, which tells what now is.
const DENY_OLDER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}}}]}"#;
/// Longer than any task takes.
const RENEWED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let is_session = node.type_name().split(['.', '-', '_', '/']).any(|word| word == "session");
    let Fact::Known(Some(until)) = node.expires_at() else { return None };
    if !is_session || until <= input.now {
        return None;
    }
    let consumers: Vec<Consumer<'_>> = consumers_of(node);
    let has_ended = |c: &Consumer<'_>| matches!(c.condition, Condition::Ended { .. });
    let all_ended = !consumers.is_empty() && consumers.iter().all(has_ended);
    let age = match node.created_at() {
        Fact::Known(at) => Some(at.until(input.now)),
        Fact::NotExposed | Fact::Denied => None,
    };
    let renewed = age.filter(|age| *age > RENEWED_FOR);
    let mut finding = match (all_ended, renewed) {
        (true, _) => Finding::new(&RULE.meta, "consumer_ended", node),
        (false, Some(_)) => Finding::new(&RULE.meta, "renewed", node),
        (false, None) => return None,
    };
    finding.because = match renewed {
        _ if all_ended => {
            let names: Vec<&str> = consumers.iter().map(|c| c.node.label()).collect();
            format!("it is valid until {until}, and all that held it have ended: {}", names.join(", "))
        }
        Some(age) => format!("it is valid until {until} and was begun {} ago", words::span(age)),
        None => String::new(),
    };
    finding.fact("expires_at", until.to_string(), node.scope_label());
    finding.fact("created_at", words::time(node.created_at()), node.scope_label());
    for consumer in &consumers {
        if all_ended {
            finding.rely_on(consumer.evidence());
        }
        finding.fact(
            "holds",
            format!("{} has ended: {}", consumer.node.label(), has_ended(consumer)),
            consumer.link.scope().label(),
        );
        finding.rest_on(node, consumer.link.scope_id());
    }
    finding.remediation = steps(node);
    Some(finding)
}

/// Sessions cannot be ended one by one on AWS: what their role issued before now is denied.
fn steps(node: Node<'_>) -> Vec<String> {
    let role = node.out(LinkKind::AuthenticatesAs).map(|link| link.to()).find(|to| to.type_name() == "aws.iam-role");
    match role {
        Some(role) => {
            let ended = format!(
                "aws iam put-role-policy --role-name {} --policy-name AWSRevokeOlderSessions --policy-document '{DENY_OLDER}'",
                remediation::shell_word(role.name())
            );
            remediation::place(role).into_iter().chain([ended]).collect()
        }
        None => vec![RULE.meta.remediation.to_owned()],
    }
}
