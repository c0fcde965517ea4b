//! The import table of ARCHITECTURE.md and the code say the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use syn::visit::{self, Visit};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a module may and may not import.
struct Row {
    ours: BTreeSet<String>,
    never: Vec<String>,
}

fn table() -> BTreeMap<String, Row> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = page.split("<!-- imports").nth(1).unwrap().split("<!-- /imports").next().unwrap();
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = table.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [module, ours, never] = cells[..] else { panic!("not three cells: {line}") };
        (words(module)[0].clone(), Row { ours: words(ours).into_iter().collect(), never: words(never) })
    });
    rows.collect()
}

/// Every path that a file names, outside its `#[cfg(test)]` modules; and those modules' names when they are files.
#[derive(Default)]
struct Names {
    paths: BTreeSet<String>,
    test_files: BTreeSet<String>,
}

impl Names {
    fn of(file: &Path) -> Self {
        let mut names = Names::default();
        let source = fs::read_to_string(file).unwrap();
        names.visit_file(&syn::parse_file(&source).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        names
    }

    fn uses(&mut self, before: &str, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.uses(&format!("{before}{}::", path.ident), &path.tree),
            syn::UseTree::Name(name) => drop(self.paths.insert(format!("{before}{}", name.ident))),
            syn::UseTree::Rename(name) => drop(self.paths.insert(format!("{before}{}", name.ident))),
            syn::UseTree::Glob(_) => drop(self.paths.insert(before.to_owned())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.uses(before, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.uses("", &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.paths.insert(segments.join("::"));
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, item);
        } else if item.content.is_none() {
            self.test_files.insert(item.ident.to_string());
        }
    }
}

/// The source files of a module that are not tests.
fn files(module: &str) -> Vec<PathBuf> {
    let file = root().join("src").join(format!("{module}.rs"));
    assert!(file.exists(), "ARCHITECTURE.md has a row for `{module}`, and there is no src/{module}.rs");
    let mut files = Vec::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        let tests = Names::of(&file).test_files;
        let folder = file.with_extension("");
        if folder.is_dir() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
                if path.extension().is_some_and(|end| end == "rs") && !tests.contains(&stem) {
                    open.push(path);
                }
            }
        }
        files.push(file);
    }
    files.sort();
    files
}

/// Which of our modules or crates a path names, in the table's words.
fn ours<'a>(path: &'a str, modules: &BTreeMap<String, Row>) -> Option<&'a str> {
    let mut segments = path.split("::");
    match segments.next()? {
        "whosekey_sdk" => Some("sdk"),
        krate if krate.starts_with("whosekey_") => Some("connectors"),
        "crate" => segments.next().filter(|module| modules.contains_key(*module)),
        "super" => segments.find(|segment| *segment != "super").filter(|module| modules.contains_key(*module)),
        _ => None,
    }
}

#[test]
fn no_module_imports_what_the_table_does_not_give_it() {
    let table = table();
    let mut wrong = Vec::new();
    for (module, row) in &table {
        for file in files(module) {
            let shown = file.strip_prefix(root()).unwrap().display().to_string();
            let names = Names::of(&file);
            for path in &names.paths {
                if let Some(named) = ours(path, &table)
                    && named != module
                    && !row.ours.contains(named)
                {
                    // A folder of the same name as a module may stand below another one: `super::graph` in `report`.
                    let is_below = path.starts_with("super") && file.with_file_name(format!("{named}.rs")).exists();
                    if !is_below || file.parent().is_some_and(|folder| folder.ends_with("src")) {
                        wrong.push(format!("{shown} imports {path}: `{module}` may not import `{named}`"));
                    }
                }
                if let Some(never) =
                    row.never.iter().find(|never| path == *never || path.starts_with(&format!("{never}::")))
                {
                    wrong.push(format!("{shown} names {path}: `{module}` never imports `{never}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "see ARCHITECTURE.md, \"Who may import whom\":\n{}", wrong.join("\n"));
}

#[test]
fn every_module_is_in_the_table() {
    let table = table();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_known = table.contains_key(&stem) || ["lib", "main"].contains(&stem.as_str());
        assert!(is_known, "src/{stem} has no row in ARCHITECTURE.md, \"Who may import whom\"");
    }
}

#[test]
fn no_two_modules_may_import_each_other_but_config_and_registry() {
    let table = table();
    for (module, row) in &table {
        let back = |other: &&String| table.get(*other).is_some_and(|row| row.ours.contains(module));
        for other in row.ours.iter().filter(back) {
            let pair = BTreeSet::from([module.as_str(), other.as_str()]);
            assert_eq!(pair, BTreeSet::from(["config", "registry"]), "a circle");
        }
    }
}

#[test]
fn connectors_need_the_contract_alone() {
    let cargo = Command::new("cargo")
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let allowed: &[&str] = match manifest.strip_prefix(&root().display().to_string()).unwrap() {
            "/connectors/sdk/Cargo.toml" | "/tests/parts/Cargo.toml" => &[],
            "/connectors/definitions/Cargo.toml" => &["whosekey-sdk"],
            connector if connector.starts_with("/connectors/") => &["whosekey-sdk", "whosekey-definitions"],
            _ => continue,
        };
        seen += 1;
        let needs: Vec<&str> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"] != "dev" && !dependency["path"].is_null())
            .map(|dependency| dependency["name"].as_str().unwrap())
            .collect();
        assert!(needs.iter().all(|need| allowed.contains(need)), "{manifest} needs {needs:?}");
    }
    assert!(seen >= 6, "only {seen} crates were looked at");
}
