//! Who asks, and what that may see.

use std::collections::BTreeMap;

use super::deny::Deny;
use super::members::Role;
use super::organisations::Organisation;
use super::repositories::Repository;
use super::world::World;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// A user, by a classic personal access token.
    Classic {
        /// The user.
        login: String,
        /// Such as `admin:org`.
        scopes: Vec<String>,
    },
    /// A user, by a fine-grained personal access token.
    FineGrained {
        /// The user.
        login: String,
        /// Such as `administration` to `read`.
        permissions: BTreeMap<String, String>,
    },
    /// An App's installation.
    Installation {
        /// The installation.
        id: u64,
        /// When its token ends.
        expires_at_s: i64,
    },
    /// An App itself, by a signed assertion.
    App {
        /// The App.
        app_id: u64,
    },
    /// Nobody.
    Nobody,
}

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// The permission of an installation or fine-grained token, and its level.
    permission: Option<(&'static str, &'static str)>,
    user: User,
}

#[derive(Debug, Clone, Copy)]
enum User {
    /// Any user with one of these scopes.
    Any(&'static [&'static str]),
    /// A member of the organisation.
    Member(&'static [&'static str]),
    /// An owner of the organisation.
    Owner(&'static [&'static str]),
    /// Only Apps may ask.
    Never,
    /// Only an App by its assertion may ask.
    Assertion,
}

impl Needs {
    pub(super) const SIGNED_IN: Self = Self { permission: None, user: User::Any(&[]) };
    pub(super) const ASSERTION: Self = Self { permission: None, user: User::Assertion };

    /// Any user who sees the repository, with one of these scopes; an installation with the permission to read. None of the
    /// scopes: no scope is needed.
    pub(super) const fn user(permission: &'static str, scopes: &'static [&'static str]) -> Self {
        Self { permission: Some((permission, "read")), user: User::Any(scopes) }
    }

    pub(super) const fn member(permission: &'static str, scopes: &'static [&'static str]) -> Self {
        Self { permission: Some((permission, "read")), user: User::Member(scopes) }
    }

    pub(super) const fn owner(permission: &'static str, scopes: &'static [&'static str]) -> Self {
        Self { permission: Some((permission, "read")), user: User::Owner(scopes) }
    }

    pub(super) const fn apps_alone(permission: &'static str) -> Self {
        Self { permission: Some((permission, "read")), user: User::Never }
    }

    /// The same with the permission to write.
    pub(super) const fn writing(mut self) -> Self {
        if let Some((permission, _)) = self.permission {
            self.permission = Some((permission, "write"));
        }
        self
    }

    /// The header that names what would have been accepted.
    pub(super) fn accepted(self) -> Option<String> {
        self.permission.map(|(name, level)| format!("{name}={level}"))
    }

    /// Whether the caller may ask; `organisation` is the one that the route is about, if it is about one.
    pub(super) fn check(self, world: &World, who: &SignIn, organisation: Option<&Organisation>) -> Result<(), Deny> {
        match who {
            SignIn::Nobody => Err(Deny::RequiresAuthentication),
            SignIn::App { .. } if matches!(self.user, User::Assertion) => Ok(()),
            SignIn::App { .. } => Err(Deny::NotAccessible),
            _ if matches!(self.user, User::Assertion) => {
                Err(Deny::BadAssertion("A JSON web token could not be decoded"))
            }
            SignIn::Installation { id, .. } => {
                let (_, installation) = world.installation(*id).ok_or(Deny::BadCredentials)?;
                let has = |name: &str| installation.permissions.get(name).map(String::as_str);
                if self.is_granted(has) { Ok(()) } else { Err(Deny::NotAccessible) }
            }
            SignIn::FineGrained { login, permissions } => {
                let has = |name: &str| permissions.get(name).map(String::as_str);
                if matches!(self.user, User::Never) || !self.is_granted(has) {
                    return Err(Deny::TokenNotAccessible);
                }
                self.check_role(login, organisation)
            }
            SignIn::Classic { login, scopes } => {
                let wanted = match self.user {
                    User::Any(scopes) | User::Member(scopes) | User::Owner(scopes) => scopes,
                    _ => return Err(Deny::TokenNotAccessible),
                };
                // What a token's scopes do not reach is not there for it.
                if !wanted.is_empty() && !wanted.iter().any(|wanted| scopes.iter().any(|has| reaches(has, wanted))) {
                    return Err(Deny::NotFound);
                }
                self.check_role(login, organisation)
            }
        }
    }

    fn is_granted<'p>(self, has: impl Fn(&str) -> Option<&'p str>) -> bool {
        self.permission.is_none_or(|(name, level)| match has(name) {
            Some("write" | "admin") => true,
            Some(has) => has == level,
            // Every installation and token may read the metadata.
            None => name == "metadata",
        })
    }

    fn check_role(self, login: &str, organisation: Option<&Organisation>) -> Result<(), Deny> {
        let role = organisation.and_then(|organisation| organisation.role(login));
        match self.user {
            User::Member(_) if role.is_none() => Err(Deny::NotFound),
            User::Owner(_) if role != Some(Role::Owner) => Err(Deny::MustBeOwner),
            _ => Ok(()),
        }
    }
}

/// Whether a scope is or contains another, as `admin:org` contains `read:org`.
fn reaches(has: &str, wanted: &str) -> bool {
    let rank = |level: &str| ["read", "write", "manage", "admin"].iter().position(|known| *known == level);
    match (has.split_once(':'), wanted.split_once(':')) {
        (Some((has, of)), Some((wanted, what))) => {
            of == what && (has == wanted || (rank(wanted).is_some() && rank(has) >= rank(wanted)))
        }
        _ => has == wanted || (has == "repo" && (wanted == "public_repo" || wanted == "admin:repo_hook")),
    }
}

impl SignIn {
    /// The user who asks, if one does.
    pub(super) fn login(&self) -> Option<&str> {
        match self {
            Self::Classic { login, .. } | Self::FineGrained { login, .. } => Some(login),
            _ => None,
        }
    }

    /// Only classic tokens have a scope for enterprises.
    pub(super) fn may_read_enterprises(&self) -> bool {
        matches!(self, Self::Classic { scopes, .. } if scopes.iter().any(|has| reaches(has, "read:enterprise")))
    }

    /// Whose budget its requests are taken from.
    pub(super) fn budget(&self) -> String {
        match self {
            Self::Classic { login, .. } | Self::FineGrained { login, .. } => format!("user {login}"),
            Self::Installation { id, .. } => format!("installation {id}"),
            Self::App { app_id } => format!("app {app_id}"),
            Self::Nobody => "nobody".into(),
        }
    }

    /// Whether it sees the organisation at all. Organisations are public, installations are of one.
    pub(super) fn sees(&self, world: &World, organisation: &Organisation) -> bool {
        match self {
            Self::Installation { id, .. } => {
                world.installation(*id).is_some_and(|(home, _)| home.login == organisation.login)
            }
            _ => true,
        }
    }

    pub(super) fn sees_repository(&self, world: &World, home: &Organisation, repository: &Repository) -> bool {
        if !repository.private {
            return true;
        }
        match self {
            Self::Installation { id, .. } => world.installation(*id).is_some_and(|(organisation, installation)| {
                organisation.login == home.login && installation.selection.contains(&repository.name)
            }),
            Self::Classic { login, scopes } => {
                scopes.iter().any(|scope| scope == "repo") && home.has_access(login, repository)
            }
            Self::FineGrained { login, .. } => home.has_access(login, repository),
            Self::App { .. } | Self::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greater_scopes_contain_the_lesser_ones_of_the_same_thing() {
        assert!(reaches("admin:org", "read:org") && reaches("repo", "public_repo"));
        assert!(!reaches("read:org", "admin:org") && !reaches("admin:org", "read:audit_log"));
    }
}
