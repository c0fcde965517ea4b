//! Self-hosted runners of an enterprise, an organisation and a repository.

use serde_json::json;

use super::deny::Deny;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::id_of;

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/orgs/{org}/actions/runners",
        Needs::owner("organization_self_hosted_runners", &["admin:org"]),
        |world, ask| Ok(listed(&ask.organisation(world)?.runners)),
    ),
    Route::get("/repos/{owner}/{repo}/actions/runners", Needs::user("administration", &["repo"]), |world, ask| {
        Ok(listed(&ask.repository(world)?.1.runners))
    }),
    Route::get(
        "/enterprises/{enterprise}/actions/runners",
        Needs::user("enterprise_runners", &["manage_runners:enterprise", "admin:enterprise"]),
        |world, ask| {
            let owned = world.enterprises.get(ask.parameter("enterprise"));
            let owned = owned.filter(|one| one.is_owned_by(ask.sign_in.login()));
            Ok(listed(&owned.ok_or(Deny::NotFound)?.runners))
        },
    ),
];

/// A self-hosted runner.
#[derive(Debug, Clone)]
pub struct Runner {
    /// Of the runner.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// `linux`, `macos`, `windows`.
    pub os: &'static str,
    /// Whether it is connected; GitHub does not tell since when.
    pub online: bool,
    /// Whether it runs a job.
    pub busy: bool,
    /// Whether it ends after one job.
    pub ephemeral: bool,
    /// What workflows ask for in `runs-on`.
    pub labels: Vec<String>,
}

impl Runner {
    /// A connected Linux runner.
    pub fn new(name: &str) -> Self {
        Self {
            id: id_of("runner", name),
            name: name.to_owned(),
            os: "linux",
            online: true,
            busy: false,
            ephemeral: false,
            labels: vec!["self-hosted".into(), "linux".into()],
        }
    }
}

fn listed(runners: &[Runner]) -> Reply {
    let listed = runners.iter().map(|runner| {
        let labels = runner.labels.iter().enumerate();
        json!({
            "id": runner.id,
            "runner_group_id": 1,
            "name": runner.name,
            "os": runner.os,
            "status": if runner.online { "online" } else { "offline" },
            "busy": runner.busy,
            "ephemeral": runner.ephemeral,
            "labels": labels.map(|(n, name)| json!({"id": n + 1, "name": name, "type": "custom"})).collect::<Vec<_>>(),
        })
    });
    Reply::counted("runners", listed.collect())
}
