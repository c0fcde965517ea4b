//! `examples/acme`: the recorded estate of a company that does not exist, in which every verdict and every `cannot_tell`
//! occurs.
//!
//! Nothing here is random and nothing looks at the clock: the same files come out on every machine, and a test compares
//! them with those that are committed. Things that were "used lately" were so in November 2026; what must hold at any
//! later date rests on dates that only grow older, and on facts that are not told.

mod aws;
mod aws_cases;
mod aws_sandbox;
mod filler;
mod github;
mod kubernetes;
mod names;
mod people;
mod recording;
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::say;
use crate::workspace;

/// Every generated file, by its path under `examples/acme`.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([
        ("aws.ndjson".to_owned(), recording::render(&aws::scopes())),
        ("aws-sandbox.ndjson".to_owned(), recording::render(&aws_sandbox::scopes())),
        ("github.ndjson".to_owned(), recording::render(&github::scopes())),
        ("kubernetes.ndjson".to_owned(), recording::render(&kubernetes::scopes())),
        ("owners.toml".to_owned(), people::owners_file()),
    ]);
    files.extend(tree::files());
    files
}

fn folder() -> PathBuf {
    workspace::root().join("examples/acme")
}

/// Writes the estate's files anew.
pub(crate) fn write() -> Result<()> {
    for (name, text) in files() {
        let path = folder().join(&name);
        let parent = path.parent().expect("a file of a folder");
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        say(&format!("wrote examples/acme/{name}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_estate_is_the_generated_one() {
        for (name, text) in files() {
            let committed = fs::read_to_string(folder().join(&name)).unwrap_or_default();
            assert!(committed == text, "examples/acme/{name} differs: run `cargo xtask acme`");
        }
    }

    #[test]
    fn a_few_hundred_entities_have_ids_of_their_own() {
        let mut ids = std::collections::BTreeSet::new();
        for scope in [aws::scopes(), aws_sandbox::scopes(), github::scopes(), kubernetes::scopes()].concat() {
            let of_scope = scope.entity_ids();
            let distinct: std::collections::BTreeSet<String> = of_scope.iter().cloned().collect();
            assert_eq!(distinct.len(), of_scope.len(), "an id twice: {of_scope:?}");
            ids.extend(distinct);
        }
        assert!((250..600).contains(&ids.len()), "{}", ids.len());
    }
}
