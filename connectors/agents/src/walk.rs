//! The walk over a tree: every regular file that could say something is read once, on all cores.
//!
//! Ignore files of the tree are not honoured: who hides a key in a repository also lists it in `.gitignore`. No link is
//! followed. What could hide an agent and could not be read becomes an issue, so that the scope is not complete.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ignore::{DirEntry, WalkBuilder, WalkState};
use whosekey_definitions::{Definitions, FileFacts, Format, Place, is_project_mark};
use whosekey_sdk::{Issue, IssueKind};

use crate::config::Limits;
use crate::open::{OpenError, any_part, read_regular};
use crate::people::People;

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) facts: Vec<FileFacts>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) files: u64,
    left_out: u64,
}

/// What a walk needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk<'a> {
    pub(crate) definitions: &'a Definitions,
    pub(crate) people: &'a People,
    pub(crate) limits: Limits,
    pub(crate) cancelled: &'a AtomicBool,
}

/// The home directory that a file was looked for in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home<'h> {
    pub(crate) path: &'h Path,
    /// Whose it is.
    pub(crate) user: Option<&'h str>,
}

/// Where all threads put what they found. Held for a push, so there is no waiting to speak of.
#[derive(Default)]
struct Found(Mutex<Walked>);

impl Found {
    fn put(&self, put: impl FnOnce(&mut Walked)) {
        // A thread that panicked took its scope with it; what the others pushed is whole.
        put(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Keeps what a file says, unless that is more than fits.
    fn fact(&self, root: &Path, facts: FileFacts, most: usize) {
        self.put(|walked| {
            if walked.facts.len() < most {
                walked.facts.push(facts);
                return;
            }
            if walked.facts.len() == most && walked.left_out == 0 {
                let message =
                    format!("{}: more than {most} files that say something, the others are left out", root.display());
                walked.issues.push(Issue::new(IssueKind::Unsupported, message));
            }
            walked.left_out += 1;
        });
    }

    fn issue(&self, kind: IssueKind, message: String) {
        self.put(|walked| walked.issues.push(Issue::new(kind, message)));
    }
}

impl Walk<'_> {
    /// Walks the tree under `root`.
    pub(crate) fn tree(&self, root: &Path) -> Walked {
        let deadline = Instant::now() + self.limits.max_time;
        let found = Found::default();
        let walker = WalkBuilder::new(root)
            .standard_filters(false)
            .follow_links(false)
            .max_depth(Some(self.limits.max_depth))
            .threads(std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8)))
            .build_parallel();
        walker.run(|| {
            Box::new(|entry| {
                if self.cancelled.load(Ordering::Relaxed) {
                    return WalkState::Quit;
                }
                if Instant::now() > deadline {
                    let message =
                        format!("{}: not walked to its end within {:?}", root.display(), self.limits.max_time);
                    found.issue(IssueKind::Timeout, message);
                    return WalkState::Quit;
                }
                match entry {
                    Ok(entry) => self.visit(root, &entry, &found),
                    Err(error) => {
                        found.put(|walked| walked.issues.push(issue_of(&error)));
                        WalkState::Continue
                    }
                }
            })
        });
        let mut walked = found.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Threads finish in any order.
        walked.issues.sort();
        walked.issues.dedup();
        walked
    }

    fn visit(&self, root: &Path, entry: &DirEntry, found: &Found) -> WalkState {
        let path = entry.path();
        let name = entry.file_name();
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        if is_project_mark(name) {
            found.fact(root, FileFacts::project(path), self.limits.max_facts);
        }
        if kind.is_dir() {
            if is_heavy(path, name) {
                return WalkState::Skip;
            }
            if entry.depth() >= self.limits.max_depth {
                let message = format!("{}: deeper than {} folders, not read", path.display(), self.limits.max_depth);
                found.issue(IssueKind::Unsupported, message);
                return WalkState::Skip;
            }
            // Of a repository's own data only its settings can hold a password.
            return WalkState::Continue;
        }
        let in_git = path.parent().and_then(Path::file_name) == Some(OsStr::new(".git"));
        if in_git && name != "config" {
            return WalkState::Continue;
        }
        let relative = path.strip_prefix(root).ok().filter(|relative| !relative.as_os_str().is_empty());
        let Some(format) = Format::of_path(relative.unwrap_or(path)) else { return WalkState::Continue };
        if kind.is_symlink() {
            if format.is_definition() && leads_out(root, path) {
                let message = format!("{}: a link that leads out of the scanned place, not followed", path.display());
                found.issue(IssueKind::Unsupported, message);
            }
            return WalkState::Continue;
        }
        let read = self.file(path, path, format, None);
        found.put(|walked| walked.files += 1);
        match read {
            Ok(Some(facts)) => found.fact(root, facts, self.limits.max_facts),
            Ok(None) => {}
            Err(issue) => found.put(|walked| walked.issues.push(issue)),
        }
        WalkState::Continue
    }

    /// Reads one file. `shown` is the path that people know it by; `home` says that it is a user's own.
    pub(crate) fn file(
        &self,
        path: &Path,
        shown: &Path,
        format: Format,
        home: Option<Home<'_>>,
    ) -> Result<Option<FileFacts>, Issue> {
        let bytes = match read_regular(path, self.limits.max_file_bytes) {
            Ok(bytes) => bytes,
            Err(OpenError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let kind = match &error {
                    OpenError::Io(io) if io.kind() == std::io::ErrorKind::PermissionDenied => IssueKind::Permission,
                    OpenError::Io(_) => IssueKind::Parse,
                    OpenError::NotAFile if !format.is_definition() => return Ok(None),
                    // A definition that grew beyond the limit must not look as if it were gone.
                    OpenError::TooLarge(_)
                        if !format.is_definition() && !any_part(path, |part| format.may_define(part)) =>
                    {
                        return Ok(None);
                    }
                    OpenError::NotAFile | OpenError::TooLarge(_) => IssueKind::Unsupported,
                };
                return Err(Issue::new(kind, format!("{}: {}", shown.display(), plain(&error))));
            }
        };
        let user = match home {
            Some(home) => home.user.map(ToOwned::to_owned),
            None => self.user_of(shown, format),
        };
        let mut place = Place::at(shown).of_user(user.as_deref()).among(&is_file);
        if let Some(home) = home {
            place = place.in_home(home.path);
        }
        let facts = self.definitions.read(&place, format, &bytes);
        Ok((!facts.is_empty()).then_some(facts))
    }

    /// A user-wide client's settings in a walked tree lie in somebody's home.
    fn user_of(&self, path: &Path, format: Format) -> Option<String> {
        self.people.of_home(path.ancestors().nth(format.levels_below_home()?)?)
    }
}

/// Whether there is a regular file; a link is none.
fn is_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// An error's own words; the system's texts have nothing of the file in them.
fn plain(error: &OpenError) -> String {
    match error {
        OpenError::Io(io) => io.kind().to_string(),
        other => other.to_string(),
    }
}

fn issue_of(error: &ignore::Error) -> Issue {
    let kind = match error.io_error().map(std::io::Error::kind) {
        Some(std::io::ErrorKind::PermissionDenied) => IssueKind::Permission,
        _ => IssueKind::Parse,
    };
    Issue::new(kind, error.to_string())
}

/// Folders of installed or built things, recognised by what is in them where the name is a common word.
fn is_heavy(path: &Path, name: &OsStr) -> bool {
    match name.to_str() {
        Some(
            "node_modules" | "__pycache__" | "site-packages" | ".tox" | ".mypy_cache" | ".pytest_cache" | ".ruff_cache",
        ) => true,
        Some("venv" | ".venv" | "env" | ".env") => path.join("pyvenv.cfg").exists(),
        Some("target") => path.join("CACHEDIR.TAG").exists(),
        Some("objects" | "refs" | "logs" | "hooks" | "lfs" | "modules" | "worktrees") => {
            path.parent().and_then(Path::file_name) == Some(OsStr::new(".git"))
        }
        _ => false,
    }
}

/// Whether a link's end lies outside. A link that leads nowhere defines nothing.
fn leads_out(root: &Path, link: &Path) -> bool {
    let inside = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    link.canonicalize().is_ok_and(|target: PathBuf| !target.starts_with(inside))
}
