//! Which version of which part, from `versions.toml`: the one place that says so.

use serde::Deserialize;

use crate::{PartError, cache};

const VERSIONS: &str = include_str!("../versions.toml");

/// All parts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// The AWS stand-in.
    pub moto: PackagesPart,
    /// The validating mock of GitHub.
    pub prism: PackagesPart,
    /// What runs it.
    pub node: SystemPart,
    /// The browser.
    pub chromium: SystemPart,
    /// The API server with its controllers.
    pub kubernetes: SourcePart,
}

/// A part made of packages of a language's registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackagesPart {
    /// The version that names its folder.
    pub version: String,
    /// What to install, each with its version.
    pub packages: Vec<String>,
}

impl PackagesPart {
    /// Its folder in the cache: another one for each change of its packages.
    pub(crate) fn folder(&self, name: &str) -> String {
        let digest = cache::digest(&self.packages.join("\n"));
        format!("{name}-{}-{digest}", self.version)
    }
}

/// A part that the system's package manager installs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemPart {
    /// The package.
    pub package: String,
    /// The oldest major version that will do.
    pub oldest: String,
}

/// A part that is built from a source package of the system's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePart {
    /// The version that it must have.
    pub version: String,
}

/// The versions in force.
///
/// # Errors
/// [`PartError::Versions`] when the file is not of the expected form.
pub fn versions() -> Result<Versions, PartError> {
    Ok(toml::from_str(VERSIONS)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        let Versions { moto, prism, .. } = versions().unwrap();
        assert!(moto.packages.contains(&format!("moto[server]=={}", moto.version)));
        assert!(moto.packages.iter().all(|package| package.contains("==")), "{moto:?}");
        assert!(prism.packages.contains(&format!("@stoplight/prism-cli@{}", prism.version)));
        assert!(prism.packages.iter().all(|package| package.matches('@').count() == 2), "{prism:?}");
    }
}
