//! The one list of connectors that are built in, and how each one's settings are read.
//!
//! Adding a connector is adding a line here (and a feature in `Cargo.toml`).

use std::sync::Arc;

use whosekey_sdk::Descriptor;
use whosekey_sdk::settings::{Section, Wanted};

use crate::config::{Build, Environment, Parts, Reading};
use crate::scan::{process, replay};

/// A connector that is built in.
pub struct Builtin {
    /// What it is.
    pub descriptor: &'static Descriptor,
    /// Reads its settings: every mistake is reported to the section (or, of another file, to the reading); `None`
    /// when there was one that leaves nothing to build.
    pub read: fn(&Section<'_>, &mut Reading<'_>) -> Option<Build>,
}

/// All of them, by name.
pub static BUILTINS: &[Builtin] = &[
    #[cfg(feature = "owners")]
    Builtin { descriptor: &whosekey_owners::DESCRIPTOR, read: read_owners },
    Builtin { descriptor: &process::DESCRIPTOR, read: crate::config::read_program },
    Builtin { descriptor: &replay::DESCRIPTOR, read: read_replay },
];

/// The source that is scanned when nothing is configured: the agents' definitions on this machine.
pub fn local_agents(_environment: &Environment) -> Option<(&'static Descriptor, Build)> {
    None
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
