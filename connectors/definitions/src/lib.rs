//! What the files that define AI agents say: which agents there are, what they consist of, which credentials each
//! holds and where they are written, which identities they act as, who owns them.
//!
//! This is the reading that the connectors share which meet such files: on a disk, or in a repository behind an API.
//! It is pure: bytes and the path that they stand at come in, records come out. No file is opened, nothing is executed,
//! no time is taken. Of a secret only its public part and a keyed fingerprint leave this crate; the buffers that held
//! it are wiped.
//!
//! A connector asks [`Format::of_path`] which files are worth reading (over a network: those of which
//! [`Format::is_definition`] says that an agent would be missed without them), reads each with [`Definitions::read`],
//! and turns them all, tree by tree, into records with [`Definitions::records`]: references between files are followed
//! there. Paths are compared by their text, so that `github.com/acme/app/.mcp.json` is as good as an absolute one; a
//! path also is what the records give as the location.
//!
//! ```
//! use std::path::Path;
//! use whosekey_definitions::{Definitions, Format, Place, Tree};
//! use whosekey_sdk::FingerprintKey;
//!
//! let definitions = Definitions::new("github", FingerprintKey::from_bytes([7; 32]));
//! let root = Path::new("github.com/acme/app");
//! let path = root.join(".mcp.json");
//! let bytes = br#"{"mcpServers": {"docs": {"url": "https://docs.example.com/mcp"}}}"#;
//! let format = Format::of_path(Path::new(".mcp.json")).expect("it is a client's");
//! let facts = definitions.read(&Place::at(&path), format, bytes);
//! let told = definitions.records(&Tree::of(root), vec![facts]);
//! assert!(told.issues.is_empty());
//! assert_eq!(told.records.len(), 3, "a client, its tool, and the link between them");
//! ```
//!
//! What it does not know: whether an agent runs, whether a credential works, what a platform's own store holds behind
//! a reference, agents whose definition is only in code that computes its names.

mod assemble;
mod credential;
mod doc;
mod formats;
mod found;
mod identity_inputs;
mod lexical;
mod reader;
mod secrets;
mod value_class;

use std::path::Path;

use whosekey_sdk::{FingerprintKey, Issue, IssueKind, Record};

pub use crate::formats::{Format, Place, is_project_mark, machine_settings, well_known_in_home};
pub use crate::found::FileFacts;
pub use crate::identity_inputs::{identity_of_input, is_identity_input};
pub use crate::lexical::lexical;

use crate::assemble::{Assembly, Load};
use crate::credential::Minter;

/// Bytes of one file; a larger one is not read.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Stands for a text that is not shown because it has a secret in it.
pub const WITHHELD: &str = "(not shown: it has a secret in it)";

/// Whether a text that people wrote to be shown, such as a name or a title, has a secret in it.
pub fn has_secret(text: &str) -> bool {
    secrets::betrays(text, secrets::Depth::ShapesAndNames)
}

/// The text, unless it has a secret in it.
pub fn shown(text: &str) -> &str {
    if has_secret(text) { WITHHELD } else { text }
}

/// Reads definitions for one source; holds the installation's key.
#[derive(Debug)]
pub struct Definitions {
    minter: Minter,
}

/// Files that may refer to each other: a folder, a repository, or a home directory.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    root: &'a Path,
    home: Option<&'a Path>,
    load: Load<'a>,
}

impl<'a> Tree<'a> {
    /// The files below a folder; what lies outside is not looked at.
    pub fn of(root: &'a Path) -> Self {
        Self { root, home: None, load: &|_, _| None }
    }

    /// How to read a file that a definition names and that was not read yet; `None` for one that must not be read: what
    /// a repository names may be anything.
    #[must_use]
    pub fn loading(mut self, load: &'a dyn Fn(&Path, Format) -> Option<FileFacts>) -> Self {
        self.load = load;
        self
    }

    /// With the home directory that `~` means.
    #[must_use]
    pub fn with_home(mut self, home: &'a Path) -> Self {
        self.home = Some(home);
        self
    }
}

impl std::fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree").field("root", &self.root).field("home", &self.home).finish_non_exhaustive()
    }
}

/// What a tree's files say together.
#[derive(Debug)]
pub struct Told {
    /// In an order that depends on nothing but the files.
    pub records: Vec<Record>,
    /// Definitions that could not be read: their scope is not complete.
    pub issues: Vec<Issue>,
}

impl Definitions {
    /// A reader for the source of this name, which is part of the ids that agents get.
    pub fn new(source: &str, key: FingerprintKey) -> Self {
        Self { minter: Minter::new(key, source) }
    }

    /// What one file says.
    pub fn read(&self, place: &Place<'_>, format: Format, bytes: &[u8]) -> FileFacts {
        formats::read(&self.minter, place, format, bytes)
    }

    /// What all files of a tree say together.
    pub fn records(&self, tree: &Tree<'_>, mut facts: Vec<FileFacts>) -> Told {
        facts.sort_by(|a, b| a.path.cmp(&b.path));
        let broken = facts.iter().flat_map(|facts| &facts.issues);
        let mut issues: Vec<Issue> = broken.map(|message| Issue::new(IssueKind::Parse, message.clone())).collect();
        let assembly =
            Assembly { minter: &self.minter, root: tree.root, home: tree.home, facts: &facts, load: tree.load };
        let (records, left_out) = assembly.records();
        issues.extend(left_out);
        Told { records, issues }
    }
}
