//! The findings as SARIF 2.1.0, for code scanning.
//!
//! A finding that concerns a file has a physical location; any other has a logical one, the entity that it is about:
//! no file is made up for it. What was not seen goes along as notifications of the run, so that an empty result of a
//! blind scan does not look like a clean one. Within GitHub's limits (5,000 results shown, 25,000 accepted; looked at
//! in November 2026) the most severe findings come first.

mod rules;
mod shape;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use whosekey_sdk::Outcome;

use self::shape::{
    Artifact, Driver, Fingerprints, Invocation, Log, LogicalLocation, Message, Notification, Physical, Place, Region,
    Result as Finding, ResultProperties, Run, Suppression, Tool, UriBase,
};
use super::escape::visible;
use super::{Error, escape, index::Index, v1, words};
use crate::analysis::{Severity, Status};

/// The most results in one file.
pub const MOST_RESULTS: usize = 5_000;

/// The name of the base that absolute paths are relative to.
const ROOT: &str = "ROOT";

/// What a path segment cannot hold as it is (RFC 3986, `pchar`). A colon is among it, so that no first segment reads as
/// a scheme.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Writes the findings that are not closed.
///
/// # Errors
/// When the output fails.
pub fn write(report: &v1::Report, out: &mut dyn Write) -> Result<(), Error> {
    write_of(report, report.findings.iter().filter(|f| f.status != Status::Closed).collect(), out)
}

/// Writes some of the report's findings.
pub(super) fn write_of(report: &v1::Report, mut findings: Vec<&v1::Finding>, out: &mut dyn Write) -> Result<(), Error> {
    findings.sort_by(|a, b| (Reverse(a.severity), &a.rule, &a.id).cmp(&(Reverse(b.severity), &b.rule, &b.id)));
    let left_out = findings.len().saturating_sub(MOST_RESULTS);
    findings.truncate(MOST_RESULTS);

    let index = Index::new(report);
    let rules = rules::of(&findings);
    let order: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(at, rule)| (rule.id.as_str(), at)).collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: &report.tool.name,
                    version: &report.tool.version,
                    semantic_version: &report.tool.version,
                    rules: &rules,
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                end_time_utc: report.generated_at,
                tool_execution_notifications: notifications(report, left_out),
            }],
            original_uri_base_ids: BTreeMap::from([(ROOT, UriBase { uri: "file:///" })]),
            column_kind: "utf16CodeUnits",
            results: findings.iter().map(|finding| result(finding, order[finding.rule.as_str()], &index)).collect(),
        }],
    };
    let mut out = BufWriter::new(out);
    escape::json::pretty(&log, &mut out)?;
    out.flush()?;
    Ok(())
}

fn result<'a>(finding: &'a v1::Finding, rule_index: usize, index: &Index<'a>) -> Finding<'a> {
    let name = index.name_of(finding.subject.as_str());
    let subject = LogicalLocation {
        name: visible(name).into_owned(),
        fully_qualified_name: visible(finding.subject.as_str()).into_owned(),
        kind: "resource",
    };
    let locations = if finding.locations.is_empty() {
        vec![Place { physical_location: None, logical_locations: vec![subject] }]
    } else {
        finding.locations.iter().map(|location| place(location, &subject)).collect()
    };
    Finding {
        rule_id: &finding.rule,
        rule_index,
        level: level(finding.severity),
        message: Message::new(format!("{}: {}", visible(&finding.title), visible(&finding.because))),
        locations,
        partial_fingerprints: Fingerprints { id: &finding.id },
        suppressions: suppressions(finding),
        properties: ResultProperties {
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            reason: &finding.reason,
            subject: finding.subject.as_str(),
            references: &finding.references,
            remediation: &finding.remediation,
        },
    }
}

fn place(location: &v1::Location, subject: &LogicalLocation) -> Place {
    let mut logical_locations = vec![subject.clone()];
    if let Some(pointer) = &location.pointer {
        let pointer = visible(pointer).into_owned();
        let name = pointer.rsplit('/').next().unwrap_or_default().to_owned();
        logical_locations.push(LogicalLocation { name, fully_qualified_name: pointer, kind: "member" });
    }
    Place {
        physical_location: Some(Physical {
            artifact_location: artifact(&location.path),
            region: location.line.filter(|line| *line > 0).map(|start_line| Region { start_line }),
        }),
        logical_locations,
    }
}

/// A path as a relative URI reference. An absolute path is relative to the file system's root, which the run declares.
fn artifact(path: &str) -> Artifact {
    let path = path.replace('\\', "/");
    let relative = path.trim_start_matches('/');
    let uri =
        relative.split('/').map(|part| utf8_percent_encode(part, SEGMENT).to_string()).collect::<Vec<_>>().join("/");
    Artifact { uri, uri_base_id: path.starts_with('/').then_some(ROOT) }
}

fn suppressions(finding: &v1::Finding) -> Option<Vec<Suppression>> {
    match finding.status {
        Status::Open => None,
        Status::Muted | Status::Accepted | Status::Closed => Some(vec![Suppression {
            kind: "external",
            status: "accepted",
            justification: finding.suppression.as_ref().map_or_else(String::new, |suppression| {
                format!("{} (until {})", visible(&suppression.reason), words::date(suppression.until))
            }),
        }]),
    }
}

fn notifications(report: &v1::Report, left_out: usize) -> Vec<Notification> {
    let mut notifications: Vec<Notification> = report
        .coverage
        .iter()
        .filter(|scope| scope.outcome != Outcome::Complete && scope.gone_at.is_none())
        .map(|scope| {
            let issues: Vec<String> = scope.issues.iter().map(|issue| visible(&issue.message).into_owned()).collect();
            let text = format!(
                "not seen whole: {}/{} ({}) {}",
                visible(&scope.source),
                visible(&scope.scope),
                scope.outcome.as_str(),
                issues.join("; ")
            );
            Notification { level: "warning", message: Message::new(text.trim_end()) }
        })
        .collect();
    if left_out > 0 {
        let text = format!("{left_out} findings of less severity are left out: a file holds {MOST_RESULTS} at most");
        notifications.push(Notification { level: "warning", message: Message::new(text) });
    }
    for notice in &report.notices {
        let message = Message::new(visible(&notice.message));
        notifications.push(Notification { level: "note", message });
    }
    notifications
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_references_that_no_parser_misreads() {
        let uri = |path: &str| (artifact(path).uri, artifact(path).uri_base_id);
        assert_eq!(uri("/srv/a b/#1?.json"), ("srv/a%20b/%231%3F.json".to_owned(), Some(ROOT)));
        assert_eq!(uri("agents/ü.json"), ("agents/%C3%BC.json".to_owned(), None));
        assert_eq!(uri("javascript:alert(1)"), ("javascript%3Aalert(1)".to_owned(), None));
        assert_eq!(uri("C:\\agents\\x.json"), ("C%3A/agents/x.json".to_owned(), None));
        assert_eq!(uri("//host/share"), ("host/share".to_owned(), Some(ROOT)));
    }

    fn written(report: &v1::Report) -> serde_json::Value {
        let mut bytes = Vec::new();
        write(report, &mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn acme() -> v1::Report {
        serde_json::from_str(include_str!("../../tests/report/acme.json")).unwrap()
    }

    #[test]
    fn a_finding_in_a_file_has_a_place_there_and_any_other_has_none_made_up() {
        let sarif = written(&acme());
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            let in_file = ["hard-coded", "shared"].contains(&result["ruleId"].as_str().unwrap());
            for location in result["locations"].as_array().unwrap() {
                assert_eq!(location.get("physicalLocation").is_some(), in_file, "{result}");
                assert!(location["logicalLocations"][0]["fullyQualifiedName"].is_string());
            }
        }
    }

    #[test]
    fn what_was_not_seen_goes_along() {
        let sarif = written(&acme());
        let notes = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(notes.contains("not seen whole: prod-aws/000000000000/iam.roles (partial)"), "{notes}");
    }

    #[test]
    fn an_accepted_finding_is_suppressed_with_its_reason() {
        let sarif = written(&acme());
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let suppressed: Vec<_> = results.iter().filter(|result| result.get("suppressions").is_some()).collect();
        assert_eq!(suppressed.len(), 1);
        assert_eq!(
            suppressed[0]["suppressions"][0]["justification"],
            "migration tracked in OPS-123 (until 2027-01-31)"
        );
    }

    #[test]
    fn of_too_many_findings_the_most_severe_are_kept_and_the_rest_is_said() {
        let mut report = acme();
        let low = report.findings.iter().find(|finding| finding.severity == Severity::Low).unwrap().clone();
        for at in 0..MOST_RESULTS {
            report.findings.insert(0, v1::Finding { id: format!("{at:016x}"), ..low.clone() });
        }
        let sarif = written(&report);
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), MOST_RESULTS);
        assert_eq!(results[0]["properties"]["severity"], "critical");
        assert!(sarif.to_string().contains("12 findings of less severity are left out"));
    }
}
