//! What must hold before a push.

use anyhow::Result;

use crate::command::{cargo, say};
use crate::suite;

/// The variable under which tests that compare a generated file write it instead.
const UPDATE_SCHEMA: &str = "WHOSEKEY_UPDATE_SCHEMA";

/// Format, lints, tests (which compare the generated files) and dependencies.
pub(crate) fn check() -> Result<()> {
    cargo(["fmt", "--all", "--check"]).run()?;
    cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()?;
    suite::test(&[], &[])?;
    deny()
}

/// Licences, bans and sources of all dependencies. What deny.toml bans is also a test (xtask/tests/dependencies.rs),
/// so that it holds where cargo-deny is not installed.
fn deny() -> Result<()> {
    if cargo(["deny", "--version"]).succeeds() {
        return cargo(["deny", "check", "bans", "licenses", "sources"]).run();
    }
    say(
        "cargo-deny is not installed: only the test of xtask/tests/dependencies.rs was made; `cargo install cargo-deny`",
    );
    Ok(())
}

/// Writes the generated files anew: every test whose name has the word `schema` compares one.
pub(crate) fn schema() -> Result<()> {
    cargo(["test", "--package", "whosekey", "--", "schema"]).env(UPDATE_SCHEMA, "1").run()
}
