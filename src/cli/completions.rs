//! `whosekey completions`: the shell's completion script.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Done};

/// What `completions` takes.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<Done> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "whosekey", &mut script);
    super::output::to_stdout(&script)?;
    Ok(Done::Ok)
}
