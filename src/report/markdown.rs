//! The report as Markdown, for issues, wikis and chat: coverage, counts, findings. No inventory; it would be too long
//! to read.

use std::io::Write;

use whosekey_sdk::{Kind, Outcome};

use super::escape::markdown::{block, code, text};
use super::{Error, index::Index, v1, words};
use crate::analysis::Status;

/// The most findings that are written out.
pub const MOST_FINDINGS: usize = 500;

/// Writes the report.
///
/// # Errors
/// When the output fails.
pub fn write(report: &v1::Report, out: &mut dyn Write) -> Result<(), Error> {
    let index = Index::new(report);
    writeln!(out, "# Machine identities, {}\n", words::date(report.now))?;
    coverage(report, out)?;
    summary(report, out)?;
    let shown = report.findings.iter().filter(|finding| finding.status == Status::Open);
    let open = shown.clone().count();
    writeln!(out, "## Findings\n")?;
    if open == 0 {
        writeln!(out, "None is open.")?;
    }
    for finding in shown.take(MOST_FINDINGS) {
        self::finding(finding, &index, out)?;
    }
    if open > MOST_FINDINGS {
        writeln!(out, "{} more, of less severity, are in the JSON report.", open - MOST_FINDINGS)?;
    }
    Ok(())
}

fn coverage(report: &v1::Report, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "## Coverage\n")?;
    let (whole, cut): (Vec<_>, Vec<_>) = report
        .coverage
        .iter()
        .filter(|scope| scope.gone_at.is_none())
        .partition(|scope| scope.outcome == Outcome::Complete);
    writeln!(out, "{} of {} seen whole.\n", whole.len(), words::count(whole.len() + cut.len(), "scope", "scopes"))?;
    if !cut.is_empty() {
        writeln!(out, "| source | scope | outcome | last complete | why |\n| --- | --- | --- | --- | --- |")?;
        for scope in cut {
            let issues: Vec<_> = scope.issues.iter().map(|i| format!("{}: {}", i.kind.as_str(), i.message)).collect();
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                code(&scope.source),
                code(&scope.scope),
                scope.outcome.as_str(),
                scope.last_complete_at.map_or("never".to_owned(), words::date),
                text(&issues.join("; "))
            )?;
        }
        writeln!(out)?;
    }
    for notice in &report.notices {
        writeln!(out, "> {}\n", text(&notice.message))?;
    }
    Ok(())
}

fn summary(report: &v1::Report, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "## Summary\n")?;
    writeln!(out, "| verdict | yes | cannot tell | no |\n| --- | ---: | ---: | ---: |")?;
    for verdict in ["orphaned", "zombie", "ownerless"] {
        let of = |answer: &str| report.summary.verdicts.get(verdict).and_then(|counts| counts.get(answer)).copied();
        let [yes, unsure, no] = ["yes", "cannot_tell", "no"].map(|answer| of(answer).unwrap_or(0));
        writeln!(out, "| {verdict} | {yes} | {unsure} | {no} |")?;
    }
    writeln!(out)?;
    let entities: Vec<_> = Kind::ALL
        .iter()
        .filter_map(|kind| Some(words::kind_count(*report.summary.entities.get(kind.as_str())?, *kind)))
        .collect();
    writeln!(out, "Inventory: {}.\n", entities.join(", "))?;
    Ok(())
}

fn finding(finding: &v1::Finding, index: &Index<'_>, out: &mut dyn Write) -> Result<(), Error> {
    let severity = finding.severity.as_str();
    writeln!(out, "### {}: {}\n", severity.to_uppercase(), text(&finding.title))?;
    writeln!(out, "{} / {}: {}.\n", code(&finding.rule), code(&finding.reason), text(&finding.because))?;
    let subject = finding.subject.as_str();
    writeln!(out, "- subject: {} {}", code(index.name_of(subject)), code(subject))?;
    if let Some(entity) = index.entity(subject) {
        for owner in entity.owners.iter().take(3) {
            let departed = if owner.departed == Some(true) { ", departed" } else { "" };
            let name = code(index.name_of(owner.id.as_str()));
            writeln!(
                out,
                "- {}: {name} ({}: {}{departed})",
                owner.role.as_str(),
                owner.evidence.as_str(),
                text(&owner.because)
            )?;
        }
        if entity.owners.is_empty() {
            writeln!(out, "- owner: none known")?;
        }
    }
    for location in &finding.locations {
        writeln!(out, "- at: {}", code(&words::location(location)))?;
    }
    for item in &finding.evidence {
        writeln!(out, "- {}: {} ({})", code(&item.fact), text(&item.value), code(&item.scope))?;
    }
    for reference in &finding.references {
        writeln!(out, "- see: {}", text(reference))?;
    }
    writeln!(out, "- finding: {}\n", code(&finding.id))?;
    if !finding.remediation.is_empty() {
        writeln!(out, "{}", block(&finding.remediation))?;
    }
    Ok(())
}
