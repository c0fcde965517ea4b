//! The log: to stderr, ours alone.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use super::{Environment, Global};

/// Only our own crates are ever heard, at any level: HTTP and SDK crates log headers and bodies at their lowest levels.
const TARGETS: [&str; 5] = ["whosekey", "whosekey_sdk", "whosekey_aws", "whosekey_agents", "whosekey_owners"];

pub(crate) fn start(global: &Global, environment: &Environment) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, 2) => "debug",
        (false, _) => "trace",
    };
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
