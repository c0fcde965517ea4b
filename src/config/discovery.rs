//! Which file is the configuration, and which the database.

use std::path::PathBuf;

use crate::config::{ConfigError, Environment, Flags};

/// The configuration's name in the current folder and in the user's configuration folder.
const FILE_NAME: &str = "whosekey.toml";

/// `--config`, `$WHOSEKEY_CONFIG`, `./whosekey.toml`, `$XDG_CONFIG_HOME/whosekey/whosekey.toml`; the first two need not
/// be there for them to be meant.
pub(super) fn find(flags: &Flags, environment: &Environment) -> Option<PathBuf> {
    if let Some(path) = &flags.config {
        return Some(path.clone());
    }
    if let Some(path) = environment.variable("WHOSEKEY_CONFIG") {
        return Some(PathBuf::from(path));
    }
    if environment.current_dir.join(FILE_NAME).is_file() {
        return Some(environment.current_dir.join(FILE_NAME));
    }
    let folder = environment.folder("XDG_CONFIG_HOME").or_else(|| Some(environment.home()?.join(".config")))?;
    Some(folder.join("whosekey").join(FILE_NAME)).filter(|path| path.is_file())
}

/// `--database`, the configuration's, `$XDG_STATE_HOME/whosekey/whosekey.db`.
pub(super) fn database(
    flags: &Flags,
    configured: Option<PathBuf>,
    environment: &Environment,
) -> Result<PathBuf, ConfigError> {
    if let Some(path) = &flags.database {
        return Ok(environment.current_dir.join(path));
    }
    let by_default = || {
        let home = || Some(environment.home()?.join(".local/state"));
        Some(environment.folder("XDG_STATE_HOME").or_else(home)?.join("whosekey/whosekey.db"))
    };
    configured.or_else(by_default).ok_or(ConfigError::NoHome)
}
