//! `whosekey man`: the manual page, with every command's section.

use clap::CommandFactory as _;

use super::{Cli, Done};

pub(crate) fn run() -> anyhow::Result<Done> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let name = format!("whosekey-{}", subcommand.get_name());
        let man = clap_mangen::Man::new(subcommand.clone().name(name));
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    super::output::to_stdout(&page)?;
    Ok(Done::Ok)
}
