//! The kinds of scope, and how scopes are called: `acme/deploy-keys`, and of an enterprise `acme-inc/enterprise-runners`.

use whosekey_sdk::Scope;

use crate::place::Place;

macro_rules! kinds {
    ($($kind:ident = $name:literal),+ $(,)?) => {
        /// A kind of listing of an organisation or an enterprise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($kind),+ }

        impl Kind {
            /// All, in the order in which they are collected.
            pub(crate) const ALL: &'static [Kind] = &[$(Kind::$kind),+];

            /// The last part of a scope's name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name),+ }
            }
        }
    };
}

kinds! {
    Organization = "organization",
    MemberEmails = "member-emails",
    ExternalIdentities = "external-identities",
    Teams = "teams",
    // First of those that read the subjects: it then asks for them, with the validators that it alone keeps.
    OidcSubjects = "oidc-subjects",
    Repositories = "repositories",
    PersonalAccessTokens = "personal-access-tokens",
    PersonalAccessTokenRequests = "personal-access-token-requests",
    CredentialAuthorizations = "credential-authorizations",
    Installations = "installations",
    DeployKeys = "deploy-keys",
    Secrets = "secrets",
    DependabotSecrets = "dependabot-secrets",
    CodespacesSecrets = "codespaces-secrets",
    Variables = "variables",
    Environments = "environments",
    Runners = "runners",
    RepositoryRunners = "repository-runners",
    Webhooks = "webhooks",
    RepositoryWebhooks = "repository-webhooks",
    RepositoryWorkflowTokens = "repository-workflow-tokens",
    Definitions = "definitions",
    AuditLog = "audit-log",
    // After those that name members: who joins meanwhile is not to be named and not listed.
    Members = "members",
    EnterpriseIdentities = "enterprise-identities",
    EnterpriseRunners = "enterprise-runners",
}

impl Kind {
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether it is of an enterprise that the settings name, and not of an organisation.
    pub(crate) fn is_of_enterprise(self) -> bool {
        matches!(self, Kind::EnterpriseIdentities | Kind::EnterpriseRunners)
    }

    /// Whether it is collected only where the settings ask for it: no verdict rests on it, and each repository costs a
    /// request.
    pub(crate) fn is_extra(self) -> bool {
        matches!(self, Kind::RepositoryWebhooks | Kind::RepositoryWorkflowTokens)
    }

    /// The scope of this kind of an organisation, with what it alone lists.
    pub(crate) fn scope(self, place: &Place) -> Scope {
        let scope = Scope::new(format!("{}/{}", place.name, self.name()));
        match self {
            Kind::Members if place.id.is_some() => scope.covering(place.member_prefix()),
            // What a credential does not see is not absent: only one that sees all repositories may say so.
            Kind::Repositories if place.sees_all_repositories => {
                let scope = scope.covering(place.subjects());
                place.immutable_subjects().into_iter().fold(scope, Scope::covering)
            }
            // It shows the last days alone.
            Kind::AuditLog => scope.forgetting(),
            _ => scope,
        }
    }
}

/// The organisation or enterprise and the kind of a scope.
pub(crate) fn parse(name: &str) -> Option<(&str, Kind)> {
    let (organisation, kind) = name.split_once('/')?;
    Some((organisation, Kind::of_name(kind)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::DESCRIPTOR;

    #[test]
    fn every_kind_is_described_and_no_other() {
        let described: BTreeSet<&str> = DESCRIPTOR.scope_kinds.iter().map(|kind| kind.name).collect();
        let known: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(described, known);
    }

    #[test]
    fn names_are_read_back() {
        assert_eq!(parse("acme/deploy-keys"), Some(("acme", Kind::DeployKeys)));
        assert_eq!(parse("acme/other"), None);
        assert_eq!(parse("no such scope"), None);
    }
}
