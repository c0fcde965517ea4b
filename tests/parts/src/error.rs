//! Why a part cannot be had.

use std::io;
use std::path::PathBuf;

/// Why a part cannot be had; each message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// A program that the part needs is not on this machine.
    #[error("`{program}` is needed for {part} and was not found; install it with: {install}")]
    Missing {
        /// The part.
        part: &'static str,
        /// The program.
        program: String,
        /// The command that installs it.
        install: &'static str,
    },
    /// A step of the installation ended with an error.
    #[error(
        "{step} ended with {status}; run it by hand to see more, or leave the part out with `cargo xtask test --without {part}`\n{output}"
    )]
    Install {
        /// The part.
        part: &'static str,
        /// The command line.
        step: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote.
        output: String,
    },
    /// The part started and did not become ready.
    #[error("{part} did not become ready: {reason}\n{output}")]
    NotReady {
        /// The part.
        part: &'static str,
        /// What it was waited for.
        reason: String,
        /// The last lines it wrote.
        output: String,
    },
    /// The part answered something that it never should.
    #[error("{part} answered {answer} to {request}")]
    Answer {
        /// The part.
        part: &'static str,
        /// What it was asked.
        request: String,
        /// What it said.
        answer: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A process or socket could not be set up.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// `KUBEBUILDER_ASSETS` names a folder without a program that the part needs.
    #[error(
        "KUBEBUILDER_ASSETS is {} and has no {program}; it must hold etcd, kube-apiserver and kube-controller-manager \
         (without it they are built from Debian's sources)",
        folder.display()
    )]
    Assets {
        /// The folder.
        folder: PathBuf,
        /// The program that is missing.
        program: &'static str,
    },
    /// A certificate could not be made.
    #[error("making a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// Every user that a cluster has was given away.
    #[error("the cluster has no user left to give rights to: it has {0}, known from its start")]
    NoUserLeft(usize),
    /// `versions.toml` is not what this crate reads.
    #[error("tests/parts/versions.toml: {0}")]
    Versions(#[from] toml::de::Error),
    /// There is no home folder to put the cache in.
    #[error("no home folder is known; say where parts may be installed with WHOSEKEY_PARTS=/some/folder")]
    NoCache,
}

impl PartError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| PartError::File { path, source }
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| PartError::Io { what, source }
    }
}
