//! The process's surroundings, as a value: `main` fills it, tests make it up.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Looks up one environment variable.
type Variable = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Environment variables and the current folder.
#[derive(Clone)]
pub struct Environment {
    variable: Variable,
    /// The folder in which the program was started.
    pub current_dir: PathBuf,
}

impl Environment {
    /// Surroundings in which variables are looked up like this.
    pub fn new(
        variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        current_dir: impl Into<PathBuf>,
    ) -> Self {
        Self { variable: Arc::new(variable), current_dir: current_dir.into() }
    }

    /// The value of a variable; an empty one is none.
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// `$HOME`.
    pub fn home(&self) -> Option<PathBuf> {
        self.folder("HOME")
    }

    /// A folder that a variable names; a relative one counts for nothing, as the XDG base directory specification
    /// demands (<https://specifications.freedesktop.org/basedir-spec/latest/>, looked at 2026-11).
    pub(super) fn folder(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The variables may hold secrets.
        f.debug_struct("Environment").field("current_dir", &self.current_dir).finish_non_exhaustive()
    }
}
