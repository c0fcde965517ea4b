//! A browser: what a page looks like, what it complains about, and whom it asks.
//!
//! Debian's package, headless. It is the system's and not in the cache; where it is missing it is installed with
//! `apt-get`, which needs root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{PartError, apt, step, versions};

const PART: &str = "chromium";
const INSTALL: &str = "apt-get update && apt-get install -y chromium";
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// A page of 50,000 rows takes about 3 s alone.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser that is installed.
#[derive(Debug)]
pub struct Chromium {
    program: PathBuf,
}

/// What became of a page.
#[derive(Debug)]
pub struct Page {
    /// The document after its scripts ran, as HTML.
    pub dom: String,
    /// What was written to the console: errors, warnings, violations of the content security policy.
    pub console: Vec<String>,
    /// Addresses that the page asked for over the network.
    pub requests: Vec<String>,
}

/// Installs the browser if it is not there yet.
///
/// # Errors
/// When it is missing and cannot be installed, or is too old.
pub fn install() -> Result<Chromium, PartError> {
    let part = versions::versions()?.chromium;
    if let Some(found) = find(&part.oldest)? {
        return Ok(found);
    }
    let missing = || PartError::Missing { part: PART, program: part.package.clone(), install: INSTALL };
    if apt::install(&[&part.package])? { find(&part.oldest)?.ok_or_else(missing) } else { Err(missing()) }
}

/// The first browser in the search path that is not too old.
fn find(oldest: &str) -> Result<Option<Chromium>, PartError> {
    let oldest: u32 = oldest.parse().unwrap_or(0);
    for name in NAMES {
        let Ok(done) = Command::new(name).arg("--version").output() else { continue };
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let major = said.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
        match major {
            Some(major) if major >= oldest => return Ok(Some(Chromium { program: PathBuf::from(name) })),
            _ => continue,
        }
    }
    Ok(None)
}

impl Chromium {
    /// Opens a file and gives the document, the console and the requests. No name resolves while it is open.
    ///
    /// # Errors
    /// When the browser does not end well or in time.
    pub fn open(&self, file: &Path) -> Result<Page, PartError> {
        let folder = tempfile::tempdir().map_err(PartError::io("making a folder"))?;
        let log = folder.path().join("net.json");
        let done = self.run(
            folder.path(),
            // The document is taken when what its scripts wait for has happened, in the browser's own time.
            &[
                "--dump-dom",
                "--virtual-time-budget=2000",
                "--enable-logging=stderr",
                &format!("--log-net-log={}", log.display()),
                &url(file)?,
            ],
        )?;
        let stderr = String::from_utf8_lossy(&done.stderr);
        let console = stderr.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
        Ok(Page {
            dom: String::from_utf8_lossy(&done.stdout).into_owned(),
            console,
            requests: requests(&fs::read_to_string(&log).map_err(PartError::file(&log))?),
        })
    }

    /// Takes a picture of a file's page, of this width and height in pixels, into `png`.
    ///
    /// # Errors
    /// When the browser does not end well or in time.
    pub fn screenshot(&self, file: &Path, png: &Path, width: u32, height: u32) -> Result<(), PartError> {
        let folder = tempfile::tempdir().map_err(PartError::io("making a folder"))?;
        let (size, to) = (format!("--window-size={width},{height}"), format!("--screenshot={}", png.display()));
        self.run(folder.path(), &["--hide-scrollbars", &size, &to, &url(file)?])?;
        Ok(())
    }

    fn run(&self, folder: &Path, arguments: &[&str]) -> Result<Output, PartError> {
        let mut command = Command::new("timeout");
        command
            .arg(PATIENCE.as_secs().to_string())
            .arg(&self.program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .args(arguments);
        let begun = Instant::now();
        let done = command.output().map_err(PartError::io("starting chromium"))?;
        if done.status.success() {
            return Ok(done);
        }
        Err(PartError::NotReady {
            part: PART,
            reason: format!("it ended with {} after {} s", done.status, begun.elapsed().as_secs()),
            output: step::last_lines(&String::from_utf8_lossy(&done.stderr)),
        })
    }
}

fn url(file: &Path) -> Result<String, PartError> {
    let whole = file.canonicalize().map_err(PartError::file(file))?;
    let url = url::Url::from_file_path(&whole).expect("a canonical path is absolute");
    Ok(url.into())
}

/// The addresses in the browser's network log that a page asked for. What the browser asks for on its own account (the
/// time, updates) has no origin as its initiator, and no name that resolves.
fn requests(log: &str) -> Vec<String> {
    // A browser that was ended early leaves the list open.
    let log: Value = serde_json::from_str(log)
        .or_else(|_| serde_json::from_str(&format!("{}]}}", log.trim_end().trim_end_matches(','))))
        .unwrap_or_default();
    let events = log["events"].as_array();
    let mut urls: Vec<String> = events
        .into_iter()
        .flatten()
        .filter(|event| event["params"]["initiator"].as_str().is_some_and(|initiator| initiator != "not an origin"))
        .filter_map(|event| event["params"]["url"].as_str())
        .filter(|url| url.starts_with("http") || url.starts_with("ws"))
        .map(str::to_owned)
        .collect();
    urls.sort();
    urls.dedup();
    urls
}
