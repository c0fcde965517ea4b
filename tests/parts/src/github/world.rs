//! What there is on the fake GitHub.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Etags;
use super::deny::{Deny, Rule};
use super::external_identities::ExternalIdentity;
use super::limits::Limits;
use super::organisations::Organisation;
use super::repositories::Repository;
use super::runners::Runner;
use super::sign_in::SignIn;

/// All that there is. Change any field at any time, through [`super::GitHub::change`] once it runs.
#[derive(Debug, Clone)]
pub struct World {
    /// Organisations by their login.
    pub organisations: BTreeMap<String, Organisation>,
    /// Enterprises by their slug.
    pub enterprises: BTreeMap<String, Enterprise>,
    /// What is to be said of users beyond their login, by login. Others are plain users.
    pub users: BTreeMap<String, User>,
    /// Who signs in with which token.
    pub sign_ins: BTreeMap<String, SignIn>,
    /// The rate budgets.
    pub limits: Limits,
    /// What an `ETag` depends on.
    pub etags: Etags,
    /// Old full names of repositories, such as `acme/old`, and the ids that they lead to.
    pub moved: BTreeMap<String, u64>,
    /// How far its clock is ahead of this machine's, in seconds.
    pub clock_ahead_s: i64,
    /// How long each answer takes.
    pub latency: Duration,
    /// How long an installation's token lives, in seconds.
    pub token_life_s: i64,
    pub(super) rules: Vec<Rule>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            organisations: BTreeMap::new(),
            enterprises: BTreeMap::new(),
            users: BTreeMap::new(),
            sign_ins: BTreeMap::new(),
            limits: Limits::default(),
            etags: Etags::default(),
            moved: BTreeMap::new(),
            clock_ahead_s: 0,
            latency: Duration::ZERO,
            token_life_s: 3600,
            rules: Vec::new(),
        }
    }
}

/// An enterprise.
#[derive(Debug, Clone, Default)]
pub struct Enterprise {
    /// The logins of its organisations.
    pub organisations: Vec<String>,
    /// The logins of its owners. Others see those of its organisations that they are members of.
    pub owners: Vec<String>,
    /// Its own self-hosted runners, which its owners alone are shown.
    pub runners: Vec<Runner>,
    /// Whom its own single sign-on knows, if it has one.
    pub external_identities: Option<Vec<ExternalIdentity>>,
    /// Whether that is of OpenID Connect and not of SAML.
    pub signs_on_by_oidc: bool,
    /// Its own audit events, besides those of its organisations.
    pub audit_events: Vec<serde_json::Value>,
}

impl Enterprise {
    pub(super) fn is_owned_by(&self, login: Option<&str>) -> bool {
        login.is_some_and(|login| self.owners.iter().any(|owner| owner == login))
    }
}

/// What is to be said of a user beyond the login.
#[derive(Debug, Clone)]
pub struct User {
    /// Stays when the login changes.
    pub id: u64,
    /// `User` or `Bot`.
    pub kind: &'static str,
    /// The public profile's name.
    pub name: Option<String>,
    /// The public profile's email address.
    pub email: Option<String>,
}

impl User {
    /// A plain user with an id of the login.
    pub fn new(login: &str) -> Self {
        let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
        Self { id: id_of("user", login), kind, name: None, email: None }
    }
}

/// An id that is the same in each world for the same name: `("user", "ada")`, `("repository", "acme/shop")`. Two things of
/// one kind and name in one world, such as a deploy key of the same title in each repository, need ids of the test's own.
pub fn id_of(kind: &str, name: &str) -> u64 {
    let digest = Sha256::digest(format!("{kind} {name}"));
    // Positive and within 31 bits, as clients that keep ids in 32 of them want it.
    u64::from(u32::from_be_bytes([digest[0] & 0x7f, digest[1], digest[2], digest[3]])).max(1)
}

impl World {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The organisation of this login; a new one if there is none.
    pub fn organisation(&mut self, login: &str) -> &mut Organisation {
        self.organisations.entry(login.to_owned()).or_insert_with(|| Organisation::new(login))
    }

    /// The repository of this full name; a new one, with an id of that name, if there is none.
    ///
    /// # Panics
    /// When the name is not of the form `acme/shop`.
    pub fn repository(&mut self, full_name: &str) -> &mut Repository {
        let (owner, name) = full_name.split_once('/').expect("a repository's full name is owner/name");
        let repositories = &mut self.organisation(owner).repositories;
        let found = repositories.iter().position(|repository| repository.name == name);
        let index = found.unwrap_or_else(|| {
            repositories.push(Repository { id: id_of("repository", full_name), ..Repository::new(name) });
            repositories.len() - 1
        });
        &mut repositories[index]
    }

    /// A member's classic token with these scopes, such as `admin:org`, `repo`, `read:audit_log`.
    pub fn classic_token(&mut self, token: &str, login: &str, scopes: &[&str]) {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.sign_ins.insert(token.to_owned(), SignIn::Classic { login: login.to_owned(), scopes });
    }

    /// A member's fine-grained token with these permissions, such as `("administration", "read")`.
    pub fn fine_grained_token(&mut self, token: &str, login: &str, permissions: &[(&str, &str)]) {
        let permissions = permissions.iter().map(|&(name, level)| (name.to_owned(), level.to_owned())).collect();
        self.sign_ins.insert(token.to_owned(), SignIn::FineGrained { login: login.to_owned(), permissions });
    }

    /// A token of an installation that does not end. The App's own way to one is a signed assertion to
    /// `/app/installations/{id}/access_tokens`.
    pub fn installation_token(&mut self, token: &str, installation_id: u64) {
        let sign_in = SignIn::Installation { id: installation_id, expires_at_s: i64::MAX };
        self.sign_ins.insert(token.to_owned(), sign_in);
    }

    /// Refuses each request for this route or path, such as `/orgs/{org}/hooks`, `/repos/acme/shop/keys`, `/repos/**`.
    pub fn deny(&mut self, pattern: &str, deny: Deny) {
        self.rules.push(Rule::new(pattern, None, deny));
    }

    /// Refuses only the `n`th request for it from now on, from 1.
    pub fn deny_nth(&mut self, pattern: &str, n: usize, deny: Deny) {
        self.rules.push(Rule::new(pattern, Some(n), deny));
    }

    /// Refuses nothing any more.
    pub fn allow_everything(&mut self) {
        self.rules.clear();
    }

    /// Moves a repository to another name or organisation, as a rename or transfer does: its id stays, and the old name leads
    /// to it until another repository takes that name.
    ///
    /// # Panics
    /// When there is no such repository.
    pub fn move_repository(&mut self, from: &str, to: &str) {
        let (owner, name) = from.split_once('/').expect("a repository's full name is owner/name");
        let (new_owner, new_name) = to.split_once('/').expect("a repository's full name is owner/name");
        let repositories = &mut self.organisation(owner).repositories;
        let found = repositories.iter().position(|repository| repository.name == name);
        let mut repository = repositories.remove(found.expect("a repository that is moved exists"));
        self.moved.insert(from.to_owned(), repository.id);
        new_name.clone_into(&mut repository.name);
        // A rename or transfer after 2026-07-15 moves it to subjects with ids in them,
        // https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims, seen 2026-11-27.
        repository.oidc_subject.get_or_insert_default().immutable = true;
        self.organisation(new_owner).repositories.push(repository);
    }

    pub(super) fn user(&self, login: &str) -> User {
        self.users.get(login).cloned().unwrap_or_else(|| User::new(login))
    }

    /// The installation of this id, and whose it is.
    pub(super) fn installation(&self, id: u64) -> Option<(&Organisation, &super::Installation)> {
        self.organisations.values().find_map(|organisation| {
            let found = organisation.installations.iter().find(|installation| installation.id == id)?;
            Some((organisation, found))
        })
    }

    /// The repository of this id, and whose it is.
    pub(super) fn repository_of_id(&self, id: u64) -> Option<(&Organisation, &Repository)> {
        self.organisations.values().find_map(|organisation| {
            let found = organisation.repositories.iter().find(|repository| repository.id == id)?;
            Some((organisation, found))
        })
    }
}
