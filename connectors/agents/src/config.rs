//! What a source of this connector is told, and what it needs to know of the machine it runs on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use whosekey_definitions::{MAX_FILE_BYTES, lexical};

/// `[sources.<name>]` with `connector = "agents"`, without the keys that every source has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Repositories and directories. Empty: the well-known places of the home directory and of the machine, and the
    /// working directory.
    #[serde(default)]
    pub paths: Vec<PathBuf>,
}

impl Config {
    /// The same with `~/…` under `home`, and relative paths under `base`, the configuration file's folder.
    #[must_use]
    pub fn resolved(mut self, base: &Path, home: Option<&Path>) -> Self {
        for path in &mut self.paths {
            let under_home = path.strip_prefix("~").ok().zip(home).map(|(rest, home)| home.join(rest));
            *path = lexical(&under_home.unwrap_or_else(|| base.join(&*path)));
        }
        self
    }

    /// The paths that are not there, for a configuration check.
    pub fn missing_paths(&self) -> Vec<&Path> {
        self.paths.iter().map(PathBuf::as_path).filter(|path| !path.exists()).collect()
    }
}

/// The machine, as the program that runs the connector sees it. The connector itself reads no environment variable.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The home directory of the user whose well-known places are read.
    pub home: Option<PathBuf>,
    /// The working directory.
    pub working_directory: Option<PathBuf>,
    /// Under which machine-wide settings are (`/`); `None` leaves them out.
    pub system_root: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`.
    pub claude_config_dir: Option<PathBuf>,
    /// `CODEX_HOME`.
    pub codex_home: Option<PathBuf>,
    /// `OPENCODE_CONFIG`.
    pub opencode_config: Option<PathBuf>,
}

/// Where a scan stops. What lies beyond is an issue, not silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// Folders below a configured path.
    pub max_depth: usize,
    /// For one scope.
    pub max_time: Duration,
    /// Files of one scope that say something; memory grows with these and with nothing else.
    pub max_facts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_file_bytes: MAX_FILE_BYTES, max_depth: 32, max_time: Duration::from_secs(600), max_facts: 200_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_configuration_and_to_the_home() {
        let config = Config { paths: vec!["~/work".into(), "../agents".into(), "/srv".into()] };
        let resolved = config.resolved(Path::new("/etc/whosekey"), Some(Path::new("/home/ada")));
        assert_eq!(resolved.paths, [Path::new("/home/ada/work"), Path::new("/etc/agents"), Path::new("/srv")]);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<Config>("path = ['x']").is_err());
        assert_eq!(toml::from_str::<Config>("").unwrap(), Config::default());
    }
}
