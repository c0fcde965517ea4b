//! Set-up, checks and the test runner: `cargo xtask <command>`.
//!
//! Knows how the project is built and tested, and nothing of what it does. It holds no test of its own that could
//! stand in the suite, so that `cargo test` is never weaker than this, only less convenient.

mod acme;
mod check;
mod command;
mod suite;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Set-up, checks and the test runner.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs the parts that the tests need (see tests/parts/versions.toml).
    Setup {
        /// Parts to leave out.
        #[arg(long, value_name = "NAME")]
        without: Vec<suite::Part>,
    },
    /// Installs missing parts and passes all tests, doc tests included.
    Test {
        /// Leaves out a part and every test file that starts it; they are named at the end.
        #[arg(long, value_name = "NAME")]
        without: Vec<suite::Part>,
        /// Handed on to the test programs: names of tests, `--nocapture`.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// What must hold before a push: format, lints, tests, dependencies, generated files.
    Check,
    /// Writes the generated files of schema/ anew.
    Schema,
    /// Writes the recordings of examples/acme anew.
    Acme,
    /// Runs benchmarks; what follows is handed on to `cargo bench`.
    Bench {
        /// Options and names of benchmarks.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Setup { without } => suite::setup(&without),
        Command::Test { without, rest } => suite::test(&without, &rest),
        Command::Check => check::check(),
        Command::Schema => check::schema(),
        Command::Acme => acme::write(),
        Command::Bench { rest } => command::cargo(["bench", "--workspace"]).args(rest).run(),
    }
}
