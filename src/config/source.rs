//! `[sources.NAME]`: which connector, when, and the connector's own settings.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use whosekey_sdk::http::Origin;
use whosekey_sdk::settings::{Base, Located, Problem, SecretSource, Section, closest, shown};
use whosekey_sdk::{Connector, Descriptor, FingerprintKey, Secret};

use crate::config::{Common, Environment, common, planned, secret};
use crate::registry::{self, Builtin, Contacts};
use crate::scan::Clock;

/// What a connector is built from besides its settings.
#[derive(Clone)]
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// The installation's key for fingerprints of secret values.
    pub fingerprint_key: FingerprintKey,
    /// Where secrets and passed-on variables come from.
    pub environment: Environment,
}

impl Parts {
    /// Fetches a secret that the settings of `source` name; `what` says which: `its token`.
    ///
    /// # Errors
    /// When it is not there, or lies open.
    pub fn secret(&self, source: &str, what: &str, from: &SecretSource, base: &Base) -> Result<Secret, BuildError> {
        secret::fetch(from, base, &self.environment)
            .map_err(|error| BuildError { source_name: source.to_owned(), what: format!("{what}: {error}") })
    }
}

/// Why a connector cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("source {source_name}: {what}")]
pub struct BuildError {
    /// The source's name.
    pub source_name: String,
    /// What is missing; never a secret.
    pub what: String,
}

/// Makes the connector of a source, once its settings were read.
pub type Build = Box<dyn Fn(&Parts) -> Result<Arc<dyn Connector>, BuildError> + Send + Sync>;

/// What a connector's settings are read with.
pub struct Reading<'a> {
    /// The source's name.
    pub source: &'a str,
    /// Against what its paths are resolved.
    pub base: &'a Base,
    /// `endpoint_url`: what to ask instead of the platform's own endpoint. Every source takes one.
    pub endpoint_url: Option<&'a str>,
    /// The surroundings, to find programs in; secrets are not fetched yet.
    pub environment: &'a Environment,
    /// Mistakes in other files that the settings name.
    pub others: &'a mut Vec<Problem>,
}

/// A source, ready to be built.
pub struct Source {
    /// Its name.
    pub name: String,
    /// What its connector is.
    pub descriptor: &'static Descriptor,
    /// When it is scanned, and how long it may take.
    pub common: Common,
    /// The digest of the settings that choose its scopes; see [`Builtin::choosing`].
    pub settings: [u8; 32],
    build: Build,
}

impl Source {
    /// A source with this connector.
    pub fn new(name: impl Into<String>, descriptor: &'static Descriptor, common: Common, build: Build) -> Self {
        Self { name: name.into(), descriptor, common, settings: [0; 32], build }
    }

    /// Makes its connector. Fetches the secrets that it needs; contacts nothing.
    ///
    /// # Errors
    /// When a secret is not where the configuration says.
    pub fn build(&self, parts: &Parts) -> Result<Arc<dyn Connector>, BuildError> {
        (self.build)(parts)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("connector", &self.descriptor.name).finish()
    }
}

/// The sources of an installation without a configuration.
pub(super) fn defaults() -> Vec<Source> {
    registry::local_agents()
        .map(|(descriptor, build)| Source::new("local", descriptor, Common::default(), build))
        .into_iter()
        .collect()
}

/// Reads one source. `None` when it cannot be told what it is; the reason is reported.
pub(super) fn read(
    name: &Located<String>,
    section: &Section<'_>,
    base: &Base,
    environment: &Environment,
    others: &mut Vec<Problem>,
) -> Option<Source> {
    check_name(name, section);
    let mut common = common::read(section);
    let endpoint_url = read_endpoint(section);
    let Some(connector) = section.text("connector") else {
        if !section.has("connector") {
            let names: Vec<_> = registry::BUILTINS.iter().map(|builtin| builtin.descriptor.name).collect();
            section.missing("connector", format!("connector = one of {}", names.join(", ")));
        }
        return None;
    };
    let builtin = find_connector(&connector.value, section)?;
    common.limits.concurrency = builtin.concurrency;
    let endpoint_url = endpoint_url.as_deref();
    if endpoint_url.is_some() && builtin.contacts == Contacts::Nothing {
        let connector = builtin.descriptor.name;
        tracing::warn!(source.name = %name.value, connector, "`endpoint_url` changes nothing: this connector contacts nothing");
    }
    let mut reading = Reading { source: &name.value, base, endpoint_url, environment, others };
    let build = (builtin.read)(section, &mut reading);
    section.refuse_unknown_keys();
    let settings = digest(builtin.choosing, section);
    Some(Source { settings, ..Source::new(&*name.value, builtin.descriptor, common, build?) })
}

fn digest(keys: &[&str], section: &Section<'_>) -> [u8; 32] {
    let mut all = section.to_json();
    let mut chosen: BTreeMap<&str, serde_json::Value> =
        keys.iter().filter_map(|key| Some((*key, all.remove(*key)?))).collect();
    // In which order they are written, and how often, chooses nothing.
    for list in chosen.values_mut().filter_map(serde_json::Value::as_array_mut) {
        list.sort_by_key(ToString::to_string);
        list.dedup();
    }
    Sha256::digest(serde_json::to_vec(&chosen).expect("JSON can be written")).into()
}

/// A shared template may set it for every source, so that a connector has no use for it is no mistake.
fn read_endpoint(section: &Section<'_>) -> Option<String> {
    let url = section.text("endpoint_url")?.value;
    match Origin::new(&url) {
        Ok(_) => Some(url),
        Err(error) => {
            let what = format!("`endpoint_url`: {error}");
            section.refuse_value("endpoint_url", what, "endpoint_url = \"http://127.0.0.1:5000\"");
            None
        }
    }
}

fn check_name(name: &Located<String>, section: &Section<'_>) {
    let text = &name.value;
    if text.is_empty() || text.contains(['/', '*']) || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let what = format!("{} is no name for a source", shown(text));
        section.refuse(name.line, what, "letters, digits, dashes and dots, such as prod-aws");
    }
}

fn find_connector(name: &str, section: &Section<'_>) -> Option<&'static Builtin> {
    if let Some(builtin) = registry::BUILTINS.iter().find(|builtin| builtin.descriptor.name == name) {
        return Some(builtin);
    }
    let names: Vec<&str> = registry::BUILTINS.iter().map(|builtin| builtin.descriptor.name).collect();
    let has = format!("it has {}", names.join(", "));
    if planned::is_known(name) {
        planned::read(name, section);
        section.refuse_value("connector", format!("this build has no connector \"{name}\""), has);
        return None;
    }
    let hint = match closest(name, names.iter().copied().chain(planned::NAMES.iter().copied())) {
        Some(meant) => format!("did you mean \"{meant}\"? {has}"),
        None => has,
    };
    section.refuse_value("connector", format!("there is no connector {}", shown(name)), hint);
    None
}

/// The file that a program's name stands for: a path when it has a slash, else the first in `PATH`.
pub(super) fn find_program(name: &str, base: &Base, environment: &Environment) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(base.resolve(name)).filter(|path| is_executable(path));
    }
    let path = environment.variable("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| is_executable(path))
}

fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
