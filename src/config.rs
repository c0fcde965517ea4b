//! From the configuration file to a [`Config`] that everything after it can rely on.
//!
//! The file is read whole and every mistake is told at once, each with its line and a hint, before anything is
//! contacted. Secrets are not in it: it says where they are ([`SecretSource`](whosekey_sdk::settings::SecretSource)), and they are fetched when a
//! connector is built. The process's environment comes in as a value ([`Environment`]).

mod common;
mod discovery;
mod environment;
mod planned;
mod policy;
mod program;
pub mod secret;
mod source;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use whosekey_sdk::settings::{Base, Problem, Section, read};

use crate::analysis::Policy;

pub use common::Common;
pub use environment::Environment;
pub(crate) use program::read as read_program;
pub use source::{Build, BuildError, Parts, Reading, Source};

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--database`.
    pub database: Option<PathBuf>,
}

/// A configuration without mistakes.
#[derive(Debug)]
pub struct Config {
    /// The file; `None` for the built-in defaults.
    pub file: Option<PathBuf>,
    /// The database.
    pub database: PathBuf,
    /// Thresholds and accepted risks.
    pub policy: Policy,
    /// The sources, in the order of the file.
    pub sources: Vec<Source>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is named and cannot be read.
    #[error("the configuration {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has mistakes.
    #[error("{}", Listed(.0))]
    Invalid(Vec<Problem>),
    /// Nothing says where the database is to be.
    #[error("neither $HOME nor $XDG_STATE_HOME is set: name the database with --database")]
    NoHome,
}

struct Listed<'a>(&'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a mistake")?,
            n => write!(f, "the configuration has {n} mistakes")?,
        }
        self.0.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl Config {
    /// Finds, reads and checks the configuration. `rules` are the ids that `policy.accept` may name.
    ///
    /// # Errors
    /// When a named file is not there, when it has mistakes, or when there is no place for the database.
    pub fn load(flags: &Flags, environment: &Environment, rules: &[&str]) -> Result<Config, ConfigError> {
        match discovery::find(flags, environment) {
            Some(path) => {
                let text = std::fs::read_to_string(&path)
                    .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
                Self::from_text(&path, &text, flags, environment, rules)
            }
            None => Ok(Config {
                file: None,
                database: discovery::database(flags, None, environment)?,
                policy: Policy::default(),
                sources: source::defaults(),
            }),
        }
    }

    /// Checks a configuration's text. `path` says to which folder its paths are relative.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_text(
        path: &Path,
        text: &str,
        flags: &Flags,
        environment: &Environment,
        rules: &[&str],
    ) -> Result<Config, ConfigError> {
        let folder = environment.current_dir.join(path).parent().map(Path::to_owned).unwrap_or_default();
        let base = Base { folder, home: environment.home() };
        let mut others = Vec::new();
        let (read, mut problems) = read(path, text, |root| read_root(root, &base, environment, rules, &mut others));
        problems.extend(others);
        if !problems.is_empty() {
            return Err(ConfigError::Invalid(problems));
        }
        let (database, policy, sources) = read;
        Ok(Config {
            file: Some(path.to_owned()),
            database: discovery::database(flags, database, environment)?,
            policy,
            sources,
        })
    }
}

fn read_root(
    root: &Section<'_>,
    base: &Base,
    environment: &Environment,
    rules: &[&str],
    others: &mut Vec<Problem>,
) -> (Option<PathBuf>, Policy, Vec<Source>) {
    let database = root.text("database").map(|text| base.resolve(&text.value));
    let policy = root.section("policy").map_or_else(Policy::default, |section| policy::read(&section, rules));
    let sources = root.section("sources").map_or_else(Vec::new, |section| {
        let named = section.named_sections();
        named.iter().filter_map(|(name, section)| source::read(name, section, base, environment, others)).collect()
    });
    (database, policy, sources)
}
