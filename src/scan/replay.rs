//! The carrier `replay`: a recording of the connector protocol, read from files as if a connector were speaking.
//!
//! The files are indexed once for each scan (where each scope's lines stand) and then streamed scope by scope, so
//! memory does not grow with the recording. What a line says is not judged here: a recording is as good as its writer.
//!
//! - A file with `{"collect":"*"}` has the scopes that are listed there; one without has those that it contains.
//! - A scope is complete when its last line is `{"done":true}` and no issue and no unreadable line stand in it.
//! - A scope whose lines are, byte for byte, those that were last replayed whole is as it was, and is not read again.
//! - A scope may have several parts, in one file or in several: all of them count, and all must be done.

mod index;
mod stream;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use whosekey_sdk::{
    CollectError, Complete, Connector, Descriptor, Issue, IssueKind, Permission, Scope, ScopeKind, Sink, unpaged,
};

use crate::scan::replay::index::Index;

/// What the connector is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "replay",
    summary: "Recordings of the connector protocol: estates to be seen offline, demonstrations, bug reports.",
    permissions: &[Permission { name: "file read", purpose: "reads the recordings that the configuration names" }],
    scope_kinds: &[ScopeKind { name: "(as recorded)", lists: "the scopes that the recording lists or contains" }],
    blind_spots: &["everything that happened after the recording was made"],
    policy: || "# needs no permission but to read its files\n".to_owned(),
};

/// A source that replays recordings.
#[derive(Debug)]
pub struct Replay {
    files: Vec<PathBuf>,
    index: Mutex<Option<Arc<Index>>>,
}

impl Replay {
    /// A source that replays these files.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { files, index: Mutex::new(None) }
    }

    fn last_index(&self) -> Option<Arc<Index>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Indexes the files anew: they may have changed since the last scan.
    async fn build_index(&self) -> Result<Arc<Index>, CollectError> {
        let files = self.files.clone();
        let index = tokio::task::spawn_blocking(move || Index::build(&files)).await;
        let index = Arc::new(index.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?);
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&index));
        Ok(index)
    }
}

#[async_trait]
impl Connector for Replay {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn scopes(&self, out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        let index = self.build_index().await?;
        for issue in &index.issues {
            out.issue(issue.clone());
        }
        if let Some(broken) = &index.broken_list {
            return Err(CollectError::Broken(broken.clone()));
        }
        Ok((index.scopes.clone(), unpaged()))
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let index = match self.last_index() {
            Some(index) => index,
            None => self.build_index().await?,
        };
        let Some(parts) = index.parts.get(&scope.name) else {
            let message = "the recording lists this scope and has no lines for it";
            return Err(CollectError::Broken(Issue::new(IssueKind::Parse, message)));
        };
        if let Some(digest) = index.digest(parts)
            && out.is_as_before(digest).await
        {
            return Ok(unpaged());
        }
        for part in parts {
            stream::stream(&index.files[part.file], part, out).await?;
        }
        // The recorded end marker was read.
        Ok(unpaged())
    }
}
