//! Variables of Actions. Unlike a secret's, their values are in the answer, and people put secrets into them.

use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::reply::{Items, Pages, Reply};
use super::routes::Route;
use super::secrets::Visibility;
use super::sign_in::Needs;
use super::world::World;

const ORGANISATION: Needs = Needs::owner("organization_actions_variables", &["admin:org"]);

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}/actions/variables", ORGANISATION, of_organisation),
    Route::get("/orgs/{org}/actions/variables/{name}/repositories", ORGANISATION, selected),
    Route::get("/repos/{owner}/{repo}/actions/variables", Needs::user("actions_variables", &["repo"]), |world, ask| {
        Ok(listed(&ask.repository(world)?.1.variables))
    }),
];

/// A variable. It is the same in an organisation, a repository and an environment but for its visibility.
#[derive(Debug, Clone)]
pub struct Variable {
    /// The name that workflows refer to.
    pub name: String,
    /// What the answer tells.
    pub value: String,
    /// When it was made.
    pub created_at: String,
    /// When its value was last set.
    pub updated_at: String,
    /// Of an organisation's: which repositories get it.
    pub visibility: Visibility,
}

impl Variable {
    /// A variable for all repositories.
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            created_at: "2025-04-04T04:04:04Z".into(),
            updated_at: "2025-10-10T10:10:10Z".into(),
            visibility: Visibility::All,
        }
    }

    fn json(&self) -> Value {
        json!({"name": self.name, "value": self.value, "created_at": self.created_at, "updated_at": self.updated_at})
    }
}

/// Those of a repository or an environment.
pub(super) fn listed(variables: &[Variable]) -> Reply {
    paged(variables.iter().map(Variable::json).collect())
}

fn paged(items: Vec<Value>) -> Reply {
    Reply::Counted { key: "variables", items: Items::All(items), pages: Pages::SHORT, more: Map::new() }
}

fn of_organisation(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let home = ask.organisation(world)?;
    let all = home.variables.iter().map(|variable| {
        let mut listed = variable.json();
        listed["visibility"] = variable.visibility.name().into();
        if matches!(variable.visibility, Visibility::Selected(_)) {
            let url = format!("{}/orgs/{}/actions/variables/{}/repositories", ask.base, home.login, variable.name);
            listed["selected_repositories_url"] = url.into();
        }
        listed
    });
    Ok(paged(all.collect()))
}

fn selected(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let home = ask.organisation(world)?;
    let name = ask.parameter("name");
    let found = home.variables.iter().find(|variable| variable.name == name).ok_or(Deny::NotFound)?;
    found.visibility.repositories(world, ask, home)
}
