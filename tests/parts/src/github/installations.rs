//! Installations of Apps in an organisation, and what the caller's own reaches.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::members::simple_user;
use super::organisations::Organisation;
use super::reply::{Items, Pages, Reply};
use super::repositories;
use super::routes::Route;
use super::sign_in::{Needs, SignIn};
use super::world::{World, id_of};

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/orgs/{org}/installations",
        Needs::owner("organization_administration", &["admin:org", "read:org"]),
        installations,
    ),
    Route::get("/installation/repositories", Needs::apps_alone("metadata"), repositories_of_caller),
];

/// An App's installation in an organisation.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Of the installation.
    pub id: u64,
    /// Of the App.
    pub app_id: u64,
    /// The App's name in addresses.
    pub app_slug: String,
    /// Such as `contents` to `write`.
    pub permissions: BTreeMap<String, String>,
    /// What it is told of.
    pub events: Vec<String>,
    /// Which repositories it reaches.
    pub selection: Selection,
    /// When it was installed.
    pub created_at: String,
    /// When it was suspended, and by whom.
    pub suspended_at: Option<(String, String)>,
}

/// Which of an organisation's repositories something reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All, those to come too.
    All,
    /// These.
    Selected(Vec<String>),
    /// None; of tokens alone.
    None,
}

impl Selection {
    /// These repositories.
    pub fn of(names: &[&str]) -> Self {
        Self::Selected(names.iter().map(|&name| name.to_owned()).collect())
    }

    pub(super) fn contains(&self, repository: &str) -> bool {
        match self {
            Self::All => true,
            Self::Selected(names) => names.iter().any(|name| name == repository),
            Self::None => false,
        }
    }

    /// As a token's listing calls it.
    pub(super) fn of_token(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selected(_) => "subset",
            Self::None => "none",
        }
    }

    fn of_installation(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selected(_) | Self::None => "selected",
        }
    }
}

impl Installation {
    /// An installation for all repositories with these permissions.
    pub fn new(app_slug: &str, permissions: &[(&str, &str)]) -> Self {
        let permissions = permissions.iter().map(|&(name, level)| (name.to_owned(), level.to_owned())).collect();
        Self {
            id: id_of("installation", app_slug),
            app_id: id_of("app", app_slug),
            app_slug: app_slug.to_owned(),
            permissions,
            events: Vec::new(),
            selection: Selection::All,
            created_at: "2025-05-05T05:05:05Z".into(),
            suspended_at: None,
        }
    }

    /// An installation that may read all that this fake has, but the secrets that repositories have for Codespaces: those
    /// GitHub shows only to who may write them.
    pub fn that_reads_everything(app_slug: &str) -> Self {
        let permissions = [
            "actions",
            "actions_variables",
            "administration",
            "codespaces_secrets",
            "contents",
            "dependabot_secrets",
            "environments",
            "members",
            "metadata",
            "organization_actions_variables",
            "organization_administration",
            "organization_codespaces_secrets",
            "organization_dependabot_secrets",
            "organization_hooks",
            "organization_personal_access_token_requests",
            "organization_personal_access_tokens",
            "organization_plan",
            "organization_secrets",
            "organization_self_hosted_runners",
            "repository_hooks",
            "secrets",
        ];
        Self::new(app_slug, &permissions.map(|name| (name, "read")))
    }

    /// What its App may sign assertions as, besides its id.
    pub fn client_id(&self) -> String {
        format!("Iv23li{:014}", self.app_id)
    }
}

fn installations(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    let listed = organisation.installations.iter().map(|one| json(world, ask.base, organisation, one));
    Ok(Reply::counted("installations", listed.collect()))
}

pub(super) fn json(world: &World, base: &str, home: &Organisation, installation: &Installation) -> Value {
    let mut account = simple_user(world, base, &home.login);
    account["id"] = home.id.into();
    account["type"] = "Organization".into();
    let url = format!("{base}/app/installations/{}", installation.id);
    let (at, by) = installation.suspended_at.clone().unzip();
    json!({
        "id": installation.id,
        "account": account,
        "repository_selection": installation.selection.of_installation(),
        "access_tokens_url": format!("{url}/access_tokens"),
        "repositories_url": format!("{base}/installation/repositories"),
        "html_url": format!("https://github.com/organizations/{}/settings/installations/{}", home.login, installation.id),
        "app_id": installation.app_id,
        "client_id": installation.client_id(),
        "app_slug": installation.app_slug,
        "target_id": home.id,
        "target_type": "Organization",
        "permissions": installation.permissions,
        "events": installation.events,
        "created_at": installation.created_at,
        "updated_at": installation.created_at,
        "single_file_name": null,
        "has_multiple_single_files": false,
        "single_file_paths": [],
        "suspended_by": by.map(|login| simple_user(world, base, &login)),
        "suspended_at": at,
    })
}

pub(super) fn new_token(world: &World, id: u64, token: &str, expires_at: &str) -> Value {
    let found = world.installation(id).map(|(_, installation)| installation);
    json!({
        "token": token,
        "expires_at": expires_at,
        "permissions": found.map(|installation| &installation.permissions),
        "repository_selection": found.map(|installation| installation.selection.of_installation()),
    })
}

fn repositories_of_caller(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let SignIn::Installation { id, .. } = ask.sign_in else { return Err(Deny::NotAccessible) };
    let (home, installation) = world.installation(*id).ok_or(Deny::NotFound)?;
    let reached = home.repositories.iter().filter(|repository| installation.selection.contains(&repository.name));
    let reached: Vec<_> = reached.collect();
    let items = Items::page(&reached, ask.query, |repository| repositories::json(world, ask.base, home, repository));
    let selection = installation.selection.of_installation();
    let more = Map::from_iter([("repository_selection".to_owned(), selection.into())]);
    Ok(Reply::Counted { key: "repositories", items, pages: Pages::USUAL, more })
}
