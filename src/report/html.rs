//! html
use super::{Error, v1};
/// w
/// # Errors
/// w
pub fn write(_report: &v1::Report, _out: &mut dyn std::io::Write) -> Result<(), Error> { Ok(()) }
