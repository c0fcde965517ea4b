//! The rules that occur in a run, with the help that code scanning shows beside a result.

use std::collections::BTreeMap;

use super::shape::{Configuration, Help, Message, Rule, RuleProperties};
use crate::analysis::{Confidence, RULES, Severity};
use crate::report::{escape, v1};

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
    // A rule that an older version knew has no words of its own any more.
    let meta = RULES.iter().map(|rule| &rule.meta).find(|meta| meta.id == id);
    let (title, description, remediation) =
        meta.map_or((id.as_str(), "", ""), |meta| (meta.title, meta.description, meta.remediation));
    let references = worst.references.join(", ");
    let explain = "`whosekey explain <finding>` shows the facts, the links and what to do";
    Rule {
        id: id.clone(),
        name: camel(id),
        short_description: Message::new(title),
        full_description: Message::new(if description.is_empty() { title } else { description }),
        help: Help {
            text: format!("{description}\n\n{remediation}\n\n{references}\n\n{}.", explain.replace('`', "")),
            markdown: format!(
                "{description}\n\n**What to do:** {remediation}\n\n{}\n\n{explain}.",
                escape::markdown::text(&references)
            ),
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
