//! The report for a terminal: coverage first, then the verdicts, then the findings. One screen where that suffices; the
//! details are `explain`'s.

use std::io::Write;

use whosekey_sdk::{Kind, Outcome};

use super::escape::{cut, visible, width};
use super::grid::{Cell, Grid};
use super::index::Index;
use super::paint::{Tone, paint};
use super::{Error, Options, Signs, v1, words};
use crate::analysis::Status;

/// The most findings that are listed.
pub const MOST_FINDINGS: usize = 200;

/// Writes the overview.
///
/// # Errors
/// When the output fails.
pub fn write(report: &v1::Report, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    coverage(report, out, options)?;
    verdicts(report, out, options)?;
    findings(report, out, options)
}

fn heading(out: &mut dyn Write, title: &str, note: &str, options: &Options) -> Result<(), Error> {
    let title = paint(title, Tone::Strong, options.color);
    writeln!(out, "{title}  {}", paint(note, Tone::Muted, options.color))?;
    Ok(())
}

fn coverage(report: &v1::Report, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    let there: Vec<_> = report.coverage.iter().filter(|scope| scope.gone_at.is_none()).collect();
    let cut_short: Vec<_> = there.iter().filter(|scope| scope.outcome != Outcome::Complete).collect();
    let whole = there.len() - cut_short.len();
    let note = format!("{whole} of {} seen whole", words::count(there.len(), "scope", "scopes"));
    heading(out, "COVERAGE", &note, options)?;
    let mut grid = Grid::new(&[("outcome", 10), ("scope", 60), ("last", 40)]);
    for scope in &cut_short {
        let last = scope
            .last_complete_at
            .map_or("never seen whole".to_owned(), |at| format!("last whole {}", words::moment(at, report.now)));
        let tone = if scope.outcome == Outcome::Failed { Tone::Bad } else { Tone::Unsure };
        grid.rows.push(vec![
            Cell::toned(scope.outcome.as_str(), tone),
            Cell::new(format!("{}/{}", scope.source, scope.scope)),
            Cell::toned(last, Tone::Muted),
        ]);
    }
    let room = options.columns().saturating_sub(16);
    for (line, scope) in grid.aligned("  ", options).into_iter().zip(&cut_short) {
        writeln!(out, "{line}")?;
        for issue in scope.issues.iter().take(3) {
            let text = cut(&format!("{}: {}", issue.kind.as_str(), issue.message), room);
            writeln!(out, "              {}", paint(&text, Tone::Muted, options.color))?;
        }
        for missing in &scope.missing_permissions {
            let text = cut(&format!("needs {}: {}", missing.permission, missing.costs), room);
            writeln!(out, "              {}", paint(&text, Tone::Unsure, options.color))?;
        }
    }
    for scope in there.iter().filter(|scope| scope.suspect) {
        let text = format!(
            "  suspect     {}/{}  so much is missing at once that nothing is closed before the next scan agrees",
            visible(&scope.source),
            visible(&scope.scope)
        );
        writeln!(out, "{}", paint(&text, Tone::Unsure, options.color))?;
    }
    for notice in &report.notices {
        writeln!(
            out,
            "{}",
            paint(&format!("  note        {}", visible(&notice.message)), Tone::Unsure, options.color)
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn verdicts(report: &v1::Report, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    let entities: Vec<_> = Kind::ALL
        .iter()
        .filter_map(|kind| Some(words::kind_count(*report.summary.entities.get(kind.as_str())?, *kind)))
        .collect();
    heading(out, "VERDICTS", &entities.join(separator(options)), options)?;
    for verdict in ["orphaned", "zombie", "ownerless"] {
        let of = |answer: &str| report.summary.verdicts.get(verdict).and_then(|counts| counts.get(answer)).copied();
        let [yes, unsure, no] = ["yes", "cannot_tell", "no"].map(|answer| of(answer).unwrap_or(0));
        let tone = |n: u64, tone: Tone| if n == 0 { Tone::Muted } else { tone };
        writeln!(
            out,
            "  {verdict:<10} {}   {}   {}",
            paint(&format!("{yes:>6} yes"), tone(yes, Tone::Bad), options.color),
            paint(&format!("{unsure:>6} cannot tell"), tone(unsure, Tone::Unsure), options.color),
            paint(&format!("{no:>6} no"), tone(no, Tone::Good), options.color),
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn separator(options: &Options) -> &'static str {
    match options.signs {
        Signs::Unicode => " · ",
        Signs::Ascii => ", ",
    }
}

fn findings(report: &v1::Report, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
    let index = Index::new(report);
    let open: Vec<_> =
        report.findings.iter().filter(|finding| finding.status == Status::Open).take(MOST_FINDINGS).collect();
    // The report may hold no more than are listed here; the counts are of all.
    let count = |status: Status| report.summary.findings.by_status.get(status.as_str()).copied().unwrap_or(0);
    let quiet = count(Status::Muted) + count(Status::Accepted);
    let by = &report.summary.findings.by_severity;
    let mut note: Vec<String> = ["critical", "high", "medium", "low"]
        .iter()
        .filter_map(|severity| by.get(*severity).map(|n| format!("{n} {severity}")))
        .collect();
    if quiet > 0 {
        note.push(format!("{quiet} muted or accepted"));
    }
    if open.is_empty() {
        note.insert(0, "none open".to_owned());
    }
    heading(out, "FINDINGS", &note.join(separator(options)), options)?;
    let mut grid = Grid::new(&[("severity", 8), ("rule", 26), ("name", 32), ("id", 8), ("because", 0)]);
    for finding in &open {
        grid.rows.push(vec![
            Cell::toned(finding.severity.as_str(), Tone::of_severity(finding.severity)),
            Cell::new(finding.rule.as_str()),
            Cell::toned(index.name_of(finding.subject.as_str()), Tone::Strong),
            Cell::toned(finding.id.get(..8).unwrap_or(&finding.id), Tone::Name),
        ]);
    }
    grid.columns.truncate(4);
    let widths = Options { color: super::Color::Never, ..*options };
    let plain = grid.aligned("  ", &widths);
    let lead = plain.iter().map(|line| width(line)).max().unwrap_or(0);
    for ((line, bare), finding) in grid.aligned("  ", options).into_iter().zip(&plain).zip(&open) {
        let pad = " ".repeat(lead - width(bare) + 2);
        let room = options.columns().saturating_sub(lead + 2);
        if room >= 30 {
            writeln!(out, "{line}{pad}{}", paint(&cut(&finding.because, room), Tone::Muted, options.color))?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    let more = count(Status::Open).saturating_sub(open.len() as u64);
    if more > 0 {
        writeln!(out, "  … and {more} more: whosekey list findings")?;
    }
    if let Some(first) = open.first() {
        let hint = format!("\n  whosekey explain {}", visible(first.id.get(..8).unwrap_or(&first.id)));
        writeln!(out, "{}", paint(&hint, Tone::Muted, options.color))?;
    }
    Ok(())
}
