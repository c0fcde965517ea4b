//! Findings, from the rules' shape to the report's.

use super::FindingRow;
use crate::report::v1;

pub(super) fn of(row: &FindingRow) -> v1::Finding {
    let finding = &row.finding;
    v1::Finding {
        id: finding.id(),
        rule: finding.rule.clone(),
        reason: finding.reason.clone(),
        subject: finding.subject.clone(),
        severity: finding.severity,
        confidence: finding.confidence,
        title: finding.title.clone(),
        because: finding.because.clone(),
        evidence: finding
            .evidence
            .iter()
            .map(|item| v1::Evidence { fact: item.fact.clone(), value: item.value.clone(), scope: item.scope.clone() })
            .collect(),
        references: finding.references.clone(),
        remediation: finding.remediation.clone(),
        locations: finding.locations.iter().map(location).collect(),
        status: row.status,
        first_seen: row.first_seen,
        closed_at: row.closed_at,
        suppression: row.suppression.clone(),
    }
}

pub(super) fn location(location: &whosekey_sdk::Location) -> v1::Location {
    v1::Location { path: location.path.clone(), line: location.line, pointer: location.pointer.clone() }
}
