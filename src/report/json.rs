//! The report as JSON: the whole of it, in the published schema.

use std::io::{BufWriter, Write};

use super::{Error, escape, v1};

/// Writes the report, streaming.
///
/// # Errors
/// When the output fails.
pub fn write(report: &v1::Report, out: &mut dyn Write) -> Result<(), Error> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    escape::json::pretty(report, &mut out)?;
    out.flush()?;
    Ok(())
}
