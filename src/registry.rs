//! The one list of connectors that are built in, and how each one's settings are read.
//!
//! Adding a connector is adding a line here (and a feature in `Cargo.toml`).

use std::sync::Arc;

use whosekey_sdk::Descriptor;
use whosekey_sdk::settings::{Section, Wanted};

#[cfg(any(feature = "aws", feature = "github"))]
use crate::config::BuildError;
use crate::config::{Build, Parts, Reading};
use crate::scan::{process, replay};

/// What a connector talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contacts {
    /// A platform, at its own endpoint or at the source's `endpoint_url`.
    Platform,
    /// Nothing but this machine: `endpoint_url` has no meaning.
    Nothing,
}

/// A connector that is built in.
pub struct Builtin {
    /// What it is.
    pub descriptor: &'static Descriptor,
    /// What it talks to.
    pub contacts: Contacts,
    /// How many of its scopes are collected at once: many where a scope mostly waits for a platform, few where it
    /// keeps a processor and memory busy.
    pub concurrency: usize,
    /// The settings that choose which scopes a source has, as opposed to what its platform has: a scope that goes with a
    /// change of these is not gone. None of those by which a scope is only called otherwise.
    pub choosing: &'static [&'static str],
    /// Reads its settings: every mistake is reported to the section (or, of another file, to the reading); `None`
    /// when there was one that leaves nothing to build.
    pub read: fn(&Section<'_>, &mut Reading<'_>) -> Option<Build>,
}

/// All of them, by name.
pub static BUILTINS: &[Builtin] = &[
    #[cfg(feature = "agents")]
    Builtin {
        descriptor: &whosekey_agents::DESCRIPTOR,
        contacts: Contacts::Nothing,
        concurrency: 2,
        choosing: &["paths"],
        read: read_agents,
    },
    #[cfg(feature = "aws")]
    Builtin {
        descriptor: &whosekey_aws::DESCRIPTOR,
        contacts: Contacts::Platform,
        concurrency: 32,
        choosing: &["accounts", "profile", "regions", "service_last_accessed", "skip"],
        read: read_aws,
    },
    #[cfg(feature = "github")]
    Builtin {
        descriptor: &whosekey_github::DESCRIPTOR,
        contacts: Contacts::Platform,
        concurrency: 8,
        choosing: &["also", "enterprises", "organizations", "skip"],
        read: read_github,
    },
    #[cfg(feature = "kubernetes")]
    Builtin {
        descriptor: &whosekey_kubernetes::DESCRIPTOR,
        contacts: Contacts::Platform,
        concurrency: 16,
        choosing: &["context", "endpoint_url", "kubeconfig", "namespaces", "secrets"],
        read: read_kubernetes,
    },
    #[cfg(feature = "owners")]
    Builtin {
        descriptor: &whosekey_owners::DESCRIPTOR,
        contacts: Contacts::Nothing,
        concurrency: 2,
        choosing: &[],
        read: read_owners,
    },
    Builtin {
        descriptor: &process::DESCRIPTOR,
        contacts: Contacts::Platform,
        concurrency: 4,
        choosing: &[],
        read: crate::config::read_program,
    },
    Builtin {
        descriptor: &replay::DESCRIPTOR,
        contacts: Contacts::Nothing,
        concurrency: 4,
        choosing: &[],
        read: read_replay,
    },
];

/// What the built-in connectors are.
pub fn descriptors() -> Vec<&'static Descriptor> {
    BUILTINS.iter().map(|builtin| builtin.descriptor).collect()
}

/// The source that is scanned when nothing is configured: the agents' definitions on this machine.
#[cfg(feature = "agents")]
pub fn local_agents() -> Option<(&'static Descriptor, Build)> {
    Some((&whosekey_agents::DESCRIPTOR, build_agents("local", Vec::new())))
}

/// This build has no connector for what is on a machine, so it has no default source.
#[cfg(not(feature = "agents"))]
pub fn local_agents() -> Option<(&'static Descriptor, Build)> {
    None
}

#[cfg(feature = "agents")]
fn read_agents(section: &Section<'_>, reading: &mut Reading<'_>) -> Option<Build> {
    let paths = section.paths("paths", reading.base, Wanted::Anything);
    if section.has("paths") && paths.is_none() {
        return None;
    }
    Some(build_agents(reading.source, paths.unwrap_or_default().into_iter().map(|path| path.value).collect()))
}

#[cfg(feature = "agents")]
fn build_agents(source: &str, paths: Vec<std::path::PathBuf>) -> Build {
    use whosekey_agents::{AgentsConnector, Config, Surroundings};
    let source = source.to_owned();
    Box::new(move |parts: &Parts| {
        let environment = &parts.environment;
        let folder = |name: &str| environment.variable(name).map(std::path::PathBuf::from);
        let surroundings = Surroundings {
            home: environment.home(),
            working_directory: Some(environment.current_dir.clone()),
            system_root: Some("/".into()),
            claude_config_dir: folder("CLAUDE_CONFIG_DIR"),
            codex_home: folder("CODEX_HOME"),
            opencode_config: folder("OPENCODE_CONFIG"),
        };
        let config = Config { paths: paths.clone() };
        Ok(Arc::new(AgentsConnector::new(&source, config, surroundings, parts.fingerprint_key.clone())))
    })
}

#[cfg(feature = "aws")]
fn read_aws(section: &Section<'_>, reading: &mut Reading<'_>) -> Option<Build> {
    use whosekey_aws::{Aws, Config};
    let config = Config::read(section, reading.endpoint_url)?;
    let source = reading.source.to_owned();
    Some(Box::new(move |parts: &Parts| {
        let aws = Aws::new(config.clone(), Arc::clone(&parts.clock))
            .map_err(|error| BuildError { source_name: source.clone(), what: error.to_string() })?;
        Ok(Arc::new(aws))
    }))
}

#[cfg(feature = "github")]
fn read_github(section: &Section<'_>, reading: &mut Reading<'_>) -> Option<Build> {
    use whosekey_github::{Config, Credential, GitHub, SignIn};
    let config = Config::read(section, reading.endpoint_url)?;
    let (source, base) = (reading.source.to_owned(), reading.base.clone());
    Some(Box::new(move |parts: &Parts| {
        let sign_in = match &config.credential {
            Credential::Token(from) => SignIn::Token(parts.secret(&source, "`token`", from, &base)?),
            Credential::App { id, installation, private_key } => SignIn::App {
                id: *id,
                installation: *installation,
                private_key: parts.secret(&source, "`app.private_key`", private_key, &base)?,
            },
        };
        sign_in.check().map_err(|error| BuildError {
            source_name: source.clone(),
            what: format!("{}: {error}", config.credential.named()),
        })?;
        let (key, clock) = (parts.fingerprint_key.clone(), Arc::clone(&parts.clock));
        let github = GitHub::new(&source, config.clone(), &sign_in, key, clock)
            .map_err(|error| BuildError { source_name: source.clone(), what: error.to_string() })?;
        Ok(Arc::new(github))
    }))
}

#[cfg(feature = "kubernetes")]
fn read_kubernetes(section: &Section<'_>, reading: &mut Reading<'_>) -> Option<Build> {
    use whosekey_kubernetes::{Config, Kubernetes, Surroundings};
    let environment = reading.environment;
    let named = environment.variable("KUBECONFIG");
    let surroundings = Surroundings {
        kubeconfig: match named {
            Some(paths) => std::env::split_paths(&paths).map(|path| environment.current_dir.join(path)).collect(),
            None => environment.home().map(|home| home.join(".kube/config")).into_iter().collect(),
        },
        is_in_cluster: environment.variable("KUBERNETES_SERVICE_HOST").is_some(),
    };
    let (config, token) = Config::read(section, reading.base, reading.endpoint_url, &surroundings)?;
    let (source, base) = (reading.source.to_owned(), reading.base.clone());
    Some(Box::new(move |parts: &Parts| {
        let fetched = token.as_ref().map(|from| parts.secret(&source, "its token", from, &base)).transpose()?;
        Ok(Arc::new(Kubernetes::new(config.clone().with_token(fetched))))
    }))
}

fn read_replay(section: &Section<'_>, reading: &mut Reading<'_>) -> Option<Build> {
    let files = section.paths("files", reading.base, Wanted::File);
    if files.is_none() && !section.has("files") {
        section.missing("files", "files = [\"acme.ndjson\"]");
    }
    let files: Vec<_> = files?.into_iter().map(|file| file.value).collect();
    Some(Box::new(move |_: &Parts| Ok(Arc::new(replay::Replay::new(files.clone())))))
}

#[cfg(feature = "owners")]
fn read_owners(section: &Section<'_>, reading: &mut Reading<'_>) -> Option<Build> {
    let (config, problems) = whosekey_owners::Config::read(section, reading.base);
    reading.others.extend(problems);
    let source = reading.source.to_owned();
    Some(Box::new(move |parts: &Parts| {
        Ok(Arc::new(whosekey_owners::Owners::new(&*source, config.clone(), Arc::clone(&parts.clock))))
    }))
}
