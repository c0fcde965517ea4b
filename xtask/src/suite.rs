//! The whole test suite, with the parts that it needs.

use anyhow::{Context, Result};
use clap::ValueEnum;
use whosekey_parts::{chromium, kubernetes, moto, prism};

use crate::command::{cargo, say};
use crate::workspace;

/// A part that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The AWS stand-in.
    Moto,
    /// The validating mock of GitHub.
    Prism,
    /// The browser.
    Chromium,
    /// The API server of a cluster.
    Kubernetes,
}

impl Part {
    /// Whether a test file or module of this source starts the part: whether it imports the part's module.
    fn is_used_in(self, source: &str) -> bool {
        source.split("whosekey_parts::").skip(1).any(|import| match import.strip_prefix('{') {
            Some(several) => {
                let names = several.split(['}', ';']).next().unwrap_or_default();
                names.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|name| name == self.name())
            }
            None => import.strip_prefix(self.name()).is_some_and(|rest| rest.starts_with([':', ';', ' '])),
        })
    }

    fn name(self) -> &'static str {
        match self {
            Part::Moto => "moto",
            Part::Prism => "prism",
            Part::Chromium => "chromium",
            Part::Kubernetes => "kubernetes",
        }
    }

    fn install(self) -> Result<()> {
        let takes = if self == Part::Kubernetes { " (its first build takes ten minutes)" } else { "" };
        say(&format!("part {}: installing it if it is missing{takes}", self.name()));
        match self {
            Part::Moto => moto::install().map(drop),
            Part::Prism => prism::install().map(drop),
            Part::Chromium => chromium::install().map(drop),
            Part::Kubernetes => kubernetes::install().map(drop),
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
        let needs_one = |source: &str| without.iter().any(|part| part.is_used_in(source));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_starts_a_part_is_known_by_its_imports() {
        assert!(Part::Moto.is_used_in("use whosekey_parts::moto::{Moto, Seed};"));
        assert!(Part::Moto.is_used_in("use whosekey_parts::{\n    chromium,\n    moto::Moto,\n};"));
        assert!(Part::Chromium.is_used_in("let browser = whosekey_parts::chromium::install().unwrap();"));
        assert!(!Part::Chromium.is_used_in("use whosekey_parts::proxy::Proxy; // chromium"));
    }

    #[test]
    fn the_files_that_start_parts_are_found() {
        let packages = workspace::packages().unwrap();
        let parts = packages.iter().find(|package| package.name == "whosekey-parts").unwrap();
        let using = |part: Part| -> Vec<&str> {
            let uses = |file: &&workspace::TestFile| part.is_used_in(&file.source().unwrap());
            parts.tests.iter().filter(uses).map(|file| file.name.as_str()).collect()
        };
        assert_eq!(using(Part::Moto), ["moto", "proxy"]);
        assert_eq!(using(Part::Prism), ["prism"]);
        assert_eq!(using(Part::Chromium), ["chromium"]);
        assert_eq!(using(Part::Kubernetes), ["kubernetes"]);
    }
}
