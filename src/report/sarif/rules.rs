//! The rules that occur in a run, with the help that code scanning shows beside a result.

use std::collections::BTreeMap;

use super::shape::{Configuration, Help, Message, Rule, RuleProperties};
use crate::analysis::{Confidence, Severity};
use crate::report::v1;

/// What each rule says, in the vocabulary of the product.
const TITLES: &[(&str, &str)] = &[
    ("dangling-trust", "It trusts a subject that does not exist, or anyone"),
    ("hard-coded", "A secret value stands in an agent's definition, tool configuration, prompt or manifest"),
    ("lingering-session", "A temporary session is still valid after its agent or task ended"),
    ("long-lived", "A static credential does not expire, or is older than the threshold"),
    ("machine-created", "A machine identity made it, and no human stands behind the chain"),
    ("orphaned", "It can still authenticate, and what it served is gone"),
    ("over-privileged", "It is administrator-equivalent, or can escalate to it, or holds what it does not use"),
    ("ownerless", "It can still authenticate, and no person or team is reached through any owner evidence"),
    ("shadow-agent", "An agent is in use or on disk that no registry declares"),
    ("shared", "One credential is held by two or more agents or workloads"),
    ("zombie", "It can still authenticate, and nothing has used it for the threshold"),
];

/// One entry for each rule of the findings, by id. Severity and confidence are those of its worst finding.
pub(super) fn of(findings: &[&v1::Finding]) -> Vec<Rule> {
    let mut worst: BTreeMap<&str, &v1::Finding> = BTreeMap::new();
    for finding in findings {
        let known = worst.entry(&finding.rule).or_insert(finding);
        if finding.severity > known.severity {
            *known = finding;
        }
    }
    worst.into_values().map(rule).collect()
}

fn rule(worst: &v1::Finding) -> Rule {
    let id = &worst.rule;
    let title = TITLES.iter().find(|(known, _)| known == id).map_or(id.as_str(), |(_, title)| title);
    let references = worst.references.join(", ");
    let explain = "`whosekey explain <finding>` shows the facts, the links and what to do";
    Rule {
        id: id.clone(),
        name: camel(id),
        short_description: Message::new(title),
        full_description: Message::new(title),
        help: Help {
            text: format!("{title}. {references}. {}.", explain.replace('`', "")),
            markdown: format!("**{title}.**\n\n{}\n\n{explain}.", super::escape::markdown::text(&references)),
        },
        default_configuration: Configuration { level: super::level(worst.severity) },
        properties: RuleProperties {
            tags: ["security", "machine-identity"]
                .into_iter()
                .map(str::to_owned)
                .chain(worst.references.iter().filter(|reference| !reference.contains("://")).cloned())
                .collect(),
            precision: match worst.confidence {
                Confidence::High => "very-high",
                Confidence::Medium => "high",
                Confidence::Low => "medium",
            },
            security_severity: match worst.severity {
                Severity::Critical => "9.5",
                Severity::High => "8.0",
                Severity::Medium => "5.5",
                Severity::Low => "3.0",
            },
        },
    }
}

/// `long-lived` as `LongLived`: SARIF wants a rule's name to be an identifier.
fn camel(id: &str) -> String {
    id.split('-')
        .flat_map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)))
        .collect()
}
