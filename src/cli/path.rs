//! `whosekey path`: how one thing can reach another.

use clap::Args;

use super::format::FormatArgs;
use super::when::NowArgs;
use super::{Done, Environment, Global, state};
use crate::graph::Node;
use crate::graph::reach::{Reach, Step};
use crate::report::path::{self, Direction, Path, Stop};

/// What `path` takes.
#[derive(Debug, Args)]
pub(crate) struct PathArgs {
    /// Where it starts: an entity's id, alias or name
    from: String,
    /// Where it ends: an entity's id, alias or name
    to: String,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
}

pub(crate) fn run(args: &PathArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let config = state::setup(global, environment)?;
    let now = args.now.moment(environment)?;
    let judged = state::judge(&state::open_to_read(&config)?, &config, None, now.0)?;
    let graph = &judged.graph;
    let from = graph.look_up(&args.from)?;
    let to = graph.look_up(&args.to)?;
    // Nobody gets through what cannot authenticate.
    let reach = Reach::of(graph, |node| !judged.is_dormant(node));
    let steps = reach.explained(graph, from.node_id(), to.node_id()).unwrap_or_default();
    let path = Path { from: stop(from), to: stop(to), steps: steps.into_iter().map(step).collect() };
    args.format.emit(global, environment, |out, options| path::write(&path, args.format.format, out, options))?;
    Ok(Done::Ok)
}

fn stop(node: Node<'_>) -> Stop {
    Stop {
        id: node.id().into(),
        kind: node.kind(),
        type_name: node.type_name().to_owned(),
        name: node.label().to_owned(),
    }
}

fn step(step: Step<'_>) -> path::Step {
    let along = step.link.from().node_id() == step.from.node_id();
    path::Step {
        link: step.link.kind(),
        direction: if along { Direction::Along } else { Direction::Against },
        evidence: step.link.evidence(),
        because: step.link.because().to_owned(),
        to: stop(step.to),
    }
}
