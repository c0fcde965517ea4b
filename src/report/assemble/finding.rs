//! Findings, from the rules' shape to the report's.

use super::FindingRow;
use crate::analysis::{EvidenceItem, Finding};
use crate::report::v1;

pub(super) fn of(row: FindingRow) -> v1::Finding {
    let id = row.finding.id().to_string();
    let FindingRow { finding, status, first_seen, closed_at, suppression } = row;
    let Finding {
        rule,
        reason,
        subject,
        severity,
        confidence,
        title,
        because,
        evidence,
        references,
        remediation,
        locations,
        rests_on: _,
    } = finding;
    v1::Finding {
        id,
        rule,
        reason,
        subject,
        severity,
        confidence,
        title,
        because,
        evidence: evidence
            .into_iter()
            .map(|EvidenceItem { fact, value, scope }| v1::Evidence { fact, value, scope })
            .collect(),
        references,
        remediation,
        locations: locations.iter().map(location).collect(),
        status,
        first_seen,
        closed_at,
        suppression,
    }
}

pub(super) fn location(location: &whosekey_sdk::Location) -> v1::Location {
    v1::Location { path: location.path.clone(), line: location.line, pointer: location.pointer.clone() }
}
