//! References followed to what they mean, across files.
//!
//! A variable means what the nearest file of variables says, from the definition's folder upwards. A path means the
//! credentials of that file. What leads nowhere stays a reference, which is a credential of which only the name is known.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Assembly;
use crate::credential::Credential;
use crate::formats::Format;
use crate::found::{FileFacts, Held, Slot};
use crate::lexical;
use crate::value_class::ValueClass;

/// Knows the files of a scope by path and by folder.
pub(super) struct Resolver<'a> {
    assembly: &'a Assembly<'a>,
    by_path: BTreeMap<&'a Path, &'a FileFacts>,
    variables: BTreeMap<&'a Path, Vec<&'a FileFacts>>,
    /// Files of variables and key files that a definition names itself: whoever names them holds what is in them.
    taken: BTreeSet<PathBuf>,
    /// Files that the walk did not see and that were read because a definition refers to them.
    loaded: RefCell<BTreeMap<PathBuf, Option<Rc<FileFacts>>>>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(assembly: &'a Assembly<'a>) -> Self {
        let by_path = assembly.facts.iter().map(|facts| (facts.path.as_path(), facts)).collect();
        let mut variables: BTreeMap<&Path, Vec<&FileFacts>> = BTreeMap::new();
        for facts in assembly.facts.iter().filter(|facts| facts.defines_variables && !is_example(&facts.path)) {
            variables.entry(facts.base.as_path()).or_default().push(facts);
        }
        for files in variables.values_mut() {
            files.sort_by_key(|facts| precedence(&facts.path));
        }
        let mut resolver = Self { assembly, by_path, variables, taken: BTreeSet::new(), loaded: RefCell::default() };
        for facts in assembly.facts {
            let keys = facts.slots.iter().filter_map(|slot| match &slot.held {
                Held::File(path) => Some(path),
                _ => None,
            });
            let named: Vec<PathBuf> = facts
                .env_files
                .iter()
                .map(|(_, path)| path)
                .chain(keys)
                .map(|path| resolver.located(facts, path))
                .collect();
            resolver.taken.extend(named);
        }
        resolver
    }

    /// Whether a definition names this file, so that what is in it is already held.
    pub(super) fn is_taken(&self, path: &Path) -> bool {
        self.taken.contains(path)
    }

    /// What a slot has, and as what it has it.
    pub(super) fn resolve(&self, facts: &FileFacts, slot: &Slot) -> Vec<(Credential, ValueClass)> {
        let minter = self.assembly.minter;
        match &slot.held {
            Held::Credential(credential) => vec![((**credential).clone(), slot.class)],
            Held::Variable(name) => {
                let found = self.variable(&facts.base, name).and_then(|(_, slot)| match &slot.held {
                    Held::Credential(credential) => Some((**credential).clone()),
                    _ => None,
                });
                let place = facts.base.to_string_lossy();
                vec![(found.unwrap_or_else(|| minter.reference(ValueClass::EnvRef, &place, name)), slot.class)]
            }
            Held::File(path) => {
                let path = self.located(facts, path);
                let mut found = self.credentials_in(&path, Format::of_variable(&slot.name), |_| true);
                if found.is_empty() {
                    found.push(minter.reference(ValueClass::FileRef, "", &path.to_string_lossy()));
                }
                found.into_iter().map(|credential| (credential, slot.class)).collect()
            }
            Held::AwsProfile(profile) => {
                let file = self.assembly.home.map(|home| home.join(".aws/credentials"));
                let mut found =
                    file.map(|file| self.credentials_in(&file, None, |slot| slot.name == *profile)).unwrap_or_default();
                if found.is_empty() {
                    let place = self.assembly.home.map(Path::to_string_lossy).unwrap_or_default();
                    found.push(minter.reference(ValueClass::FileRef, &place, &format!("AWS profile {profile}")));
                }
                found.into_iter().map(|credential| (credential, slot.class)).collect()
            }
        }
    }

    /// The slots of a file of variables that a definition names.
    pub(super) fn slots_of(&self, facts: &FileFacts, path: &str) -> Vec<(&'a FileFacts, &'a Slot)> {
        let path = self.located(facts, path);
        let file = self.by_path.get(path.as_path());
        file.into_iter().flat_map(|file| file.slots.iter().map(|slot| (*file, slot))).collect()
    }

    /// The slot that defines a variable, nearest to a folder.
    pub(super) fn variable(&self, from: &Path, name: &str) -> Option<(&'a FileFacts, &'a Slot)> {
        let inside = from.ancestors().take_while(|folder| folder.starts_with(self.assembly.root));
        let known = self.assembly.home.map(|home| home.join(".config/goose"));
        inside.chain(known.as_deref()).find_map(|folder| {
            let files = self.variables.get(folder)?.iter();
            let mut slots = files.flat_map(|file| file.slots.iter().map(|slot| (*file, slot)));
            slots.find(|(_, slot)| slot.name == name && matches!(slot.held, Held::Credential(_)))
        })
    }

    fn credentials_in(&self, path: &Path, format: Option<Format>, fits: impl Fn(&Slot) -> bool) -> Vec<Credential> {
        let collect = |facts: &FileFacts| {
            facts
                .slots
                .iter()
                .filter(|slot| fits(slot))
                .filter_map(|slot| match &slot.held {
                    Held::Credential(credential) => Some((**credential).clone()),
                    _ => None,
                })
                .collect()
        };
        if let Some(facts) = self.by_path.get(path).filter(|facts| !facts.slots.is_empty()) {
            return collect(facts);
        }
        let Some(format) = format.or_else(|| Format::of_path(path)) else { return Vec::new() };
        let mut loaded = self.loaded.borrow_mut();
        let facts = loaded.entry(path.to_owned()).or_insert_with(|| (self.assembly.load)(path, format).map(Rc::new));
        facts.as_deref().map(collect).unwrap_or_default()
    }

    /// The path that a definition means.
    fn located(&self, facts: &FileFacts, path: &str) -> PathBuf {
        let path = path.trim();
        let home = self.assembly.home.unwrap_or(Path::new("/"));
        for (prefix, base) in [
            ("${workspaceFolder}/", facts.base.as_path()),
            ("${workspaceRoot}/", facts.base.as_path()),
            ("${PWD}/", facts.base.as_path()),
            ("~/", home),
            ("$HOME/", home),
            ("${HOME}/", home),
            ("${userHome}/", home),
            ("${env:HOME}/", home),
        ] {
            if let Some(rest) = path.strip_prefix(prefix) {
                return lexical(&base.join(rest));
            }
        }
        lexical(&facts.base.join(path))
    }
}

/// Variables in files that are examples say nothing.
fn is_example(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    ["example", "sample", "template", "dist", "defaults"].iter().any(|word| name.contains(word))
}

/// `.env.local` overrides `.env`, which overrides those for one environment.
fn precedence(path: &Path) -> (u8, PathBuf) {
    let rank = match path.file_name().and_then(std::ffi::OsStr::to_str) {
        Some(".env.local") => 0,
        Some(".env") => 1,
        _ => 2,
    };
    (rank, path.to_owned())
}
