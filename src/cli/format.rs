//! `--format` and `--output`, and how a screen for people is drawn.

use std::path::PathBuf;

use clap::Args;

use super::{Environment, Global, output};
use crate::report::{self, Color, Format, Options, Signs};

/// Where and how a command writes its data.
#[derive(Debug, Args)]
pub(crate) struct FormatArgs {
    /// table, json, ndjson, csv, sarif, html or markdown
    #[arg(long, value_name = "FMT", value_parser = parse, default_value = "table")]
    pub(crate) format: Format,
    /// Write to a file (0600, whole or not at all) instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

fn parse(word: &str) -> Result<Format, String> {
    Format::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
        format!("one of: {}", words.join(", "))
    })
}

impl FormatArgs {
    /// Writes through `write`, which is given how to draw.
    pub(crate) fn emit(
        &self,
        global: &Global,
        environment: &Environment,
        write: impl FnOnce(&mut dyn std::io::Write, &Options) -> Result<(), report::Error>,
    ) -> anyhow::Result<()> {
        let is_terminal = self.output.is_none() && environment.stdout_is_terminal();
        let options = options(global, environment, is_terminal);
        output::write(self.output.as_deref(), |out| Ok(write(out, &options)?))
    }
}

/// How to draw on stdout.
fn options(global: &Global, environment: &Environment, is_terminal: bool) -> Options {
    let color = if environment.colored(global.color, is_terminal) { Color::Always } else { Color::Never };
    let width = is_terminal.then(|| console::Term::stdout().size_checked().map(|(_, columns)| columns)).flatten();
    let signs = if environment.is_utf8() { Signs::Unicode } else { Signs::Ascii };
    Options { color, signs, width }
}
