//! `long-lived`: a static credential that does not expire, or is older than it should get.
//!
//! Static is what stays valid until somebody changes it: keys, tokens, passwords, certificates. Sessions, bound tokens
//! and federated trust are not, and a reference to a secret tells nothing of the secret. Age is counted from the date
//! of creation, or, where nobody told it, from our having seen the credential: it is at least that old. One that
//! expires within the rotation period is on its way out and no finding.

#[cfg(test)]
mod tests;

use whosekey_sdk::{AccessLevel, Fact, Kind, Timestamp};

use crate::analysis::finding::{Confidence, Finding, Severity};
use crate::analysis::{Input, Meta, Rule, remediation, subjects, words};
use crate::graph::Node;

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "long-lived",
        title: "Long-lived credential",
        severity: Severity::Medium,
        confidence: Confidence::High,
        owasp: &["OWASP NHI7:2025"],
        reasons: &[
            ("no_expiry", "it is known not to expire"),
            ("too_old", "it is older than the threshold"),
            ("rotation_due", "it is older than the rotation period"),
        ],
        description: "A static credential that is known not to expire, or is older than the threshold (365 days), or is \
                      due for rotation (90 days). High when what it proves is administrator-equivalent; low when only \
                      the rotation is due, or when it is young. Cannot be told when neither expiry nor age is known.",
        remediation: "Replace it by short-lived credentials, or rotate it: make a second one, give it to the consumers, \
                      switch the old one off, then delete it.",
    },
    kinds: &[Kind::Credential],
    find,
};

fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    if !is_static(node) {
        return None;
    }
    let (born, is_exact) = born(node);
    let age = born.until(input.now);
    let expiry = node.expires_at();
    if let Fact::Known(Some(at)) = expiry
        && at <= input.now.plus(input.policy.rotate_after)
    {
        return None;
    }
    let is_due = age > input.policy.rotate_after;
    let (reason, severity) = if age > input.policy.long_lived_after {
        ("too_old", Severity::Medium)
    } else if expiry == Fact::Known(None) {
        ("no_expiry", if is_due { Severity::Medium } else { Severity::Low })
    } else if is_due {
        ("rotation_due", Severity::Low)
    } else {
        return None;
    };
    let is_powerful = matches!(subjects::highest_access(node), Some(AccessLevel::Admin | AccessLevel::Escalation));
    let mut finding = Finding::new(&RULE.meta, reason, node);
    finding.severity = if is_powerful && reason != "rotation_due" { Severity::High } else { severity };
    if input.is_brief() {
        return Some(finding);
    }
    finding.because = because(input, expiry, born, is_exact);
    finding.fact("created_at", words::time(node.created_at()), node.scope_label());
    finding.fact("expires_at", words::optional(expiry), node.scope_label());
    finding.remediation = rotation(node, finding.confidence);
    Some(finding)
}

/// Whether it stays valid until somebody changes it.
fn is_static(node: Node<'_>) -> bool {
    const TEMPORARY: &[&str] = &["session", "federated", "reference", "bound", "assertion", "oidc"];
    let is_temporary = node.type_name().split(['.', '-', '_', '/']).any(|word| TEMPORARY.contains(&word));
    !is_temporary && !node.id().starts_with("ref:")
}

/// When it was made, or the first we saw of it, and whether it is the former.
fn born(node: Node<'_>) -> (Timestamp, bool) {
    match node.created_at() {
        Fact::Known(at) => (at, true),
        Fact::NotExposed | Fact::Denied => (node.first_seen(), false),
    }
}

fn because(input: &Input<'_>, expiry: Fact<Option<Timestamp>>, born: Timestamp, is_exact: bool) -> String {
    let expires = match expiry {
        Fact::Known(None) => "it never expires".to_owned(),
        Fact::Known(Some(at)) => format!("it expires only on {}", words::day(at)),
        Fact::NotExposed => "its expiry is not exposed".to_owned(),
        Fact::Denied => "its expiry was denied to us".to_owned(),
    };
    let (since, age) = (words::day(born), words::span(born.until(input.now)));
    let lived = if is_exact { "was created on" } else { "has been seen since" };
    format!(
        "{expires}; it {lived} {since}, {age} ago (rotation after {}, long-lived after {})",
        words::span(input.policy.rotate_after),
        words::span(input.policy.long_lived_after)
    )
}

/// A replacement first, then the old one off, then away.
fn rotation(node: Node<'_>, confidence: Confidence) -> Vec<String> {
    let user = remediation::user_name(node).filter(|_| node.type_name() == "aws.access-key");
    let first = match user {
        Some(user) => vec![
            format!("aws iam create-access-key --user-name {user}"),
            remediation::say("give the new one to the consumers, and see that they use it"),
        ],
        None => vec![remediation::say("make a replacement that expires and give it to the consumers")],
    };
    remediation::switch_off_after(first, node, confidence)
}
