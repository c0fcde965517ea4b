//! The log: to stderr, ours alone.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use super::{Environment, Global};

/// Only our own crates are ever heard, at any level: HTTP and SDK crates log headers and bodies at their lowest levels.
const TARGETS: [&str; 6] =
    ["whosekey", "whosekey_sdk", "whosekey_aws", "whosekey_agents", "whosekey_kubernetes", "whosekey_owners"];

/// How much is told when nothing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usual {
    /// What somebody must look at: for commands whose result is on the screen anyway.
    Warnings,
    /// What happens too: for a service, whose log is all that is seen of it.
    Events,
}

pub(crate) fn start(global: &Global, usual: Usual, environment: &Environment) {
    const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
    let usual = match usual {
        Usual::Warnings => 1,
        Usual::Events => 2,
    };
    let level = if global.quiet { 0 } else { usual + usize::from(global.verbose) };
    let level = LEVELS[level.min(LEVELS.len() - 1)];
    let filter = TARGETS.map(|target| format!("{target}={level}")).join(",");
    let colored = environment.colored(global.color, environment.stderr_is_terminal());
    let subscriber = fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(colored)
        .with_target(false)
        .with_writer(std::io::stderr)
        .finish();
    // A second start (tests run commands in one process) keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
