//! Webhooks of an organisation and of a repository. Their secret is shown as stars, their address as it is.

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}/hooks", Needs::owner("organization_hooks", &["admin:org_hook"]), of_organisation),
    Route::get("/repos/{owner}/{repo}/hooks", Needs::user("repository_hooks", &["admin:repo_hook"]), of_repository),
];

/// A webhook.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Of the hook.
    pub id: u64,
    /// Where it is sent to. People put secrets into the query.
    pub url: String,
    /// What it tells of.
    pub events: Vec<String>,
    /// Whether it is sent at all.
    pub active: bool,
    /// Whether it has a secret to sign with.
    pub has_secret: bool,
    /// Whether the receiver's certificate is not checked.
    pub insecure: bool,
    /// The status of the last delivery; none when there was none. Only repositories' hooks tell it.
    pub last_status: Option<u16>,
}

impl Hook {
    /// An active hook for pushes, with a secret.
    pub fn new(url: &str) -> Self {
        Self {
            id: id_of("hook", url),
            url: url.to_owned(),
            events: vec!["push".into()],
            active: true,
            has_secret: true,
            insecure: false,
            last_status: Some(200),
        }
    }

    fn json(&self, url: &str) -> Value {
        let mut config =
            json!({"url": self.url, "content_type": "json", "insecure_ssl": if self.insecure { "1" } else { "0" }});
        if self.has_secret {
            config["secret"] = "********".into();
        }
        json!({
            "id": self.id,
            "name": "web",
            "active": self.active,
            "events": self.events,
            "config": config,
            "url": format!("{url}/{}", self.id),
            "ping_url": format!("{url}/{}/pings", self.id),
            "deliveries_url": format!("{url}/{}/deliveries", self.id),
            "created_at": "2024-04-04T04:04:04Z",
            "updated_at": "2025-05-05T05:05:05Z",
        })
    }
}

fn of_organisation(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let home = ask.organisation(world)?;
    let url = format!("{}/orgs/{}/hooks", ask.base, home.login);
    let listed = home.hooks.iter().map(|hook| {
        let mut listed = hook.json(&url);
        listed["type"] = "Organization".into();
        listed
    });
    Ok(Reply::list(listed.collect()))
}

fn of_repository(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = ask.repository(world)?;
    let url = format!("{}/repos/{}/{}/hooks", ask.base, home.login, repository.name);
    let listed = repository.hooks.iter().map(|hook| {
        let mut listed = hook.json(&url);
        listed["type"] = "Repository".into();
        listed["test_url"] = format!("{url}/{}/test", hook.id).into();
        listed["last_response"] = match hook.last_status {
            Some(status) if status < 300 => json!({"code": status, "status": "active", "message": "OK"}),
            Some(status) => json!({"code": status, "status": "misconfigured", "message": "Invalid HTTP Response"}),
            None => json!({"code": null, "status": "unused", "message": null}),
        };
        listed
    });
    Ok(Reply::list(listed.collect()))
}
