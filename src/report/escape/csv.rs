//! Cells that a spreadsheet must not run.
//!
//! Quoting is the `csv` crate's work; this is only about what Excel, LibreOffice and Google Sheets take for a formula
//! (OWASP, "CSV Injection", looked at in November 2026).

use super::visible;

/// The cell, with an apostrophe in front if a spreadsheet would run it: when its first character that counts is one of
/// `= + - @`, as they are or in full width. Spaces and quotes in front do not count, because importers strip them. Tabs
/// and carriage returns, which open a formula too, are written out by [`visible`] and start with a backslash then; the
/// apostrophe is set for them as well, so that a reader who turns them back gets no formula either.
pub(crate) fn cell(text: &str) -> String {
    let shown = visible(text);
    let first = text.trim_start_matches(|c: char| c == ' ' || c == '\u{a0}' || is_quote(c)).chars().next();
    if first.is_some_and(opens_formula) { format!("'{shown}") } else { shown.into_owned() }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ff02}' | '\u{ff07}')
}

fn opens_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' | '\u{2212}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_spreadsheet_would_run_gets_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\"=1", "' =1", "＝1", "＋1", "－1", "＠x"]
        {
            assert!(cell(text).starts_with('\''), "{text:?} gave {:?}", cell(text));
        }
    }

    #[test]
    fn ordinary_cells_stay_as_they_are() {
        for text in ["", "ci-deployer", "aws:AIDA1", "a=b", "1-2", "ada@example.com"] {
            assert_eq!(cell(text), text);
        }
    }
}
