//! The findings for a spreadsheet, one a row. The inventory comes by `whosekey list … --format csv`: two tables in one
//! file are none.

use std::io::Write;

use super::list::{self, Filter, What};
use super::{Error, Format, Options, v1};

/// Writes the findings.
///
/// # Errors
/// When the output fails.
pub fn write(report: &v1::Report, out: &mut dyn Write) -> Result<(), Error> {
    list::write(report, What::Findings, &Filter::default(), Format::Csv, out, &Options::default())
}
