//! Where a scope looks: an organisation or an enterprise, and how its things are called.

use whosekey_sdk::http::Origin;
use whosekey_sdk::{Alias, EndRef, EntityId};

use crate::api::sign_in::Caller;
use crate::oidc_subjects::template::Form;
use crate::repositories::Repository;
use crate::scopes::Kind;

/// Where an Enterprise Server issues its tokens.
const SERVERS_TOKENS: &str = "/_services/token";

/// An organisation of a source, or an enterprise.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The source's name.
    pub(crate) source: String,
    /// Whether it is an enterprise itself, which has but its name.
    pub(crate) is_enterprise: bool,
    /// As it is written in the settings; the scopes are called so.
    pub(crate) name: String,
    /// As GitHub writes it, once it was seen.
    pub(crate) login: String,
    /// GitHub's own id of it; none when it is not visible.
    pub(crate) id: Option<u64>,
    /// Whether the credential sees all of its repositories, so that one that is not listed does not exist.
    pub(crate) sees_all_repositories: bool,
    /// Its plan, as GitHub names it; none when the credential is not told.
    pub(crate) plan: Option<String>,
    /// Who signs in.
    pub(crate) caller: Caller,
    /// The credential that GitHub does not accept, should it not: by the setting that says where it is.
    pub(crate) not_accepted: String,
    /// Whether it signs in with the token of an owner.
    pub(crate) is_owners: bool,
    /// Whether the source looks at workflows, which shows who uses secrets.
    pub(crate) reads_definitions: bool,
    /// Whether the source has this organisation alone: then its teams are called by their slugs.
    pub(crate) is_alone: bool,
    /// Who issues the tokens of its workflows.
    pub(crate) issuer: String,
    /// The host of its pages, such as `github.com`.
    pub(crate) host: String,
}

impl Place {
    /// For messages.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", if self.is_enterprise { "enterprise" } else { "organisation" }, self.name)
    }

    /// The organisation itself, as an end of a link. By name while its id is not known, which then leads nowhere.
    pub(crate) fn organisation(&self) -> EndRef {
        match self.id {
            Some(id) => EntityId::new(format!("github:organization/{id}")).into(),
            None => Alias::new(format!("github:organization-name/{}", self.login.to_lowercase())).into(),
        }
    }

    /// The scope that shows all workflows, when the source looks at it.
    pub(crate) fn definitions(&self) -> Option<String> {
        self.reads_definitions.then(|| format!("{}/{}", self.name, Kind::Definitions.name()))
    }

    /// What all members of this organisation are called by, without their logins: who is not among them has left it,
    /// whatever other organisation they may be in.
    pub(crate) fn member_prefix(&self) -> String {
        format!("github:member/{}/", self.login.to_lowercase())
    }

    /// A member or outside collaborator by login.
    pub(crate) fn member(&self, login: &str) -> Alias {
        Alias::new(format!("{}{}", self.member_prefix(), login.to_lowercase()))
    }

    /// The bot of an App that is installed here, which is no member, by the App's slug.
    pub(crate) fn bot(&self, slug: &str) -> Alias {
        Alias::new(format!("github:bot/{}/{}", self.login.to_lowercase(), slug.to_lowercase()))
    }

    /// A team's id.
    pub(crate) fn team(&self, slug: &str) -> EntityId {
        if self.is_alone {
            EntityId::new(format!("team:{}/{slug}", self.source))
        } else {
            EntityId::new(format!("team:{}/{}/{slug}", self.source, self.login.to_lowercase()))
        }
    }

    /// A subject of a workflow's token, as others name it.
    pub(crate) fn subject(&self, subject: &str) -> String {
        format!("oidc:{}#{subject}", self.issuer)
    }

    /// What the subjects of its workflows begin with: `oidc:<issuer>#repo:acme/`.
    pub(crate) fn subjects(&self) -> String {
        self.subject(&format!("repo:{}/", self.login))
    }

    /// The same where names carry ids: `oidc:<issuer>#repo:acme@9/`.
    pub(crate) fn immutable_subjects(&self) -> Option<String> {
        let id = self.id.filter(|_| self.has_immutable_subjects())?;
        Some(self.subject(&format!("repo:{}@{id}/", self.login)))
    }

    /// Whether names may carry ids in subjects. An Enterprise Server has no such subjects:
    /// <https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims>, seen 2026-11-27.
    fn has_immutable_subjects(&self) -> bool {
        !self.issuer.ends_with(SERVERS_TOKENS)
    }

    /// That a repository goes by this name, whatever the subjects of its workflows are: nobody else can take it. GitHub
    /// tells no letters' case apart in names, while subjects do.
    pub(crate) fn name_of(&self, repository: &Repository) -> Alias {
        Alias::new(format!("repository-name:{}#{}", self.issuer, repository.full_name.to_lowercase()))
    }

    /// How a repository is named within a subject; with ids, whoever takes its name later does not become its heir.
    pub(crate) fn repository_claims(&self, repository: &Repository, form: Form) -> Vec<String> {
        let by_name = (form != Form::Ids).then(|| format!("repo:{}", repository.full_name));
        let by_id = (form != Form::Names).then(|| self.claim_with_ids(repository)).flatten();
        by_name.into_iter().chain(by_id).collect()
    }

    fn claim_with_ids(&self, repository: &Repository) -> Option<String> {
        let (owner, name) = repository.full_name.split_once('/')?;
        let id = self.id.filter(|_| self.has_immutable_subjects())?;
        Some(format!("repo:{owner}@{id}/{name}@{}", repository.id))
    }
}

/// Who issues the tokens of workflows, and the host of its pages.
pub(crate) fn issuer_and_host(origin: &Origin) -> (String, String) {
    let host = origin.base().host_str().unwrap_or_default();
    // An Enterprise Server's API is below its own host; that of github.com, and of its data-residency hosts, is beside it.
    if origin.base().path().starts_with("/api/v3") {
        return (format!("https://{host}{SERVERS_TOKENS}"), host.to_owned());
    }
    match host.strip_prefix("api.") {
        Some(host) if host != "github.com" => (format!("https://token.actions.{host}"), host.to_owned()),
        _ => ("https://token.actions.githubusercontent.com".to_owned(), "github.com".to_owned()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn acme() -> Place {
        Place {
            source: "github".into(),
            is_enterprise: false,
            name: "acme".into(),
            login: "acme".into(),
            id: Some(9),
            sees_all_repositories: true,
            is_owners: false,
            plan: None,
            caller: Caller::App,
            not_accepted: String::new(),
            reads_definitions: true,
            is_alone: true,
            issuer: "https://token.actions.githubusercontent.com".into(),
            host: "github.com".into(),
        }
    }

    #[test]
    fn an_enterprise_server_issues_its_own_tokens() {
        let of = |url: &str| issuer_and_host(&Origin::new(url).unwrap());
        assert_eq!(of("https://api.github.com").0, "https://token.actions.githubusercontent.com");
        assert_eq!(of("https://git.example.com/api/v3").0, "https://git.example.com/_services/token");
        assert_eq!(of("https://git.example.com/api/v3").1, "git.example.com");
        assert_eq!(of("https://api.acme.ghe.com").0, "https://token.actions.acme.ghe.com");
    }

    #[test]
    fn an_enterprise_server_has_no_subjects_with_ids() {
        let of = |issuer: &str| Place { issuer: issuer.into(), ..acme() }.immutable_subjects();
        let github = "https://token.actions.githubusercontent.com";
        assert_eq!(of(github), Some(format!("oidc:{github}#repo:acme@9/")));
        assert!(of("https://token.actions.acme.ghe.com").is_some());
        assert_eq!(of("https://git.example.com/_services/token"), None);
    }
}
