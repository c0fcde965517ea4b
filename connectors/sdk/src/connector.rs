//! What a connector is.

use async_trait::async_trait;

use crate::{Complete, Issue, IssueKind, Scope, Sink, Stopped};

/// A source of records. One instance serves one configured source.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What this connector is and needs.
    fn descriptor(&self) -> &'static Descriptor;

    /// Lists the scopes that exist now. The list is itself a scope (`<source>/*`): a scope that is missing from a
    /// complete list is gone with everything in it, so `Ok` means that the list is whole; issues that do not shorten
    /// the list go to `out`. An issue there leaves the list partial, as it leaves any scope: what is listed is collected, and
    /// what is not is not gone.
    ///
    /// # Errors
    /// When the list could not be had or not be finished.
    async fn scopes(&self, out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError>;

    /// Collects one scope into `out`.
    ///
    /// # Errors
    /// When the scope was not seen to its end; what was handed to `out` before stands, and nothing is closed.
    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError>;
}

/// Why a collection ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The scan was stopped; quiet.
    #[error("stopped")]
    Stopped,
    /// The world's doing. What was handed over before stands, and makes the scope partial.
    #[error("{}: {}", .0.kind.as_str(), .0.message)]
    Issue(Issue),
    /// The source itself broke off or talks nonsense (a connector program that died before its end marker): the scope
    /// failed, whatever it had said before.
    #[error("{}: {}", .0.kind.as_str(), .0.message)]
    Broken(Issue),
}

impl From<Stopped> for CollectError {
    fn from(_: Stopped) -> Self {
        CollectError::Stopped
    }
}

impl From<Issue> for CollectError {
    fn from(issue: Issue) -> Self {
        CollectError::Issue(issue)
    }
}

/// What a connector is, needs and lists; the source of its documentation and of `whosekey connectors`.
#[derive(Debug)]
pub struct Descriptor {
    /// The word in the configuration: `connector = "<name>"`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Every permission it uses, with what each is for.
    pub permissions: &'static [Permission],
    /// The kinds of scope it lists.
    pub scope_kinds: &'static [ScopeKind],
    /// What it cannot see, in the platform's own terms.
    pub blind_spots: &'static [&'static str],
    /// The least-privilege policy to paste into the platform, in the platform's own format.
    pub policy: fn() -> String,
}

impl Descriptor {
    /// The issue for a call that was refused: the permission, where (`account 000000000000`, `organisation acme`), and
    /// what it costs.
    pub fn denied(&self, permission: &str, place: &str) -> Issue {
        let purpose = self.permissions.iter().find(|known| known.name == permission).map(|known| known.purpose);
        let message = match purpose {
            Some(purpose) => format!("{permission} denied in {place}; needed: {purpose}"),
            None => format!("{permission} denied in {place}"),
        };
        Issue::new(IssueKind::Permission, message)
    }
}

/// A permission on the platform.
#[derive(Debug)]
pub struct Permission {
    /// In the platform's own words: `iam:ListUsers`.
    pub name: &'static str,
    /// What it is used for, and which verdicts cannot be told without it.
    pub purpose: &'static str,
}

impl Permission {
    /// Whether a message names it, and not another one in whose name its own stands.
    pub fn is_named_in(&self, message: &str) -> bool {
        let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_whole =
            |at: usize| !message[..at].ends_with(goes_on) && !message[at + self.name.len()..].starts_with(goes_on);
        !self.name.is_empty() && message.match_indices(self.name).any(|(at, _)| is_whole(at))
    }
}

/// A kind of scope.
#[derive(Debug)]
pub struct ScopeKind {
    /// The last part of the scope's name: `iam.users`.
    pub name: &'static str,
    /// What it lists.
    pub lists: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_named_only_by_its_whole_name() {
        let named = |name, message| Permission { name, purpose: "x" }.is_named_in(message);
        assert!(named("iam:ListUsers", "AccessDenied: iam:ListUsers on account 000000000000"));
        assert!(!named("iam:ListUser", "AccessDenied: iam:ListUsers on account 000000000000"));
        assert!(named("administration: read", "GET /repos/{owner}/{repo}/keys: administration: read denied"));
        assert!(!named(
            "administration: read",
            "GET /orgs/{org}/installations: organization_administration: read denied"
        ));
        assert!(!named("", "anything"));
    }
}
