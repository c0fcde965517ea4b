//! Where in the files each scope's lines stand.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use whosekey_sdk::protocol::{Line, VERSION};
use whosekey_sdk::{CollectError, Issue, IssueKind, Scope};

use crate::scan::LISTING;
use crate::scan::lines::{Lines, Step};

/// A recording as it was when it was indexed.
#[derive(Debug)]
pub(super) struct IndexedFile {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) modified: Option<SystemTime>,
}

/// A run of lines that belong to one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Which of [`Index::files`].
    pub(super) file: usize,
    /// Where the first line begins.
    pub(super) start: u64,
    /// Where the last line ends.
    pub(super) end: u64,
    /// Lines of the file before the first.
    pub(super) lines_before: u64,
    /// Of its lines; `None` where one was too long to be read.
    pub(super) digest: Option<[u8; 32]>,
}

/// All recordings of a source.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) files: Vec<IndexedFile>,
    /// The scopes, in the order in which they are listed or first come.
    pub(super) scopes: Vec<Scope>,
    pub(super) parts: BTreeMap<String, Vec<Part>>,
    /// What is wrong outside of all scopes.
    pub(super) issues: Vec<Issue>,
    /// Why nothing can be said of what there is: a list of scopes did not end, or a recording is in another version.
    pub(super) broken_list: Option<Issue>,
}

impl Index {
    /// Reads all files once.
    pub(super) fn build(paths: &[PathBuf]) -> Result<Self, CollectError> {
        let mut index = Index::default();
        let mut known = HashSet::new();
        for path in paths {
            index.add(path, &mut known).map_err(|error| unreadable(path, &error))?;
        }
        Ok(index)
    }

    /// Of all lines of a scope, and of who read them: another version may read them otherwise.
    pub(super) fn digest(&self, parts: &[Part]) -> Option<[u8; 32]> {
        let mut all = Sha256::new_with_prefix(concat!("replay ", env!("CARGO_PKG_VERSION")));
        for part in parts {
            all.update(part.digest?);
        }
        Some(all.finalize().into())
    }

    fn add(&mut self, path: &Path, known: &mut HashSet<String>) -> io::Result<()> {
        // Opening a pipe would wait for its writer, and it could not be read a second time.
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let number = self.files.len();
        self.files.push(IndexedFile {
            path: path.to_owned(),
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        });
        let mut reading = Reading {
            index: self,
            path,
            file: number,
            at: At::Outside,
            part: None,
            running: None,
            listed: None,
            contained: Vec::new(),
        };
        let mut lines = Lines::new(BufReader::with_capacity(1 << 20, file), 0, 0);
        loop {
            let step = lines.step()?;
            if step == Step::End {
                break;
            }
            reading.digest(&step, lines.line());
            if matches!(reading.at, At::Scope) && (step == Step::TooLong || is_record(lines.line())) {
                // Most lines: they belong to the scope, and are judged when it is streamed.
            } else if step == Step::TooLong {
                reading.bad_line(lines.number, "longer than 1 MiB");
            } else {
                reading.line(lines.offset, lines.number, trimmed(lines.line(), lines.number));
            }
            if let (At::Scope, Some((_, part))) = (&reading.at, &mut reading.part) {
                part.end = lines.offset;
            }
        }
        reading.leave(lines.number);
        let (listed, contained) = (reading.listed, reading.contained);
        for scope in listed.unwrap_or_default().into_iter().chain(contained.into_iter().map(Scope::new)) {
            if known.insert(scope.name.clone()) {
                self.scopes.push(scope);
            }
        }
        Ok(())
    }
}

/// The one test made of most lines; it may miss a record that is spaced otherwise, which is then parsed twice.
fn is_record(line: &[u8]) -> bool {
    line.starts_with(b"{\"record\"")
}

/// A file's first line may begin with a byte order mark.
pub(super) fn trimmed(line: &[u8], number: u64) -> &[u8] {
    let line = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    line.trim_ascii()
}

/// Where a reader of a file stands.
enum At {
    Outside,
    List,
    Scope,
}

struct Reading<'a> {
    index: &'a mut Index,
    path: &'a Path,
    file: usize,
    at: At,
    /// The scope that is being read, and its part so far.
    part: Option<(String, Part)>,
    /// The digest of the part's lines so far.
    running: Option<Sha256>,
    /// The file's own list, if it has one.
    listed: Option<Vec<Scope>>,
    contained: Vec<String>,
}

impl Reading<'_> {
    /// Takes a line into the digest of the part that it stands in.
    fn digest(&mut self, step: &Step, line: &[u8]) {
        if matches!(self.at, At::Scope) {
            match (step, &mut self.running) {
                (Step::Line, Some(running)) => {
                    running.update(line);
                    running.update(b"\n");
                }
                _ => self.running = None,
            }
        }
    }

    fn line(&mut self, end: u64, number: u64, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let parsed: Result<Line, _> = serde_json::from_slice(text);
        match (&self.at, parsed) {
            (_, Ok(Line::Collect { collect })) => {
                self.leave(number);
                self.enter(collect, end, number);
            }
            (At::Outside, Ok(Line::Versions { v })) => {
                if !v.contains(&VERSION) {
                    let message = format!("the recording does not speak version {VERSION}");
                    self.index.broken_list = Some(bad_line(self.path, number, &message));
                }
            }
            (At::List, Ok(Line::Scope { scope, covers, forgets })) => {
                self.listed.get_or_insert_default().push(Scope { name: scope, covers, forgets });
            }
            (At::List, Ok(Line::Issue { issue })) => self.index.issues.push(issue),
            (At::List, Ok(Line::Done { .. })) => self.at = At::Outside,
            (At::Scope, Ok(Line::Done { .. })) => {
                if let Some((_, part)) = &mut self.part {
                    part.end = end;
                }
                self.at = At::Outside;
            }
            // What is wrong inside a scope is that scope's issue, raised when it is streamed.
            (At::Scope, _) => {}
            (At::Outside | At::List, Ok(_)) => self.bad_line(number, "stands outside of any scope"),
            (At::Outside | At::List, Err(error)) => self.bad_line(number, &error.to_string()),
        }
    }

    fn enter(&mut self, scope: String, end: u64, number: u64) {
        if scope == LISTING {
            self.at = At::List;
            self.listed.get_or_insert_default();
            return;
        }
        if self.listed.as_ref().is_some_and(|listed| listed.iter().all(|known| known.name != scope)) {
            self.bad_line(number, "begins a scope that the list of scopes does not have");
        }
        self.at = At::Scope;
        self.part =
            Some((scope.clone(), Part { file: self.file, start: end, end, lines_before: number, digest: None }));
        self.running = Some(Sha256::new());
        self.contained.push(scope);
    }

    /// Ends what was being read: the next one begins, or the file ends.
    fn leave(&mut self, number: u64) {
        if matches!(self.at, At::List) {
            self.index.broken_list = Some(bad_line(self.path, number, "the list of scopes has no end marker"));
        }
        if let Some((scope, mut part)) = self.part.take() {
            part.digest = self.running.take().map(|running| running.finalize().into());
            self.index.parts.entry(scope).or_default().push(part);
        }
        self.at = At::Outside;
    }

    fn bad_line(&mut self, number: u64, what: &str) {
        self.index.issues.push(bad_line(self.path, number, what));
    }
}

/// A line that cannot be used.
pub(super) fn bad_line(path: &Path, number: u64, what: &str) -> Issue {
    Issue::new(IssueKind::Parse, format!("{}:{number}: {what}", path.display()))
}

/// A file that cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> CollectError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied => IssueKind::Permission,
        _ => IssueKind::Network,
    };
    CollectError::Broken(Issue::new(kind, format!("{}: {error}", path.display())))
}
