//! `whosekey report`: from the database, without scanning.

use clap::Args;

use super::format::FormatArgs;
use super::when::NowArgs;
use super::{Done, Environment, Global, state};
use crate::report::Format;

/// What `report` takes.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    format: FormatArgs,
    /// The state as it was then: RFC 3339, a date, or an age such as 7d
    #[arg(long, value_name = "T")]
    as_of: Option<String>,
    #[command(flatten)]
    now: NowArgs,
}

pub(crate) fn run(args: &ReportArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    if args.format.format == Format::Ndjson {
        let config = state::setup(global, environment)?;
        let as_of = args.now.moment(environment)?.as_of(args.as_of.as_deref())?;
        let store = state::open_to_read(&config)?;
        return state::emit_recording(&store, as_of, &args.format, global, environment).map(|()| Done::Ok);
    }
    let judged = state::judged(global, environment, args.as_of.as_deref(), &args.now)?;
    args.format.emit(global, environment, |out, options| judged.write(args.format.format, out, options))?;
    Ok(Done::Ok)
}
