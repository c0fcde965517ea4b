//! What deny.toml says of dependencies holds, also where cargo-deny is not installed.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use spdx::{Expression, ParseMode};
use toml::{Table, Value};

fn read(name: &str) -> Table {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(name)).unwrap().parse().unwrap()
}

fn text<'a>(table: &'a Value, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `(major, minor)`: enough for the versions that are banned.
fn version(text: &str) -> (u64, u64) {
    let mut numbers = text.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[test]
fn nothing_banned_is_in_the_lock_file() {
    let (deny, lock) = (read("deny.toml"), read("Cargo.lock"));
    let packages = lock["package"].as_array().unwrap();
    let banned = deny["bans"]["deny"].as_array().unwrap();
    assert!(banned.len() >= 3 && packages.len() > 100);
    for ban in banned {
        let (name, below) = text(ban, "crate").split_once(":<").unwrap_or((text(ban, "crate"), "999999"));
        let found: Vec<&str> = packages
            .iter()
            .filter(|package| text(package, "name") == name && version(text(package, "version")) < version(below))
            .map(|package| text(package, "version"))
            .collect();
        assert!(found.is_empty(), "{name} {found:?} is banned: {}", text(ban, "reason"));
    }
}

#[test]
fn every_dependency_is_ours_or_from_the_registry() {
    let lock = read("Cargo.lock");
    let sources: BTreeSet<&str> = lock["package"].as_array().unwrap().iter().map(|one| text(one, "source")).collect();
    let foreign: Vec<&&str> = sources.iter().filter(|source| !source.is_empty()).collect();
    assert!(foreign.len() == 1 && foreign[0].starts_with("registry+"), "{foreign:?}");
}

#[test]
fn every_licence_is_allowed() {
    let deny = read("deny.toml");
    let allowed: BTreeSet<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let rustc = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(rustc.stdout).unwrap();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Offline knows only what was downloaded for this platform; the others' crates are of the same families.
    let cargo = std::process::Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages.iter().filter(|package| !package["source"].is_null()) {
        let licence = package["license"].as_str().unwrap_or_default();
        let expression = Expression::parse_mode(licence, ParseMode::LAX).unwrap();
        let is_allowed = expression.evaluate(|requirement| allowed.contains(requirement.to_string().as_str()));
        assert!(is_allowed, "{} {}: {licence:?}", package["name"], package["version"]);
    }
}
