//! Reading TOML that people write: every mistake at once, each with its line, what is wrong and a hint.
//!
//! A reader asks a [`Section`] for the keys it knows; what it never asked for is an unknown key, so the code that
//! reads a key is the only list of keys there is. Nothing here touches the network or the environment; of the file
//! system it asks only whether a named path is there.
//!
//! Invariant: no message repeats a value that is shaped like a secret (see [`shown`]).

mod document;
mod leak;
mod paths;
mod secret_source;
mod section;
mod words;

use std::fmt;
use std::path::PathBuf;

pub use document::read;
pub use leak::looks_secret;
pub use paths::{Base, Wanted};
pub use secret_source::SecretSource;
pub use section::Section;
pub use words::{closest, parse_date, parse_duration, shown};

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as it was named to us.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong, lower case, without a full stop.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A value and the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The line, from 1.
    pub line: u32,
}

impl<T> Located<T> {
    /// The same place, another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: f(self.value), line: self.line }
    }
}
