//! What is wrong and what to do about it.

use super::{Explanation, Screen, wrapped};
use crate::report::escape::visible;
use crate::report::grid::{Cell, Grid};
use crate::report::paint::Tone;
use crate::report::{Error, v1, words};

impl Screen<'_, '_> {
    pub(super) fn finding(&mut self, finding: &v1::Finding) -> Result<(), Error> {
        self.heading("THE FINDING")?;
        let title = format!(
            "  {}  {}",
            self.paint(&finding.severity.as_str().to_uppercase(), Tone::of_finding(finding)),
            self.paint(&visible(&finding.title), Tone::Strong)
        );
        self.line(&title)?;
        self.paragraph(&finding.because, 2, Tone::Plain)?;
        let mut grid = Grid::new(&[("fact", 24), ("value", 80), ("scope", 60)]);
        for item in &finding.evidence {
            grid.rows.push(vec![
                Cell::toned(item.fact.as_str(), Tone::Muted),
                Cell::new(item.value.as_str()),
                Cell::toned(item.scope.as_str(), Tone::Muted),
            ]);
        }
        for location in &finding.locations {
            grid.rows.push(vec![
                Cell::toned("written at", Tone::Muted),
                Cell::toned(words::location(location), Tone::Name),
                Cell::default(),
            ]);
        }
        self.grid(&grid)?;
        let life = format!(
            "{} / {}, confidence {}, {}, since {}, finding {}",
            finding.rule,
            finding.reason,
            finding.confidence.as_str(),
            finding.status.as_str(),
            words::moment(finding.first_seen, self.index.report.now),
            finding.id
        );
        self.paragraph(&life, 2, Tone::Muted)?;
        if let Some(suppression) = &finding.suppression {
            let text = format!("{} until {}: {}", suppression.by, words::date(suppression.until), suppression.reason);
            self.paragraph(&text, 2, Tone::Unsure)?;
        }
        if !finding.references.is_empty() {
            self.paragraph(&finding.references.join(", "), 2, Tone::Muted)?;
        }
        Ok(())
    }

    pub(super) fn findings(&mut self, explanation: &Explanation<'_>) -> Result<(), Error> {
        let others: Vec<_> =
            explanation.findings.iter().filter(|f| explanation.finding.is_none_or(|asked| asked.id != f.id)).collect();
        if others.is_empty() {
            return Ok(());
        }
        self.heading(if explanation.finding.is_some() { "OTHER FINDINGS ABOUT IT" } else { "FINDINGS" })?;
        let mut grid = Grid::new(&[("severity", 8), ("rule", 40), ("status", 8), ("since", 40), ("id", 8)]);
        for finding in &others {
            grid.rows.push(vec![
                Cell::toned(finding.severity.as_str(), Tone::of_finding(finding)),
                Cell::toned(format!("{} / {}", finding.rule, finding.reason), Tone::Strong),
                Cell::toned(finding.status.as_str(), Tone::Muted),
                Cell::toned(format!("since {}", words::moment(finding.first_seen, self.index.report.now)), Tone::Muted),
                Cell::toned(finding.id.get(..8).unwrap_or(&finding.id), Tone::Name),
            ]);
        }
        for (line, finding) in grid.aligned("  ", self.options).into_iter().zip(others) {
            self.line(&line)?;
            self.paragraph(&finding.because, 12, Tone::Muted)?;
        }
        Ok(())
    }

    pub(super) fn remediation(&mut self, explanation: &Explanation<'_>) -> Result<(), Error> {
        if explanation.remediation.is_empty() {
            return Ok(());
        }
        self.heading("WHAT TO DO")?;
        for (at, step) in explanation.remediation.iter().enumerate() {
            let number = self.paint(&format!("{}.", at + 1), Tone::Muted);
            let lines = match words::step(step) {
                // Whole and on one line, however long: it is there to be copied.
                words::Step::Command(line) => vec![self.paint(&visible(line), Tone::Name)],
                words::Step::Words(text) => wrapped(&visible(text), self.options.columns().saturating_sub(6)),
            };
            for (at, line) in lines.iter().enumerate() {
                let before = if at == 0 { number.as_str() } else { "  " };
                self.line(&format!("  {before} {line}"))?;
            }
        }
        Ok(())
    }
}
