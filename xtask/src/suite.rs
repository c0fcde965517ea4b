//! The whole test suite, with the parts that it needs.

use anyhow::{Context, Result};
use clap::ValueEnum;
use whosekey_parts::{chromium, moto};

use crate::command::{cargo, say};
use crate::workspace;

/// A part that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The AWS stand-in.
    Moto,
    /// The browser.
    Chromium,
}

impl Part {
    /// A test file starts the part when its source has this.
    fn marker(self) -> &'static str {
        match self {
            Part::Moto => "whosekey_parts::moto",
            Part::Chromium => "whosekey_parts::chromium",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::Moto => "moto",
            Part::Chromium => "chromium",
        }
    }

    fn install(self) -> Result<()> {
        say(&format!("part {}: installing it if it is missing", self.name()));
        match self {
            Part::Moto => moto::install().map(drop),
            Part::Chromium => chromium::install().map(drop),
        }
        .with_context(|| format!("the part {0} cannot be had (leave it out with --without {0})", self.name()))
    }
}

/// Installs all parts but these.
pub(crate) fn setup(without: &[Part]) -> Result<()> {
    Part::value_variants().iter().filter(|part| !without.contains(part)).try_for_each(|part| part.install())
}

/// Passes all tests but those that need the parts left out.
pub(crate) fn test(without: &[Part], rest: &[String]) -> Result<()> {
    setup(without)?;
    if without.is_empty() {
        return cargo(["test", "--workspace", "--"]).args(rest).run();
    }
    let left_out = test_without(without, rest)?;
    let parts: Vec<&str> = without.iter().map(|part| part.name()).collect();
    say(&format!("left out, because of --without {}:", parts.join(" --without ")));
    left_out.iter().for_each(|file| say(&format!("  {file}")));
    Ok(())
}

/// Runs, package by package, the test files and modules that start none of these parts; gives the others.
fn test_without(without: &[Part], rest: &[String]) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    for package in workspace::packages()? {
        let mut targets: Vec<String> = Vec::new();
        if package.has_library {
            targets.push("--lib".into());
        }
        if package.has_binary {
            targets.push("--bins".into());
        }
        let needs_one = |source: &str| without.iter().any(|part| source.contains(part.marker()));
        let mut skipped: Vec<String> = Vec::new();
        for file in &package.tests {
            if needs_one(&file.source()?) {
                left_out.push(format!("{}: {}", package.name, file.name));
                continue;
            }
            targets.extend(["--test".into(), file.name.clone()]);
            for module in file.modules()?.iter().filter(|module| needs_one(&module.source)) {
                left_out.push(format!("{}: {}::{}", package.name, file.name, module.name));
                skipped.extend(["--skip".into(), format!("{}::", module.name)]);
            }
        }
        cargo(["test", "--package", &package.name]).args(&targets).args(["--"]).args(rest).args(&skipped).run()?;
        if package.has_library {
            cargo(["test", "--package", &package.name, "--doc"]).run()?;
        }
    }
    Ok(left_out)
}
