//! Deploy keys of a repository.

use serde_json::json;

use super::ask::Ask;
use super::deny::Deny;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};

pub(super) const ROUTES: &[Route] =
    &[Route::get("/repos/{owner}/{repo}/keys", Needs::user("administration", &["repo"]), keys)];

/// A deploy key.
#[derive(Debug, Clone)]
pub struct DeployKey {
    /// Of the key.
    pub id: u64,
    /// What it is called.
    pub title: String,
    /// The public key.
    pub key: String,
    /// The login of who added it.
    pub added_by: Option<String>,
    /// None: it was never used.
    pub last_used: Option<String>,
    /// Whether it can only read.
    pub read_only: bool,
    /// Whether GitHub has verified it.
    pub verified: bool,
    /// Whether the organisation's policy lets it work.
    pub enabled: bool,
    /// When it was added.
    pub created_at: String,
}

impl DeployKey {
    /// A read-only key that ada added and that was used on 2026-11-20.
    pub fn new(title: &str) -> Self {
        let id = id_of("deploy key", title);
        Self {
            id,
            title: title.to_owned(),
            key: format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{id:043}"),
            added_by: Some("ada".into()),
            last_used: Some("2026-11-20T10:00:00Z".into()),
            read_only: true,
            verified: true,
            enabled: true,
            created_at: "2025-03-03T03:03:03Z".into(),
        }
    }
}

fn keys(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (home, repository) = ask.repository(world)?;
    let listed = repository.deploy_keys.iter().map(|key| {
        json!({
            "id": key.id,
            "key": key.key,
            "url": format!("{}/repos/{}/{}/keys/{}", ask.base, home.login, repository.name, key.id),
            "title": key.title,
            "verified": key.verified,
            "created_at": key.created_at,
            "read_only": key.read_only,
            "added_by": key.added_by,
            "last_used": key.last_used,
            "enabled": key.enabled,
        })
    });
    Ok(Reply::list(listed.collect()))
}
