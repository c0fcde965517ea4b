//! The command line: what can be typed, and which file answers it.
//!
//! One command a file. Data goes to stdout, everything else to stderr. The exit codes are the contract's: 0 done,
//! 1 done and a finding reaches `--fail-on`, 2 could not run, 3 done but some scope was not complete, 75 another
//! process is scanning into this database.

mod check;
mod completions;
mod connectors;
mod daemon;
mod diff;
mod environment;
mod explain;
mod fingerprint_key;
mod format;
mod init;
mod list;
mod logging;
mod man;
mod mute;
mod output;
mod path;
mod pipeline;
mod progress;
mod report;
mod rules;
mod scan;
mod signals;
mod state;
mod when;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use environment::Environment;
use logging::Usual;

/// Finds every machine identity, links it to the agent that holds it and the person who answers for it, and says with
/// evidence which ones are orphaned, zombie or ownerless.
#[derive(Debug, Parser)]
#[command(name = "whosekey", version, max_term_width = 110, infer_subcommands = false)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
struct Global {
    /// Configuration file [default: $WHOSEKEY_CONFIG, ./whosekey.toml, $XDG_CONFIG_HOME/whosekey/whosekey.toml]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Database file [default: the configuration's, else $XDG_STATE_HOME/whosekey/whosekey.db]
    #[arg(long, value_name = "FILE", global = true)]
    database: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: ColorChoice,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Log more; repeat for still more
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan all sources, judge, and report
    Scan(scan::ScanArgs),
    /// Scan on each source's schedule until SIGTERM
    Daemon(daemon::DaemonArgs),
    /// Report from the database, without scanning
    Report(report::ReportArgs),
    /// List entities, findings, sources or scopes
    List(list::ListArgs),
    /// Explain one entity or finding: its facts, links, owners, verdicts, and why
    Explain(explain::ExplainArgs),
    /// How one entity can reach another
    Path(path::PathArgs),
    /// What appeared, changed and went between two times
    Diff(diff::DiffArgs),
    /// Silence a finding until a date
    Mute(mute::MuteArgs),
    /// Take back a mute
    Unmute(mute::UnmuteArgs),
    /// Detect what is at hand and write a configuration
    Init(init::InitArgs),
    /// For each source: can it sign in, which permissions are missing, which verdicts that costs
    Check(check::CheckArgs),
    /// The built-in connectors; with a name, its least-privilege policy
    Connectors(connectors::ConnectorsArgs),
    /// The built-in rules
    Rules(rules::RulesArgs),
    /// Shell completions
    Completions(completions::CompletionsArgs),
    /// The manual page
    Man,
}

/// How a command that could run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// Done.
    Ok,
    /// Done, and an open finding reaches `--fail-on`.
    FindingReached,
    /// Done, but some scope was not complete.
    Incomplete,
    /// Ended by a signal, with everything committed.
    Signal(u8),
}

const EXIT_COULD_NOT_RUN: u8 = 2;
const EXIT_LOCKED: u8 = 75;

/// Parses the process's arguments, runs the command, and gives the exit code.
pub fn main() -> ExitCode {
    run(std::env::args_os(), &Environment::of_process())
}

fn run(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors.
            let code = if error.use_stderr() { EXIT_COULD_NOT_RUN } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let usual = if matches!(cli.command, Command::Daemon(_)) { Usual::Events } else { Usual::Warnings };
    logging::start(&cli.global, usual, environment);
    match dispatch(cli, environment) {
        Ok(Done::Ok) => ExitCode::SUCCESS,
        Ok(Done::FindingReached) => ExitCode::from(1),
        Ok(Done::Incomplete) => ExitCode::from(3),
        Ok(Done::Signal(number)) => ExitCode::from(128 + number),
        // The reader went away (`| head`): nothing to say, and nobody to say it to.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(if state::is_locked(&error) { EXIT_LOCKED } else { EXIT_COULD_NOT_RUN })
        }
    }
}

fn dispatch(cli: Cli, environment: &Environment) -> anyhow::Result<Done> {
    let global = &cli.global;
    match cli.command {
        Command::Scan(args) => scan::run(&args, global, environment),
        Command::Daemon(args) => daemon::run(&args, global, environment),
        Command::Report(args) => report::run(&args, global, environment),
        Command::List(args) => list::run(&args, global, environment),
        Command::Explain(args) => explain::run(&args, global, environment),
        Command::Path(args) => path::run(&args, global, environment),
        Command::Diff(args) => diff::run(&args, global, environment),
        Command::Mute(args) => mute::mute(&args, global, environment),
        Command::Unmute(args) => mute::unmute(&args, global, environment),
        Command::Init(args) => init::run(&args, global, environment),
        Command::Check(args) => check::run(&args, global, environment),
        Command::Connectors(args) => connectors::run(&args, global, environment),
        Command::Rules(args) => rules::run(&args, global, environment),
        Command::Completions(args) => completions::run(&args),
        Command::Man => man::run(),
    }
}
