//! What GitHub's own command does, and its pages where no command can.

use whosekey_sdk::LinkKind;

use super::{last_part, say, shell_word};
use crate::graph::Node;

pub(super) fn switch_off(node: Node<'_>) -> Option<Vec<String>> {
    let at = At::of(node)?;
    match node.type_name() {
        "github.deploy-key" => at.deploy_key(),
        "github.pat" => at.token(),
        "github.classic-pat" | "github.ssh-key" => at.authorized(),
        "github.installation" => at.installation(),
        "github.runner" => at.runner(),
        "github.secret" => at.secret(""),
        "github.dependabot-secret" => at.secret(" --app dependabot"),
        "github.codespaces-secret" => at.secret(" --app codespaces"),
        _ => None,
    }
}

/// What something of GitHub is a part of.
enum Home<'g> {
    Enterprise(&'g str),
    Organization(&'g str),
    /// Its owner's name and its own.
    Repository(&'g str, &'g str),
    /// The same of its repository, and its own name.
    Environment(&'g str, &'g str, &'g str),
}

impl<'g> Home<'g> {
    fn of(node: Node<'g>) -> Option<Self> {
        let name = Some(node.name()).filter(|name| !name.is_empty())?;
        Some(match node.type_name() {
            "github.enterprise" => Home::Enterprise(name),
            "github.organization" => Home::Organization(name),
            "github.repository" => {
                let (owner, name) = name.split_once('/')?;
                Home::Repository(owner, name)
            }
            "github.environment" => {
                // The repository's name has no space in it, the environment's may.
                let (repository, environment) = name.split_once(' ')?;
                let (owner, name) = repository.split_once('/')?;
                Home::Environment(owner, name, environment)
            }
            _ => return None,
        })
    }

    /// The options by which GitHub's own command finds what is part of this.
    fn options(&self) -> Option<String> {
        let repository = |owner: &str, name: &str| format!(" --repo {}", shell_word(&format!("{owner}/{name}")));
        match self {
            Home::Enterprise(_) => None,
            Home::Organization(name) => Some(format!(" --org {}", shell_word(name))),
            Home::Repository(owner, name) => Some(repository(owner, name)),
            Home::Environment(owner, name, environment) => {
                Some(format!("{} --env {}", repository(owner, name), shell_word(environment)))
            }
        }
    }

    /// Its path in GitHub's API.
    fn path(&self) -> Option<String> {
        match self {
            Home::Enterprise(name) => Some(format!("/enterprises/{}", segment(name))),
            Home::Organization(name) => Some(format!("/orgs/{}", segment(name))),
            Home::Repository(owner, name) => Some(format!("/repos/{}/{}", segment(owner), segment(name))),
            Home::Environment(..) => None,
        }
    }

    /// What `gh` must be allowed beyond what it has after `gh auth login`.
    fn scope(&self) -> Option<&'static str> {
        match self {
            Home::Enterprise(_) => Some("manage_runners:enterprise"),
            Home::Organization(_) => Some("admin:org"),
            Home::Repository(..) | Home::Environment(..) => None,
        }
    }
}

/// A thing and where it is.
struct At<'g> {
    node: Node<'g>,
    home: Home<'g>,
    /// The host of its pages where that is not github.com, whose namesakes are other things.
    host: Option<String>,
}

impl<'g> At<'g> {
    fn of(node: Node<'g>) -> Option<Self> {
        // An installation is not a part of the organisation, which it reaches.
        let mut ends = node.out(LinkKind::PartOf).chain(node.out(LinkKind::CanAccess)).map(|link| link.to());
        let (end, home) = ends.find_map(|end| Some((end, Home::of(end)?)))?;
        let host = node.attribute("host").or_else(|| end.attribute("host"));
        Some(Self { node, home, host: host.filter(|host| host != "github.com") })
    }

    fn gh(&self, rest: &str) -> String {
        let host = self.host.as_ref().map_or_else(String::new, |host| format!("GH_HOST={} ", shell_word(host)));
        format!("{host}gh {rest}")
    }

    /// A page of the settings of an organisation.
    fn page(&self, rest: &str) -> Option<(&'g str, String)> {
        let Home::Organization(name) = self.home else { return None };
        let host = self.host.as_deref().unwrap_or("github.com");
        Some((name, format!("https://{host}/organizations/{}/settings/{rest}", segment(name))))
    }

    /// That `gh` needs a scope which it does not have by itself. Of its commands this one asks for the host.
    fn signed_in(&self) -> Option<String> {
        let scope = self.home.scope()?;
        let host = shell_word(self.host.as_deref().unwrap_or("github.com"));
        Some(say(&format!("gh needs the scope {scope} for it: `gh auth refresh --hostname {host} --scopes {scope}`")))
    }

    /// GitHub tells the key itself to who may delete it.
    fn deploy_key(&self) -> Option<Vec<String>> {
        let id = last_part(self.node);
        let path = format!("{}/keys/{}", self.home.path()?, segment(id));
        let (word, options) = (shell_word(id), self.home.options()?);
        Some(vec![
            say("the first command keeps its public key, with which it can be added again"),
            self.gh(&format!("api {} > deploy-key-before.json", shell_word(&path))),
            self.gh(&format!("repo deploy-key delete {word}{options}")),
        ])
    }

    /// Apps alone may do it by the API: <https://docs.github.com/en/rest/orgs/personal-access-tokens>, seen 2026-11-27.
    fn token(&self) -> Option<Vec<String>> {
        let (organisation, page) = self.page("personal-access-tokens/active")?;
        let owner = self.node.out(LinkKind::OwnedBy).find(|link| link.is_there()).map(|link| link.to().label());
        let owner = owner.map_or_else(String::new, |owner| format!(" of {owner}"));
        Some(vec![
            say("ask its owner first: nothing takes the revocation back, and GitHub sends them an email about it"),
            say(&format!(
                "then, as an owner of {organisation}, revoke {}{owner} at {page} (gh cannot: by its API GitHub lets Apps alone do it)",
                self.node.label()
            )),
        ])
    }

    /// A classic token or an SSH key is its owner's. What an organisation can take away is that it passes for single
    /// sign-on: <https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs>, seen 2026-11-27.
    fn authorized(&self) -> Option<Vec<String>> {
        let Home::Organization(organisation) = self.home else { return None };
        let path = format!("{}/credential-authorizations/{}", self.home.path()?, segment(last_part(self.node)));
        let mut steps = vec![say(&format!(
            "ask its owner first: they need a new one for {organisation} afterwards, and this one goes on to work elsewhere"
        ))];
        steps.extend(self.signed_in());
        steps.push(self.gh(&format!("api --method DELETE {}", shell_word(&path))));
        Some(steps)
    }

    /// By the API only the App itself can do either:
    /// <https://docs.github.com/en/apps/maintaining-github-apps/suspending-a-github-app-installation>, seen 2026-11-27.
    fn installation(&self) -> Option<Vec<String>> {
        let (organisation, page) = self.page(&format!("installations/{}", segment(last_part(self.node))))?;
        Some(vec![
            say(&format!(
                "as an owner of {organisation}, suspend {} at {page}: there it can be taken back",
                self.node.label()
            )),
            say("when nobody missed it, uninstall it on the same page"),
        ])
    }

    fn runner(&self) -> Option<Vec<String>> {
        let path = format!("{}/actions/runners/{}", self.home.path()?, segment(last_part(self.node)));
        let mut steps = vec![say(
            "stop it on its machine first, by `./svc.sh stop` where it is installed, and wait for a job that finds no runner",
        )];
        steps.extend(self.signed_in());
        steps.push(self.gh(&format!("api --method DELETE {}", shell_word(&path))));
        Some(steps)
    }

    /// Nothing takes the deletion of one back.
    fn secret(&self, app: &str) -> Option<Vec<String>> {
        let name = secret_name(self.node);
        let mut steps = vec![say(&format!(
            "make sure that the value of {name} is kept elsewhere or can be made anew: GitHub never shows it again"
        ))];
        steps.extend(self.signed_in());
        steps.push(self.gh(&format!("secret delete {}{}{app}", shell_word(name), self.home.options()?)));
        Some(steps)
    }
}

/// A secret's own name, without the place before it: the end of its id, `github:secret/repo/1/DB`.
fn secret_name(node: Node<'_>) -> &str {
    let of_id = node.id().starts_with("github:").then(|| node.id().splitn(4, '/').nth(3)).flatten();
    of_id.unwrap_or_else(|| node.label())
}

/// A name as one part of a path.
fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
