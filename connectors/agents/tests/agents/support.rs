//! Trees on disk with secrets planted in them, and records in a form that people can read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use whosekey_agents::{AgentsConnector, Config, Surroundings};
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{Connector, Fact, FingerprintKey, Kind, Link, LinkKind, Scope};

use crate::tokens::planted;

/// A tree in a folder of its own, gone when dropped.
pub(crate) struct Tree {
    folder: tempfile::TempDir,
    /// The secrets that were planted.
    pub(crate) secrets: Vec<String>,
}

impl Tree {
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), secrets: Vec::new() }
    }

    /// A copy of `tests/trees/<name>`, with secrets in place of its marks. `dot-` in a name stands for a leading dot,
    /// so that no tool takes these files for its own.
    pub(crate) fn of(name: &str) -> Self {
        let mut tree = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees").join(name);
        tree.copy(&from, &from);
        tree
    }

    fn copy(&mut self, top: &Path, folder: &Path) {
        let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                self.copy(top, &path);
            } else {
                let relative = path.strip_prefix(top).unwrap().to_string_lossy().replace("dot-", ".");
                self.write(&relative, &std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// Writes a file, planting the secrets that its marks stand for.
    pub(crate) fn write(&mut self, path: &str, text: &str) {
        let (text, secrets) = planted(text);
        self.secrets.extend(secrets);
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self) -> PathBuf {
        let path = self.folder.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// A connector over the whole tree.
    pub(crate) fn connector(&self) -> AgentsConnector {
        let config = Config { paths: vec![self.path()] };
        AgentsConnector::new("laptops", config, Surroundings::default(), key())
    }

    /// A connector over the tree as a home directory.
    pub(crate) fn home_connector(&self) -> AgentsConnector {
        let surroundings = Surroundings { home: Some(self.path()), ..Surroundings::default() };
        AgentsConnector::new("laptops", Config::default(), surroundings, key())
    }

    /// What the connector says about the tree.
    pub(crate) fn scan(&self) -> Collected {
        let name = self.path().to_string_lossy().into_owned();
        collect(&self.connector(), &name).unwrap()
    }

    /// What the connector says, for people.
    pub(crate) fn told(&self) -> String {
        told(&self.scan(), &self.path())
    }
}

pub(crate) fn key() -> FingerprintKey {
    FingerprintKey::from_bytes([42; 32])
}

/// Collects one scope.
pub(crate) fn collect(connector: &AgentsConnector, scope: &str) -> Result<Collected, whosekey_sdk::CollectError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut collected = Collected::default();
    let _complete = runtime.block_on(connector.collect(&Scope::new(scope), &mut collected))?;
    Ok(collected)
}

/// Records as an indented list: agents by name, each with its links. Digests and the folder's own path are left out.
pub(crate) fn told(collected: &Collected, root: &Path) -> String {
    let names: BTreeMap<&str, &str> =
        collected.entities().map(|entity| (entity.id.as_str(), entity.name.as_str())).collect();
    let short =
        |path: &str| path.replace(&format!("{}/", root.display()), "").replace(&root.display().to_string(), ".");
    let credentials: BTreeMap<&str, String> = collected
        .entities()
        .filter(|entity| entity.kind == Kind::Credential)
        .map(|entity| {
            let id = entity.id.as_str();
            let shown =
                if id.starts_with("secret:") || id.starts_with("ref:") { id.split(':').next().unwrap() } else { id };
            (id, format!("{shown} {} {}", entity.type_name, short(&entity.name)))
        })
        .collect();
    let end = |text: &str| match credentials.get(text) {
        Some(credential) => credential.clone(),
        None => short(names.get(text).copied().unwrap_or(text)),
    };
    let mut blocks = Vec::new();
    for entity in collected.entities() {
        let id = entity.id.as_str();
        let links: Vec<&Link> = collected.links().filter(|link| link.from.as_str() == id).collect();
        if entity.kind == Kind::Credential && links.is_empty() && entity.aliases.is_empty() {
            continue;
        }
        let mut block = match credentials.get(id) {
            Some(credential) => format!("credential {credential}"),
            None => format!("{} {} {}", entity.kind.as_str(), entity.type_name, short(&entity.name)),
        };
        if let Fact::Known(false) = entity.enabled {
            block.push_str(" OFF");
        }
        for (key, value) in &entity.attributes {
            if !["fingerprint", "path", "provider", "rule", "reference", "value_class"].contains(&key.as_str()) {
                write!(block, " {key}={}", short(value.as_str().unwrap_or(&value.to_string()))).unwrap();
            }
        }
        for alias in &entity.aliases {
            let (prefix, _) = alias.as_str().split_once('/').unwrap();
            write!(block, "\n  known as {prefix}/…").unwrap();
        }
        let mut lines: Vec<String> = links.iter().map(|link| line(link, &end, &short)).collect();
        lines.sort();
        for line in lines {
            write!(block, "\n  {line}").unwrap();
        }
        blocks.push(block);
    }
    blocks.sort();
    for issue in &collected.issues {
        blocks.push(format!("issue {}: {}", issue.kind.as_str(), short(&issue.message)));
    }
    blocks.join("\n")
}

fn line(link: &Link, end: &dyn Fn(&str) -> String, short: &dyn Fn(&str) -> String) -> String {
    let mut line = format!("{} {}", link.kind.as_str(), end(link.to.as_str()));
    if link.kind == LinkKind::Holds {
        write!(line, " [{}]", link.attributes["value_class"].as_str().unwrap()).unwrap();
    }
    if link.kind != LinkKind::PartOf
        && let Some(at) = &link.location
    {
        write!(line, " {}:{}", short(&at.path), at.line.unwrap_or(0)).unwrap();
        if let Some(pointer) = &at.pointer {
            write!(line, " {pointer}").unwrap();
        }
    }
    for key in ["variable", "also_at", "warning", "credential_name"] {
        if let Some(value) = link.attributes.get(key) {
            write!(line, " {key}={}", short(value.as_str().unwrap_or(&value.to_string()))).unwrap();
        }
    }
    line
}
