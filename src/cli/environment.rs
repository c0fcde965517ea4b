//! What the process was given: its environment, clock and terminal. Read here and nowhere else, so that everything
//! below takes them as values.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment and the clock")]

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use whosekey_sdk::Timestamp;

use super::ColorChoice;
use crate::config;

/// The process's surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    variables: fn(&str) -> Option<OsString>,
}

impl Environment {
    pub(crate) fn of_process() -> Self {
        Self { variables: |name| std::env::var_os(name) }
    }

    /// A variable that is set and not empty, as XDG and the cloud CLIs read theirs.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(PathBuf::from)
    }

    /// Where it was started.
    pub(crate) fn directory(&self) -> std::io::Result<PathBuf> {
        std::env::current_dir()
    }

    /// What the configuration and the connectors may look up.
    pub(crate) fn for_config(&self) -> std::io::Result<config::Environment> {
        let variables = self.variables;
        let lookup = move |name: &str| variables(name).and_then(|value| value.into_string().ok());
        Ok(config::Environment::new(lookup, self.directory()?))
    }

    /// The moment that it is.
    pub(crate) fn now(&self) -> Timestamp {
        wall_clock()
    }

    pub(crate) fn stdout_is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    pub(crate) fn stderr_is_terminal(&self) -> bool {
        std::io::stderr().is_terminal()
    }

    /// Whether the locale can show more than ASCII; without a locale a terminal is believed to.
    pub(crate) fn is_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| self.variable(name));
        locale.is_none_or(|locale| {
            let locale = locale.to_string_lossy().to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
    }

    /// Whether to colour what goes to a stream that is a terminal or not; by the conventions that users set once:
    /// `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`.
    pub(crate) fn colored(&self, choice: ColorChoice, is_terminal: bool) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.variable("NO_COLOR").is_some() => false,
            ColorChoice::Auto if self.variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            ColorChoice::Auto => is_terminal && self.variable("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}

/// The wall clock, for what outlives a call (a connector, the daemon's loop).
pub(crate) fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
