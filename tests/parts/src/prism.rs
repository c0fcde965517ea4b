//! GitHub's published description of its REST API, served by prism: it says what is wrong with a request, and, before a
//! server of ours, with an answer.
//!
//! A mock answers GitHub's examples: it has no state and one page, and its `Link` headers point at api.github.com, where a
//! client must not follow them. A misspelt query parameter, which GitHub ignores and the description allows, is a violation
//! here. A GraphQL query is held against GitHub's published schema; as a mock it is answered without data.
//!
//! ```no_run
//! # fn main() -> Result<(), whosekey_parts::PartError> {
//! use whosekey_parts::prism::Prism;
//!
//! let prism = Prism::start(&["/orgs/{org}/repos", "/repos/{owner}/{repo}/keys"])?;
//! // … point a client at prism.url() …
//! assert_eq!(prism.violations()?, Vec::<String>::new());
//! # Ok(())
//! # }
//! ```

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::running::{End, Running};
use crate::{PartError, loopback, node, versions};

const PART: &str = "prism";
const SERVE: &str = include_str!("../node/prism_serve.mjs");
/// It takes 4 s alone, and several tests may start one at once on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// The one description that has the audit log and the credential authorisations too.
const DESCRIPTION: &str = "ghec.json";

/// Installs prism and the description if they are not in the cache yet, and gives their folder.
///
/// # Errors
/// When Node.js is missing or the packages cannot be installed.
pub fn install() -> Result<PathBuf, PartError> {
    node::folder(PART, &versions::versions()?.prism, only_the_description)
}

/// The package holds 400 MB of descriptions, of which one is read.
fn only_the_description(folder: &Path) -> Result<(), PartError> {
    let generated = folder.join("node_modules/@octokit/openapi/generated");
    for file in fs::read_dir(&generated).map_err(PartError::file(&generated))? {
        let path = file.map_err(PartError::file(&generated))?.path();
        if path.file_name().is_none_or(|name| name != DESCRIPTION) {
            fs::remove_file(&path).map_err(PartError::file(&path))?;
        }
    }
    Ok(())
}

/// A running prism. Ends when dropped.
#[derive(Debug)]
pub struct Prism {
    address: SocketAddr,
    _running: Running,
}

/// A request that was answered, and what the description has against it.
#[derive(Debug, Clone, Deserialize)]
pub struct Answered {
    /// `GET`, `POST` …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// The status of the answer: 422 for an invalid request, 404 for a path that was not asked for at the start.
    pub status: u16,
    /// What is wrong, with where; nothing when all is well.
    pub violations: Vec<String>,
}

impl Prism {
    /// Serves these paths of the description, such as `/repos/{owner}/{repo}/keys`, installing prism first if need be.
    ///
    /// # Errors
    /// When it cannot be installed, does not become ready, or the description lacks one of the paths.
    pub fn start(paths: &[&str]) -> Result<Self, PartError> {
        Self::serve("-", paths)
    }

    /// Stands before `upstream`, such as [`crate::github::GitHub::url`], and validates its answers too. An answer that is not
    /// as described becomes a 500. Refusals and answers without content pass, links by ids lead on through it, and a redirect
    /// is followed before the client sees it.
    ///
    /// # Errors
    /// As [`Prism::start`].
    pub fn before(upstream: &str, paths: &[&str]) -> Result<Self, PartError> {
        Self::serve(upstream, paths)
    }

    fn serve(upstream: &str, paths: &[&str]) -> Result<Self, PartError> {
        let folder = install()?;
        let mut command = Command::new("node");
        // GraphQL has a schema of its own, which is always there.
        let described = paths.iter().filter(|path| **path != "/graphql");
        command.args(["--input-type=module", "--eval", SERVE]).arg(&folder).arg(upstream).args(described);
        let (running, line) = Running::start(PART, &mut command, End::Kill, PATIENCE)?;
        let Ok(port) = line.trim().parse() else {
            return Err(running.not_ready(format!("it printed {line:?} instead of its port")));
        };
        Ok(Self { address: (Ipv4Addr::LOCALHOST, port).into(), _running: running })
    }

    /// What to set a client's base address to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, in the order of their answers.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn answered(&self) -> Result<Vec<Answered>, PartError> {
        let path = "/-/answered";
        let (_, answer) = loopback::post(PART, self.address, path, "")?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).map_err(|_| PartError::Answer {
            part: PART,
            request: format!("POST {path}"),
            answer: answer.clone(),
        })
    }

    /// What was wrong with the requests so far and their answers, each with its request.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn violations(&self) -> Result<Vec<String>, PartError> {
        let told = |one: &Answered| -> Vec<String> {
            let Answered { method, path, query, .. } = one;
            one.violations.iter().map(|what| format!("{method} {path}?{query}: {what}")).collect()
        };
        Ok(self.answered()?.iter().flat_map(told).collect())
    }
}
