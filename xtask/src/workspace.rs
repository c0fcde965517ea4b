//! What the workspace consists of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::cargo;

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is a folder of the workspace")
}

/// A package and its files of integration tests.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Whether it has a library, and so unit tests and doc tests of one.
    pub(crate) has_library: bool,
    pub(crate) has_binary: bool,
    pub(crate) tests: Vec<TestFile>,
}

/// A file of integration tests.
#[derive(Debug)]
pub(crate) struct TestFile {
    pub(crate) name: String,
    path: PathBuf,
}

/// A module of a file of integration tests.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) source: String,
}

impl TestFile {
    /// The file's own source.
    pub(crate) fn source(&self) -> Result<String> {
        read(&self.path)
    }

    /// The modules beside `tests/<name>/main.rs`, or in `tests/<name>/` beside `tests/<name>.rs`.
    pub(crate) fn modules(&self) -> Result<Vec<Module>> {
        let is_main = self.path.file_name().is_some_and(|name| name == "main.rs");
        let folder = if is_main { self.path.with_file_name("") } else { self.path.with_extension("") };
        let mut modules = Vec::new();
        if folder.is_dir() {
            for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
                let path = entry?.path();
                if path.extension().is_some_and(|end| end == "rs") && path != self.path {
                    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    modules.push(Module { name, source: read(&path)? });
                }
            }
        }
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(modules)
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// All packages, by name.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let printed = cargo(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: Value = serde_json::from_slice(&printed).context("cargo metadata")?;
    let mut packages: Vec<Package> = metadata["packages"].as_array().into_iter().flatten().map(package).collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

fn package(package: &Value) -> Package {
    let targets = || package["targets"].as_array().into_iter().flatten();
    let is =
        |target: &Value, kind: &str| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Package {
        name: text(&package["name"]),
        has_library: targets().any(|target| is(target, "lib") || is(target, "proc-macro")),
        has_binary: targets().any(|target| is(target, "bin")),
        tests: targets()
            .filter(|target| is(target, "test"))
            .map(|target| TestFile { name: text(&target["name"]), path: text(&target["src_path"]).into() })
            .collect(),
    }
}
