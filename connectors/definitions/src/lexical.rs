//! Paths by their text.

use std::path::{Component, Path, PathBuf};

/// A path without `.` and `..`, by its text alone: no link is followed, nothing is looked up.
pub fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for step in path.components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            step => clean.push(step),
        }
    }
    clean
}
