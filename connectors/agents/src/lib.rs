//! AI agents and the credentials they hold, from their definition files.
//!
//! A scope is a configured path, or `home`: the well-known places of a home directory and of the machine. This crate
//! walks and opens; what the files say is read by `whosekey-definitions`, purely. Files are read and never executed; no
//! server is started, no network is used; the buffers that held a file are wiped.
//!
//! What it does not know: whether an agent runs, whether a credential works, what a platform's own store holds behind
//! a reference, agents whose definition is only in code that computes its names. See README.md.

mod config;
mod open;
mod people;
mod places;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use whosekey_definitions::{Definitions, Format, Told, Tree};
use whosekey_sdk::{
    CollectError, Complete, Connector, Descriptor, FingerprintKey, Issue, IssueKind, Next, Pager, Permission, Scope,
    ScopeKind, Sink, Turn,
};

pub use crate::config::{Config, Limits, Surroundings};

use crate::people::People;
use crate::walk::{Walk, Walked};

/// What this connector is and needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "agents",
    summary: "AI agents and the credentials they hold, from definition files on disk",
    permissions: &[Permission {
        name: "read access to the configured paths",
        purpose: "finds agents, their tools and the credentials in their definitions; a file that cannot be read makes its scope partial",
    }],
    scope_kinds: &[
        ScopeKind { name: "<path>", lists: "agents, tools, sub-agents and credentials under a configured path" },
        ScopeKind { name: "home", lists: "the same in the well-known places of the home directory and the machine" },
    ],
    blind_spots: &[
        "whether an agent runs and whether a credential works: files do not tell",
        "secrets in a keyring, a vault or a platform's own store, beyond the reference to them",
        "agents whose names and keys are computed by code",
        "links that lead out of the scanned place",
        "files over 1 MiB (one that may define agents makes its scope partial), installed packages, build output and a \
         repository's history",
        "passwords beyond the first 400 of a scope are not compared with others",
    ],
    policy,
};

fn policy() -> String {
    "No platform is asked. The user that runs whosekey needs read access to the configured paths:\n\n    \
     setfacl -R -m u:whosekey:rX /srv/agents\n"
        .to_owned()
}

/// The name of the scope of well-known places.
const HOME_SCOPE: &str = "home";

/// Records handed over at a time.
const PAGE: usize = 500;

/// The connector over one source's paths.
#[derive(Debug)]
pub struct AgentsConnector {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    surroundings: Surroundings,
    limits: Limits,
    definitions: Definitions,
}

impl AgentsConnector {
    /// A connector for the source of this name. `config.paths` are taken as they are: see [`Config::resolved`].
    pub fn new(source: &str, config: Config, surroundings: Surroundings, key: FingerprintKey) -> Self {
        let definitions = Definitions::new(source, key);
        Self { inner: Arc::new(Inner { config, surroundings, limits: Limits::default(), definitions }) }
    }

    /// The same with other limits.
    ///
    /// # Panics
    /// When a scan is already running.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        Arc::get_mut(&mut self.inner).expect("limits are set before the first scan").limits = limits;
        self
    }
}

#[async_trait]
impl Connector for AgentsConnector {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn scopes(&self, _out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        // The list is the configuration's, so it is always whole.
        Ok((self.inner.scope_names().into_iter().map(Scope::new).collect(), complete()?))
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let inner = Arc::clone(&self.inner);
        let name = scope.name.clone();
        let cancelled = CancelOnDrop::default();
        let flag = Arc::clone(&cancelled.0);
        let work = tokio::task::spawn_blocking(move || inner.read(&name, &flag));
        let read = work.await.map_err(|error| match error.try_into_panic() {
            // A bug of ours is a panic in the task of the scope, where the engine expects it.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => CollectError::Stopped,
        })??;
        drop(cancelled);
        for issue in read.issues {
            out.issue(issue);
        }
        let mut records = read.records;
        while !records.is_empty() {
            let rest = records.split_off(records.len().min(PAGE));
            out.page(records).await?;
            records = rest;
        }
        complete()
    }
}

/// The walk has its own end; there is one page.
fn complete() -> Result<Complete, CollectError> {
    match Pager::new().turn(Next::End)? {
        Turn::End(complete) => Ok(complete),
        Turn::More(_) => Err(CollectError::Issue(Issue::new(IssueKind::Parse, "a listing of one page went on"))),
    }
}

/// Tells the walk to stop when the scan no longer waits for it.
#[derive(Debug, Default)]
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Inner {
    fn scope_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.roots().iter().map(|path| path.to_string_lossy().into_owned()).collect();
        if self.config.paths.is_empty() && (self.surroundings.home.is_some() || self.surroundings.system_root.is_some())
        {
            names.push(HOME_SCOPE.to_owned());
        }
        names.sort();
        names.dedup();
        names
    }

    fn roots(&self) -> Vec<PathBuf> {
        if self.config.paths.is_empty() {
            // Started in a home or at the system's root, a whole machine is not what was asked for.
            let is_place = |path: &&PathBuf| path.parent().is_some() && Some(*path) != self.surroundings.home.as_ref();
            return self.surroundings.working_directory.iter().filter(is_place).cloned().collect();
        }
        self.config.paths.clone()
    }

    fn read(&self, scope: &str, cancelled: &AtomicBool) -> Result<Told, CollectError> {
        let people = People::read(self.surroundings.system_root.as_deref());
        let walk = Walk { definitions: &self.definitions, people: &people, limits: self.limits, cancelled };
        let home = self.surroundings.home.as_deref();
        let root = self.roots().into_iter().find(|path| path.to_string_lossy() == scope);
        let (root, walked) = match root {
            Some(root) => {
                let walked = tree(&walk, &root)?;
                (root, walked)
            }
            None if scope == HOME_SCOPE => {
                let walked = places::read(&walk, &self.surroundings);
                (home.unwrap_or(Path::new("/")).to_owned(), walked)
            }
            None => {
                return Err(Issue::new(IssueKind::Unsupported, format!("{scope}: not a path of this source")).into());
            }
        };
        if cancelled.load(Ordering::Relaxed) {
            return Err(CollectError::Stopped);
        }
        // What a repository names may be anything: read is only what really lies in it, and, outside of the walk, what
        // the user's own settings name in their home.
        let home = home.filter(|home| scope == HOME_SCOPE || home.starts_with(&root));
        let real_root = root.canonicalize().ok();
        let load = |path: &Path, format: Format| {
            let real = path.canonicalize().ok()?;
            let in_tree = scope != HOME_SCOPE && real_root.as_ref().is_some_and(|root| real.starts_with(root));
            let in_home = home.is_some_and(|home| path.starts_with(home));
            if !in_tree && !in_home {
                return None;
            }
            walk.file(path, path, format, None).ok().flatten()
        };
        let mut tree = Tree::of(&root).loading(&load);
        if let Some(home) = home {
            tree = tree.with_home(home);
        }
        let told = self.definitions.records(&tree, walked.facts);
        tracing::debug!(scope, files = walked.files, records = told.records.len(), "agent definitions were read");
        let mut issues = walked.issues;
        issues.extend(told.issues);
        Ok(Told { records: told.records, issues })
    }
}

/// Walks a configured path; one that is not there is an error, not an empty tree.
fn tree(walk: &Walk<'_>, root: &Path) -> Result<Walked, Issue> {
    match std::fs::metadata(root) {
        Ok(_) => Ok(walk.tree(root)),
        Err(error) => {
            let kind = match error.kind() {
                std::io::ErrorKind::PermissionDenied => IssueKind::Permission,
                _ => IssueKind::Unsupported,
            };
            Err(Issue::new(kind, format!("{}: {}", root.display(), error.kind())))
        }
    }
}
