//! People, teams, who has left and who owns what, from TOML files that an organisation keeps by hand.
//!
//! One scope for each file. The files of a source are one directory and are checked together: a file with a mistake in
//! it is a failed scope, because a half-read directory would make owned things ownerless.
//!
//! It does not know what there is to own: `[[owns]]` leaves as links from `glob:<pattern>`, and the graph, which sees
//! all entities, decides what they match.

mod config;
mod directory;
mod normalize;

use std::path::PathBuf;

use async_trait::async_trait;
use whosekey_sdk::settings::Problem;
use whosekey_sdk::time::Clock;
use whosekey_sdk::{
    CollectError, Complete, Connector, Descriptor, Issue, IssueKind, Permission, Scope, ScopeKind, Sink, unpaged,
};

pub use config::Config;
pub use directory::{Directory, read_files};

/// What the connector is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "owners",
    summary: "People, teams and what they own, from TOML files.",
    permissions: &[Permission {
        name: "file read",
        purpose: "reads the configured files; ownerless and orphaned (owner_gone) rest on them",
    }],
    scope_kinds: &[ScopeKind { name: "<file name>", lists: "the people, teams and ownership that one file declares" }],
    blind_spots: &["whoever is not written down", "that somebody has left, until somebody writes it down"],
    policy: || "# needs no permission but to read its files\n".to_owned(),
};

/// A source of people and teams.
pub struct Owners {
    source: String,
    config: Config,
    clock: Clock,
}

impl Owners {
    /// The source of this name; the name is part of its teams' ids.
    pub fn new(source: impl Into<String>, config: Config, clock: Clock) -> Self {
        Self { source: source.into(), config, clock }
    }

    fn scope_names(&self) -> Vec<String> {
        let files = &self.config.files;
        let short = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        files
            .iter()
            .map(|path| {
                let same = files.iter().filter(|other| short(other) == short(path)).count();
                short(path).filter(|_| same == 1).unwrap_or_else(|| path.to_string_lossy().into_owned())
            })
            .collect()
    }
}

#[async_trait]
impl Connector for Owners {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn scopes(&self, _out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        Ok((self.scope_names().into_iter().map(Scope::new).collect(), unpaged()))
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let number = self.scope_names().iter().position(|name| *name == scope.name);
        let Some(number) = number else {
            return Err(CollectError::Broken(Issue::new(IssueKind::Parse, "no file of this name is configured")));
        };
        let files = self.config.files.clone();
        let read = tokio::task::spawn_blocking(move || read_files(&files)).await;
        let (directory, problems) = read.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let file = &self.config.files[number];
        let mut own: Vec<Problem> = problems.into_iter().filter(|problem| problem.file == *file).collect();
        if let Some(last) = own.pop() {
            own.into_iter().for_each(|problem| out.issue(as_issue(&problem)));
            return Err(CollectError::Broken(as_issue(&last)));
        }
        let records = normalize::records(&directory, number, &self.source, (self.clock)());
        out.page(records).await?;
        // A file is read to its end or not at all.
        Ok(unpaged())
    }
}

fn as_issue(problem: &Problem) -> Issue {
    Issue::new(IssueKind::Parse, format!("{}:{}: {}", problem.file.display(), problem.line, problem.what))
}

#[cfg(test)]
mod tests;
