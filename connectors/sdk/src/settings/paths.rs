//! Paths that a file names: relative to the file's own folder, `~` for the home folder, and there.

use std::path::{Path, PathBuf};

use crate::settings::{Located, Section, shown};

/// Against what paths are resolved.
#[derive(Debug, Clone)]
pub struct Base {
    /// The folder of the file that names the paths.
    pub folder: PathBuf,
    /// The home folder, where `~` points.
    pub home: Option<PathBuf>,
}

/// What a path must lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A file (or a pipe, or a device: anything that is not a folder).
    File,
    /// A file or a folder.
    Anything,
}

impl Base {
    /// The path that a text names.
    pub fn resolve(&self, text: &str) -> PathBuf {
        if let Some(home) = &self.home {
            if text == "~" {
                return home.clone();
            }
            if let Some(rest) = text.strip_prefix("~/") {
                return home.join(rest);
            }
        }
        if text == "." { self.folder.clone() } else { self.folder.join(Path::new(text)) }
    }
}

impl Section<'_> {
    /// A list of paths that must be there (a single one may stand without the list's brackets).
    pub fn paths(&self, key: &'static str, base: &Base, wanted: Wanted) -> Option<Vec<Located<PathBuf>>> {
        let texts = self.text_or_texts(key)?;
        Some(texts.into_iter().filter_map(|text| self.existing(key, &text, base, wanted)).collect())
    }

    /// A path that must be there.
    pub fn path(&self, key: &'static str, base: &Base, wanted: Wanted) -> Option<Located<PathBuf>> {
        let text = self.text(key)?;
        self.existing(key, &text, base, wanted)
    }

    fn existing(&self, key: &str, text: &Located<String>, base: &Base, wanted: Wanted) -> Option<Located<PathBuf>> {
        let path = base.resolve(&text.value);
        let hint = match path.metadata() {
            Ok(metadata) if wanted == Wanted::Anything || !metadata.is_dir() => {
                return Some(Located { value: path, line: text.line });
            }
            Ok(_) => "this is a folder; name a file in it".to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                format!(
                    "there is nothing at {}; paths are relative to the folder of this file",
                    shown(&path.to_string_lossy())
                )
            }
            Err(error) => error.to_string(),
        };
        self.refuse(text.line, format!("`{key}` names {}, which cannot be used", shown(&text.value)), hint);
        None
    }
}
