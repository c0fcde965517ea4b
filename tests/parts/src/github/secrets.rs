//! Secrets of Actions, Dependabot and Codespaces: names and dates. GitHub never tells a value, and so there is none here.

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::organisations::Organisation;
use super::reply::Reply;
use super::repositories;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::World;

const ORGANISATION: Needs = Needs::owner("organization_secrets", &["admin:org"]);
const OF_DEPENDABOT: Needs = Needs::owner("organization_dependabot_secrets", &["admin:org"]);
const OF_CODESPACES: Needs = Needs::owner("organization_codespaces_secrets", &["admin:org"]);

/// To write, and not to read: "GitHub Apps must have write access to the `codespaces_secrets` repository permission",
/// <https://docs.github.com/en/rest/codespaces/repository-secrets>, seen 2026-11-27.
const CODESPACES: Needs = Needs::user("codespaces_secrets", &["repo"]).writing();

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}/actions/secrets", ORGANISATION, |world, ask| of_organisation(world, ask, "actions")),
    Route::get("/orgs/{org}/actions/secrets/{secret_name}/repositories", ORGANISATION, |world, ask| {
        selected(world, ask, "actions")
    }),
    Route::get("/orgs/{org}/dependabot/secrets", OF_DEPENDABOT, |world, ask| of_organisation(world, ask, "dependabot")),
    Route::get("/orgs/{org}/dependabot/secrets/{secret_name}/repositories", OF_DEPENDABOT, |world, ask| {
        selected(world, ask, "dependabot")
    }),
    Route::get("/orgs/{org}/codespaces/secrets", OF_CODESPACES, |world, ask| of_organisation(world, ask, "codespaces")),
    Route::get("/orgs/{org}/codespaces/secrets/{secret_name}/repositories", OF_CODESPACES, |world, ask| {
        selected(world, ask, "codespaces")
    }),
    Route::get("/repos/{owner}/{repo}/actions/secrets", Needs::user("secrets", &["repo"]), |world, ask| {
        Ok(of_repository(&ask.repository(world)?.1.secrets))
    }),
    Route::get("/repos/{owner}/{repo}/actions/organization-secrets", Needs::user("secrets", &["repo"]), shared),
    Route::get(
        "/repos/{owner}/{repo}/dependabot/secrets",
        Needs::user("dependabot_secrets", &["repo"]),
        |world, ask| Ok(of_repository(&ask.repository(world)?.1.dependabot_secrets)),
    ),
    Route::get("/repos/{owner}/{repo}/codespaces/secrets", CODESPACES, |world, ask| {
        Ok(of_repository(&ask.repository(world)?.1.codespaces_secrets))
    }),
];

/// A secret. It is the same in an organisation, a repository and an environment but for its visibility.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The name that workflows refer to.
    pub name: String,
    /// When it was made.
    pub created_at: String,
    /// When its value was last set.
    pub updated_at: String,
    /// Of an organisation's: which repositories get it.
    pub visibility: Visibility,
}

/// Which repositories get a secret or variable of the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    /// All.
    All,
    /// All private ones.
    Private,
    /// These.
    Selected(Vec<String>),
}

impl Visibility {
    /// These repositories.
    pub fn selected(names: &[&str]) -> Self {
        Self::Selected(names.iter().map(|&name| name.to_owned()).collect())
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Private => "private",
            Self::Selected(_) => "selected",
        }
    }

    /// The answer to which repositories are selected: it is asked of what is selected alone.
    pub(super) fn repositories(&self, world: &World, ask: &Ask<'_>, home: &Organisation) -> Result<Reply, Deny> {
        let Self::Selected(names) = self else {
            return Err(Deny::Other(409, "Visibility type not set to 'selected'"));
        };
        let selected = names.iter().filter_map(|name| home.repository(name));
        let items = selected.map(|repository| repositories::json(world, ask.base, home, repository));
        Ok(Reply::counted("repositories", items.collect()))
    }

    fn reaches(&self, repository: &repositories::Repository) -> bool {
        match self {
            Self::All => true,
            Self::Private => repository.private,
            Self::Selected(names) => names.contains(&repository.name),
        }
    }
}

impl Secret {
    /// A secret for all repositories.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            created_at: "2025-04-04T04:04:04Z".into(),
            updated_at: "2025-10-10T10:10:10Z".into(),
            visibility: Visibility::All,
        }
    }

    /// For these repositories alone.
    #[must_use]
    pub fn selected(mut self, repositories: &[&str]) -> Self {
        self.visibility = Visibility::selected(repositories);
        self
    }

    pub(super) fn json(&self) -> Value {
        json!({"name": self.name, "created_at": self.created_at, "updated_at": self.updated_at})
    }
}

fn of<'w>(organisation: &'w Organisation, of: &str) -> &'w [Secret] {
    match of {
        "dependabot" => &organisation.dependabot_secrets,
        "codespaces" => &organisation.codespaces_secrets,
        _ => &organisation.secrets,
    }
}

fn of_organisation(world: &World, ask: &Ask<'_>, product: &str) -> Result<Reply, Deny> {
    let home = ask.organisation(world)?;
    let listed = of(home, product).iter().map(|secret| {
        let mut listed = secret.json();
        listed["visibility"] = secret.visibility.name().into();
        if matches!(secret.visibility, Visibility::Selected(_)) {
            let url = format!("{}/orgs/{}/{product}/secrets/{}/repositories", ask.base, home.login, secret.name);
            listed["selected_repositories_url"] = url.into();
        }
        listed
    });
    Ok(Reply::counted("secrets", listed.collect()))
}

fn selected(world: &World, ask: &Ask<'_>, product: &str) -> Result<Reply, Deny> {
    let home = ask.organisation(world)?;
    let name = ask.parameter("secret_name");
    let found = of(home, product).iter().find(|secret| secret.name == name).ok_or(Deny::NotFound)?;
    found.visibility.repositories(world, ask, home)
}

fn of_repository(secrets: &[Secret]) -> Reply {
    Reply::counted("secrets", secrets.iter().map(Secret::json).collect())
}

/// The organisation's secrets that a repository gets.
fn shared(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = ask.repository(world)?;
    let reaching = home.secrets.iter().filter(|secret| secret.visibility.reaches(repository));
    Ok(Reply::counted("secrets", reaching.map(Secret::json).collect()))
}
