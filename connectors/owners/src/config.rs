//! The source's settings: `[sources.NAME]` with `connector = "owners"`.

use std::path::PathBuf;

use whosekey_sdk::settings::{Base, Problem, Section, Wanted};

use crate::directory::read_files;

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The files; together they are one directory.
    pub files: Vec<PathBuf>,
}

impl Config {
    /// Reads the settings, and the files too: a mistake in them is told before anything is scanned, each in its own
    /// file and line.
    pub fn read(section: &Section<'_>, base: &Base) -> (Self, Vec<Problem>) {
        let Some(files) = section.paths("files", base, Wanted::File) else {
            if !section.has("files") {
                section.missing("files", "files = [\"owners.toml\"]");
            }
            return (Self { files: Vec::new() }, Vec::new());
        };
        if files.is_empty() && section.texts("files").is_some_and(|texts| texts.is_empty()) {
            section.refuse_value("files", "`files` is empty", "files = [\"owners.toml\"]");
        }
        let files: Vec<PathBuf> = files.into_iter().map(|file| file.value).collect();
        let (_, problems) = read_files(&files);
        (Self { files }, problems)
    }
}
