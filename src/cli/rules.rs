//! `whosekey rules`: what is judged, from the one table that the rules themselves are made of.

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::format::FormatArgs;
use super::{Done, Environment, Global};
use crate::analysis::{Confidence, Meta, RULES, Severity};
use crate::report::{Error, Format, escape};

/// What `rules` takes.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// One rule, in full
    rule: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

/// A rule as data.
#[derive(Debug, Serialize)]
struct RuleRow {
    id: &'static str,
    title: &'static str,
    severity: Severity,
    confidence: Confidence,
    owasp: &'static [&'static str],
    reasons: Vec<Reason>,
    description: &'static str,
    remediation: &'static str,
}

#[derive(Debug, Serialize)]
struct Reason {
    code: &'static str,
    meaning: &'static str,
}

impl From<&'static Meta> for RuleRow {
    fn from(meta: &'static Meta) -> Self {
        Self {
            id: meta.id,
            title: meta.title,
            severity: meta.severity,
            confidence: meta.confidence,
            owasp: meta.owasp,
            reasons: meta.reasons.iter().map(|&(code, meaning)| Reason { code, meaning }).collect(),
            description: meta.description,
            remediation: meta.remediation,
        }
    }
}

pub(crate) fn run(args: &RulesArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let rows: Vec<RuleRow> = RULES
        .iter()
        .map(|rule| RuleRow::from(&rule.meta))
        .filter(|row| args.rule.as_deref().is_none_or(|wanted| wanted == row.id))
        .collect();
    if let (Some(wanted), true) = (&args.rule, rows.is_empty()) {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.meta.id).collect();
        anyhow::bail!("there is no rule {wanted:?}; the rules are {}", known.join(", "));
    }
    args.format.emit(global, environment, |out, _| match args.format.format {
        Format::Json => Ok(escape::json::pretty(&rows, out)?),
        Format::Ndjson => rows.iter().try_for_each(|row| Ok(escape::json::line(row, out)?)),
        Format::Table => table(&rows, out),
        Format::Markdown => markdown(&rows, out),
        format @ (Format::Csv | Format::Sarif | Format::Html) => {
            Err(Error::Unsupported { format, what: "the list of rules" })
        }
    })?;
    Ok(Done::Ok)
}

fn table(rows: &[RuleRow], out: &mut dyn Write) -> Result<(), Error> {
    for row in rows {
        writeln!(out, "{}  {}", row.id, row.owasp.join(", "))?;
        writeln!(out, "    {}", row.description)?;
        for reason in &row.reasons {
            writeln!(out, "    {:<20} {}", reason.code, reason.meaning)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn markdown(rows: &[RuleRow], out: &mut dyn Write) -> Result<(), Error> {
    for row in rows {
        writeln!(out, "## {}\n\n{}\n\n{}\n", row.id, row.description, row.remediation)?;
        writeln!(out, "Severity {:?}, confidence {:?}; {}.\n", row.severity, row.confidence, row.owasp.join(", "))?;
        writeln!(out, "| reason | meaning |\n|---|---|")?;
        for reason in &row.reasons {
            writeln!(out, "| `{}` | {} |", reason.code, reason.meaning)?;
        }
        writeln!(out)?;
    }
    Ok(())
}
