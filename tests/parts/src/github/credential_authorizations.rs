//! Classic tokens and SSH keys that are authorised for an organisation's single sign-on. Without it there is no such listing.

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};

pub(super) const ROUTES: &[Route] = &[Route::get(
    "/orgs/{org}/credential-authorizations",
    Needs::owner("organization_administration", &["read:org"]),
    authorizations,
)];

/// A credential of a member that is authorised for single sign-on.
#[derive(Debug, Clone)]
pub struct CredentialAuthorization {
    /// Of the authorisation.
    pub id: u64,
    /// The member.
    pub login: String,
    /// What is authorised.
    pub kind: &'static str,
    /// The end of a token; none for an SSH key. Made up in tests, and never to be kept.
    pub token_last_eight: Option<String>,
    /// An SSH key's fingerprint.
    pub fingerprint: Option<String>,
    /// A token's scopes.
    pub scopes: Vec<String>,
    /// When it was authorised.
    pub authorized_at: String,
    /// When it last signed in; not its last use.
    pub accessed_at: Option<String>,
    /// Of the credential.
    pub credential_id: u64,
    /// A token's note or a key's title.
    pub note: String,
    /// A token's end.
    pub expires_at: Option<String>,
}

impl CredentialAuthorization {
    /// A classic token, with the scope `repo`.
    pub fn token(login: &str, note: &str) -> Self {
        Self {
            id: id_of("authorization", note),
            login: login.to_owned(),
            kind: "personal access token",
            token_last_eight: Some(format!("{:08x}", id_of("token", note))),
            fingerprint: None,
            scopes: vec!["repo".into()],
            authorized_at: "2025-01-26T19:06:43Z".into(),
            accessed_at: Some("2026-11-01T12:00:00Z".into()),
            credential_id: id_of("credential", note),
            note: note.to_owned(),
            expires_at: None,
        }
    }

    /// An SSH key.
    pub fn ssh_key(login: &str, title: &str) -> Self {
        Self {
            kind: "SSH key",
            token_last_eight: None,
            fingerprint: Some(format!("SHA256:{:043}", id_of("key", title))),
            scopes: Vec::new(),
            ..Self::token(login, title)
        }
    }
}

fn authorizations(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    let all = organisation.credential_authorizations.as_ref().ok_or(Deny::NotFound)?;
    let wanted = ask.query("login");
    let listed = all.iter().filter(|one| wanted.as_ref().is_none_or(|login| *login == one.login));
    Ok(Reply::list(listed.map(json).collect()))
}

fn json(one: &CredentialAuthorization) -> Value {
    let mut listed = json!({
        "login": one.login,
        "credential_id": one.id,
        "credential_type": one.kind,
        "credential_authorized_at": one.authorized_at,
        "credential_accessed_at": one.accessed_at,
        "authorized_credential_id": one.credential_id,
    });
    match &one.fingerprint {
        Some(fingerprint) => {
            listed["fingerprint"] = json!(fingerprint);
            listed["authorized_credential_title"] = json!(one.note);
        }
        None => {
            listed["token_last_eight"] = json!(one.token_last_eight);
            listed["scopes"] = json!(one.scopes);
            listed["authorized_credential_note"] = json!(one.note);
            listed["authorized_credential_expires_at"] = json!(one.expires_at);
        }
    }
    listed
}
