//! `whosekey explain`: everything about one entity or finding.

use clap::Args;

use super::format::FormatArgs;
use super::when::NowArgs;
use super::{Done, Environment, Global, state};
use crate::report::explain::{self, Ends};
use crate::report::index::Index;

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// An entity's id, alias or name, or the beginning of a finding's id
    id: String,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
}

pub(crate) fn run(args: &ExplainArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let judged = state::judged(global, environment, None, &args.now)?;
    let report = judged.report();
    let index = Index::new(&report);
    let subject = explain::look_up(&judged.graph, &index, &args.id)?;
    let ends = judged.graph.find(subject.id()).map(|node| Ends::of(&judged.graph, node)).unwrap_or_default();
    args.format.emit(global, environment, |out, options| {
        explain::write(&index, &ends, subject, args.format.format, out, options)
    })?;
    Ok(Done::Ok)
}
