//! What of GitHub is at hand: where a token is, and whose repositories are worked in here. No token is read.
//!
//! Whether an owner is an organisation or a person only GitHub knows, and it is not asked: the file says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::quoted;
use crate::cli::Environment;

/// Where `gh` looks for a token, in its order.
const VARIABLES: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
const HOST: &str = "github.com";
const API: &str = "https://api.github.com";

/// What was found.
#[derive(Debug, Default)]
pub(super) struct GitHub {
    token: Option<Token>,
    /// Who owns the repositories that are worked in here.
    owners: Vec<String>,
    /// The API, where it is not that of github.com.
    endpoint: Option<String>,
}

/// Where a token is.
#[derive(Debug, Clone, Copy)]
enum Token {
    Variable(&'static str),
    /// The gh CLI is signed in.
    Gh,
}

impl GitHub {
    pub(super) fn look(environment: &Environment, folder: &Path) -> Self {
        let text = |name: &str| environment.variable(name).and_then(|value| value.into_string().ok());
        let variable = VARIABLES.into_iter().find(|name| environment.variable(name).is_some());
        let is_signed_in = || gh_folder(environment).is_some_and(|folder| folder.join("hosts.yml").is_file());
        let endpoint = text("GITHUB_API_URL").filter(|url| url != API);
        let owners = match text("GITHUB_REPOSITORY_OWNER").filter(|owner| is_login(owner)) {
            Some(owner) => vec![owner],
            None if endpoint.is_none() => owners_of_remotes(&git_config(folder).unwrap_or_default()),
            None => Vec::new(),
        };
        Self { token: variable.map(Token::Variable).or_else(|| is_signed_in().then_some(Token::Gh)), owners, endpoint }
    }

    /// What to tell of it; nothing without a token.
    pub(super) fn summary(&self) -> Option<String> {
        let token = match self.token? {
            Token::Variable(name) => format!("the token in {name}"),
            Token::Gh => "the gh CLI's token".to_owned(),
        };
        Some(match self.owners.join(", ") {
            owners if owners.is_empty() => {
                format!("github: {token}; name the organisations in the file, then uncomment")
            }
            owners => format!("github: {owners}, by {token}; leave out who is a person and no organisation"),
        })
    }

    /// Its part of the configuration, in comments unless both a token and an owner are known.
    pub(super) fn configuration(&self) -> String {
        let comment = if self.token.is_some() && !self.owners.is_empty() { "" } else { "# " };
        let owners = if self.owners.is_empty() { &["acme".to_owned()][..] } else { &self.owners };
        let owners: Vec<String> = owners.iter().map(|owner| quoted(owner)).collect();
        let token = match self.token {
            Some(Token::Gh) => "command = [\"gh\", \"auth\", \"token\"]".to_owned(),
            Some(Token::Variable(name)) => format!("env = {}", quoted(name)),
            None => format!("env = {}", quoted(VARIABLES[1])),
        };
        let mut text = format!(
            "# Organisations, by their logins; a person's repositories are not looked at.\n{comment}[sources.github]\n\
             {comment}connector = \"github\"\n{comment}organizations = [{}]\n{comment}token = {{ {token} }}\n\
             # app = {{ id = 1, private_key = {{ file = \"app.pem\" }} }}   # instead of a token: it sees most\n",
            owners.join(", ")
        );
        if let Some(endpoint) = &self.endpoint {
            let _ = writeln!(text, "{comment}endpoint_url = {}", quoted(endpoint));
        }
        text.push('\n');
        text
    }
}

/// Where the gh CLI keeps its settings.
fn gh_folder(environment: &Environment) -> Option<PathBuf> {
    let of = |name: &str| environment.variable(name).map(PathBuf::from);
    of("GH_CONFIG_DIR")
        .or_else(|| Some(of("XDG_CONFIG_HOME")?.join("gh")))
        .or_else(|| Some(environment.home()?.join(".config/gh")))
}

/// Git's settings of the repository that a folder is in.
fn git_config(folder: &Path) -> Option<String> {
    let file = folder.ancestors().map(|folder| folder.join(".git/config")).find(|file| file.is_file())?;
    std::fs::read_to_string(file).ok()
}

/// The owners that the addresses of remotes name, in the order of the file. Of an address nothing else is taken: people put
/// tokens into them.
fn owners_of_remotes(config: &str) -> Vec<String> {
    let mut owners: Vec<String> = Vec::new();
    let mut is_remote = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            is_remote = line.starts_with("[remote ");
            continue;
        }
        let address =
            line.split_once('=').filter(|(key, _)| is_remote && key.trim() == "url").map(|(_, url)| url.trim());
        let Some(owner) = address.and_then(owner) else { continue };
        if !owners.iter().any(|known| known.eq_ignore_ascii_case(owner)) {
            owners.push(owner.to_owned());
        }
    }
    owners
}

/// The owner in `git@github.com:acme/shop.git` or `https://github.com/acme/shop`.
fn owner(address: &str) -> Option<&str> {
    let (is_url, rest) = match address.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, address),
    };
    let (authority, path) = rest.split_once(if is_url { '/' } else { ':' })?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _port)| host);
    let owner = path.trim_start_matches('/').split_once('/')?.0;
    (host.eq_ignore_ascii_case(HOST) && is_login(owner)).then_some(owner)
}

fn is_login(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_name_owners_and_tokens_in_them_are_left_alone() {
        let config = "[core]\n\turl = git@github.com:core/x\n[remote \"origin\"]\n\turl = git@github.com:acme/shop.git\n\
                      [remote \"ci\"]\n\turl = https://x-access-token:ghp_canary@github.com/Acme/shop\n\
                      [remote \"up\"]\nurl=ssh://git@github.com:22/globex/shop\n\
                      [remote \"elsewhere\"]\n\turl = https://git.example.com/initech/shop\n\
                      [remote \"odd\"]\n\turl = git@github.com:a\"b/shop\n[remote \"local\"]\n\turl = ../shop\n";
        assert_eq!(owners_of_remotes(config), ["acme", "globex"]);
    }

    #[test]
    fn the_block_holds_when_both_a_token_and_an_owner_are_known() {
        let holds = |found: &GitHub| found.configuration().parse::<toml::Table>().unwrap().contains_key("sources");
        let token = Some(Token::Variable("GITHUB_TOKEN"));
        assert!(holds(&GitHub { token, owners: vec!["acme".into()], endpoint: None }));
        assert!(!holds(&GitHub { token, ..GitHub::default() }));
        assert!(!holds(&GitHub { owners: vec!["acme".into()], ..GitHub::default() }));
    }

    #[test]
    fn an_enterprise_servers_api_is_named_as_it_is() {
        let endpoint = Some("https://git.example.com/api/v3".to_owned());
        let found = GitHub { token: Some(Token::Gh), owners: vec!["acme".into()], endpoint };
        let parsed: toml::Table = found.configuration().parse().unwrap();
        let block = &parsed["sources"]["github"];
        assert_eq!(block["endpoint_url"].as_str(), Some("https://git.example.com/api/v3"));
        assert_eq!(block["token"]["command"].as_array().unwrap().len(), 3);
    }
}
