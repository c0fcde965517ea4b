//! README.md says what is true of this checkout.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The commands in the console blocks, in order.
fn commands() -> Vec<String> {
    let readme = read("README.md");
    let blocks = readme.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(|line| line.split("  #").next().unwrap().trim().to_owned()).collect()
}

#[test]
fn the_first_two_commands_are_the_scan_and_the_tests() {
    let commands = commands();
    assert_eq!(commands[0], "cargo run --release -- scan --config examples/acme/whosekey.toml");
    assert_eq!(commands[1], "cargo xtask test");
}

#[test]
fn continuous_integration_runs_the_test_command() {
    let script = read(".ci/run");
    assert_eq!(script.lines().last().unwrap(), format!("exec {}", commands()[1]));
}

#[test]
fn every_link_leads_to_a_file() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(page);
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            assert!(target.starts_with("https://") || root().join(target).exists(), "{page} links to {target}");
        }
    }
}

#[test]
fn files_that_the_pages_name_are_there() {
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(read).concat();
    let named = pages.split('`').skip(1).step_by(2).filter(|name| !name.contains([' ', '<', '*', '…']));
    let looks_like_a_path = |name: &&str| {
        ["src/", "connectors/", "tests/", "xtask/", "schema/", "examples/"]
            .iter()
            .any(|folder| name.starts_with(folder))
    };
    let missing: Vec<&str> = named.filter(looks_like_a_path).filter(|name| !root().join(name).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
