//! `whosekey explain`: everything about one entity or finding.

use clap::Args;

use super::format::FormatArgs;
use super::when::NowArgs;
use super::{Done, Environment, Global, state};
use crate::report::explain;
use crate::report::index::Index;

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// An entity's id or alias, or the beginning of a finding's id
    id: String,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
}

pub(crate) fn run(args: &ExplainArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let report = state::report(global, environment, &args.now)?;
    let index = Index::new(&report);
    let subject = index.lookup(&args.id)?;
    args.format
        .emit(global, environment, |out, options| explain::write(&index, subject, args.format.format, out, options))?;
    Ok(Done::Ok)
}
