//! `whosekey init`: detect what is at hand and write a configuration.
//!
//! It reads which profiles, files and variables exist, never a secret in them, and contacts nothing.

mod github;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Done, Environment, Global, output};
use github::GitHub;

/// What `init` takes.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Replace an existing file
    #[arg(long)]
    force: bool,
    /// Print the configuration instead of writing it
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &InitArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let folder = environment.directory().context("the current directory cannot be told")?;
    let found = Found::look(environment, &folder);
    let text = found.configuration();
    if args.dry_run {
        output::to_stdout(text.as_bytes())?;
        return Ok(Done::Ok);
    }
    let path = global.config.clone().unwrap_or_else(|| PathBuf::from("whosekey.toml"));
    write(&path, &text, args.force)?;
    for line in found.summary() {
        output::note(&line);
    }
    output::note(&format!("wrote {}; next: whosekey check, then whosekey scan", path.display()));
    Ok(Done::Ok)
}

fn write(path: &Path, text: &str, replace: bool) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    if replace {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; give --force to replace it, or --config for another file", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be written", path.display())),
    };
    file.write_all(text.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))
}

/// What this machine has.
#[derive(Debug, Default)]
struct Found {
    /// Names of the profiles in `~/.aws/config` and `~/.aws/credentials`.
    aws_profiles: Vec<String>,
    /// Credentials in the environment: the ambient chain would find them.
    aws_ambient: bool,
    kubeconfig: bool,
    github: GitHub,
    owners_file: bool,
}

impl Found {
    fn look(environment: &Environment, folder: &Path) -> Self {
        let mut found = Self {
            aws_ambient: environment.variable("AWS_ACCESS_KEY_ID").is_some()
                || environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE").is_some(),
            github: GitHub::look(environment, folder),
            owners_file: Path::new("owners.toml").is_file(),
            ..Self::default()
        };
        if let Some(home) = environment.home() {
            for file in ["config", "credentials"] {
                let text = std::fs::read_to_string(home.join(".aws").join(file)).unwrap_or_default();
                found.aws_profiles.extend(profile_names(&text));
            }
            found.aws_profiles.sort();
            found.aws_profiles.dedup();
            found.kubeconfig = home.join(".kube/config").is_file();
        }
        if let Some(named) = environment.variable("KUBECONFIG") {
            found.kubeconfig = std::env::split_paths(&named).any(|path| path.is_file());
        }
        found
    }

    fn summary(&self) -> Vec<String> {
        let mut lines = vec!["agents: this machine's well-known agent configs and the current directory".to_owned()];
        if !self.aws_profiles.is_empty() {
            lines.push(format!("aws: profiles {}", self.aws_profiles.join(", ")));
        } else if self.aws_ambient {
            lines.push("aws: credentials in the environment".to_owned());
        }
        if self.kubeconfig {
            lines.push("kubernetes: the kubeconfig's current context".to_owned());
        }
        lines.extend(self.github.summary());
        if self.owners_file {
            lines.push("owners: owners.toml".to_owned());
        }
        lines
    }

    fn configuration(&self) -> String {
        let mut text = String::from(
            "# Whose key is this? Every key that is left out has the default that is shown.\n\n\
             # database = \"whosekey.db\"\n\n\
             [policy]\n\
             # unused_after = \"90d\"\n# rotate_after = \"90d\"\n# long_lived_after = \"365d\"\n\
             # consumer_grace = \"7d\"\n# confirm_absence = 2\n\n\
             [sources.agents]\nconnector = \"agents\"\n\
             # paths = [\"/srv/agents\"]   # default: the well-known agent configs and the current directory\n\n",
        );
        for profile in &self.aws_profiles {
            let _ = write!(
                text,
                "[sources.{}]\nconnector = \"aws\"\nprofile = {}\n# accounts = \"organization\"\n\
                 # role_name = \"whosekey-audit\"\n\n",
                source_name("aws", profile),
                quoted(profile),
            );
        }
        if self.aws_profiles.is_empty() {
            let comment = if self.aws_ambient { "" } else { "# " };
            let _ = write!(text, "{comment}[sources.aws]\n{comment}connector = \"aws\"\n\n");
        }
        let comment = if self.kubeconfig { "" } else { "# " };
        let _ = write!(
            text,
            "{comment}[sources.cluster]\n{comment}connector = \"kubernetes\"\n\
             # context = \"prod\"            # default: the current one\n\
             # secrets = true               # token Secrets too, by their metadata\n\n"
        );
        text.push_str(&self.github.configuration());
        let comment = if self.owners_file { "" } else { "# " };
        let _ = write!(
            text,
            "# Who is who, who has left, and who owns what.\n{comment}[sources.people]\n\
             {comment}connector = \"owners\"\n{comment}files = [\"owners.toml\"]\n"
        );
        text
    }
}

/// The names in `[profile x]`, `[x]` lines; sessions and services have sections too, and are no profiles.
fn profile_names(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']'))
        .map(str::trim)
        .filter(|section| !section.starts_with("sso-session ") && !section.starts_with("services "))
        .map(|section| section.strip_prefix("profile ").unwrap_or(section).trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// A TOML basic string; profile names are anything that fits on a line.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A source's name made of a prefix and a name that may hold anything.
fn source_name(prefix: &str, name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    format!("{prefix}-{}", safe.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_named_and_sessions_are_not() {
        let names = profile_names("[default]\nregion=x\n[profile audit]\n[sso-session acme]\n# [nope\n");
        assert_eq!(names, ["default", "audit"]);
    }

    #[test]
    fn the_configuration_is_toml_whatever_the_profiles_are_called() {
        let found = Found { aws_profiles: vec!["pro\"d\\ [x]".into(), "default".into()], ..Found::default() };
        let parsed: toml::Table = found.configuration().parse().unwrap();
        assert_eq!(parsed["sources"].as_table().unwrap().len(), 3);
    }
}
