//! Repositories: the listing, one by name or id, the default workflow token and the OIDC subject of one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::members::simple_user;
use super::organisations::Organisation;
use super::reply::{Items, Reply};
use super::routes::Route;
use super::sign_in::Needs;
use super::world::{World, id_of};
use super::{DeployKey, Environment, Hook, Ruleset, Runner, Secret, Variable};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/orgs/{org}/repos", Needs::user("metadata", &[]), repositories),
    Route::get("/repos/{owner}/{repo}", Needs::user("metadata", &[]), repository),
    Route::get("/repos/{owner}/{repo}/collaborators", Needs::user("metadata", &["repo", "read:org"]), collaborators),
    Route::get(
        "/repos/{owner}/{repo}/actions/permissions/workflow",
        Needs::user("administration", &["repo"]),
        workflow_permissions,
    ),
    Route::get("/repos/{owner}/{repo}/actions/oidc/customization/sub", Needs::user("actions", &["repo"]), oidc_subject),
];

/// A repository and all that it has.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "a listing is named as in the API's paths")]
pub struct Repository {
    /// Stays when it is renamed or transferred.
    pub id: u64,
    /// Without the organisation's.
    pub name: String,
    pub private: bool,
    pub archived: bool,
    /// By GitHub, for abuse or for want of payment.
    pub disabled: bool,
    pub fork: bool,
    /// None: never.
    pub pushed_at: Option<String>,
    pub default_branch: String,
    /// Those of the default branch, by path. None at all: it has no commit.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The other branches, each as a repository in which it is the default one.
    pub branches: Vec<Repository>,
    pub rulesets: Vec<Ruleset>,
    /// A recursive tree is cut after so many entries.
    pub tree_limit: usize,
    /// Logins of those who have access besides the organisation's members.
    pub collaborators: Vec<String>,
    pub deploy_keys: Vec<DeployKey>,
    /// Those of Actions.
    pub secrets: Vec<Secret>,
    pub dependabot_secrets: Vec<Secret>,
    pub codespaces_secrets: Vec<Secret>,
    pub variables: Vec<Variable>,
    pub environments: Vec<Environment>,
    pub hooks: Vec<Hook>,
    pub runners: Vec<Runner>,
    /// `read` or `write`; none: the organisation's.
    pub default_workflow_permissions: Option<&'static str>,
    /// None: the organisation's.
    pub oidc_subject: Option<OidcSubject>,
}

/// What the subject of a workflow's OIDC token is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OidcSubject {
    /// Such as `repo`, `context`, `job_workflow_ref`; none: the usual `repo:acme/shop:ref:refs/heads/main`. No key at all,
    /// of a repository: those of its organisation.
    pub claims: Option<Vec<String>>,
    /// Whether names in it carry ids.
    pub immutable: bool,
}

impl Repository {
    /// A private repository without a file.
    pub fn new(name: &str) -> Self {
        Self {
            id: id_of("repository", name),
            name: name.to_owned(),
            private: true,
            archived: false,
            disabled: false,
            fork: false,
            pushed_at: Some("2026-11-01T12:00:00Z".into()),
            default_branch: "main".into(),
            files: BTreeMap::new(),
            branches: Vec::new(),
            rulesets: Vec::new(),
            tree_limit: 100_000,
            collaborators: Vec::new(),
            deploy_keys: Vec::new(),
            secrets: Vec::new(),
            dependabot_secrets: Vec::new(),
            codespaces_secrets: Vec::new(),
            variables: Vec::new(),
            environments: Vec::new(),
            hooks: Vec::new(),
            runners: Vec::new(),
            default_workflow_permissions: None,
            oidc_subject: None,
        }
    }

    /// With this file in the default branch.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), content.into());
        self
    }

    /// With this branch beside the default one, with these files alone in it.
    #[must_use]
    pub fn branch(mut self, name: &str, files: &[(&str, &str)]) -> Self {
        let mut branch = Self { default_branch: name.to_owned(), ..Self::new(&self.name) };
        branch.files = files.iter().map(|(path, content)| ((*path).to_owned(), (*content).into())).collect();
        self.branches.push(branch);
        self
    }

    /// All branches, the default one first.
    pub(super) fn all_branches(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.branches)
    }
}

fn repositories(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    let kind = ask.query("type").unwrap_or_else(|| "all".into());
    let of_kind = organisation.repositories.iter().filter(|repository| match kind.as_str() {
        "public" => !repository.private,
        "private" => repository.private,
        "forks" => repository.fork,
        "sources" => !repository.fork,
        _ => true,
    });
    let mut listed: Vec<&Repository> =
        of_kind.filter(|repository| ask.sign_in.sees_repository(world, organisation, repository)).collect();
    let is_ascending = |usual: &str| ask.query("direction").as_deref().unwrap_or(usual) == "asc";
    let ascending = match ask.query("sort").as_deref() {
        Some("full_name") => {
            listed.sort_by(|a, b| a.name.cmp(&b.name));
            is_ascending("asc")
        }
        Some("pushed" | "updated") => {
            listed.sort_by(|a, b| a.pushed_at.cmp(&b.pushed_at));
            is_ascending("desc")
        }
        // By creation, which is their order in the world.
        _ => is_ascending("desc"),
    };
    if !ascending {
        listed.reverse();
    }
    let page = Items::page(&listed, ask.query, |repository| json(world, ask.base, organisation, repository));
    Ok(Reply::List(page))
}

fn repository(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, repository) = ask.repository(world)?;
    let mut full = json(world, ask.base, organisation, repository);
    full["network_count"] = 0.into();
    full["subscribers_count"] = 0.into();
    full["organization"] = simple_user(world, ask.base, &organisation.login);
    full["organization"]["type"] = "Organization".into();
    Ok(Reply::One(full))
}

fn collaborators(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, repository) = ask.repository(world)?;
    let members = organisation.members.iter().map(|member| &member.login);
    let everybody = members.filter(|_| ask.query("affiliation").as_deref() != Some("outside"));
    let listed = everybody.chain(&repository.collaborators).map(|login| {
        let mut listed = simple_user(world, ask.base, login);
        listed["role_name"] = "write".into();
        listed["permissions"] = json!({"pull": true, "triage": true, "push": true, "maintain": false, "admin": false});
        listed
    });
    Ok(Reply::list(listed.collect()))
}

fn workflow_permissions(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, repository) = ask.repository(world)?;
    let own = repository.default_workflow_permissions;
    Ok(Reply::One(json!({
        "default_workflow_permissions": own.unwrap_or(organisation.default_workflow_permissions),
        "can_approve_pull_request_reviews": organisation.can_approve_pull_request_reviews,
    })))
}

fn oidc_subject(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let (organisation, repository) = ask.repository(world)?;
    let in_force = repository.oidc_subject.as_ref().unwrap_or(&organisation.oidc_subject);
    let prefix = if in_force.immutable {
        format!("repo:{}@{}/{}@{}", organisation.login, organisation.id, repository.name, repository.id)
    } else {
        format!("repo:{}/{}", organisation.login, repository.name)
    };
    let own = repository.oidc_subject.as_ref();
    let mut answer = json!({"use_default": own.is_none_or(|subject| subject.claims.is_none())});
    if !ask.is_enterprise_server() {
        answer["use_immutable_subject"] = in_force.immutable.into();
        answer["sub_claim_prefix"] = prefix.into();
    }
    if let Some(claims) = own.and_then(|subject| subject.claims.as_ref()).filter(|claims| !claims.is_empty()) {
        answer["include_claim_keys"] = json!(claims);
    }
    Ok(Reply::One(answer))
}

/// The addresses that every repository names: the key, and what follows its own address.
const ADDRESSES: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// A repository as listings name one.
pub(super) fn json(world: &World, base: &str, home: &Organisation, repository: &Repository) -> Value {
    let full_name = format!("{}/{}", home.login, repository.name);
    let (url, html) = (format!("{base}/repos/{full_name}"), format!("https://github.com/{full_name}"));
    let mut owner = simple_user(world, base, &home.login);
    owner["id"] = home.id.into();
    owner["type"] = "Organization".into();
    let mut listed = json!({
        "id": repository.id,
        "node_id": format!("R_{}", repository.id),
        "name": repository.name,
        "full_name": full_name,
        "owner": owner,
        "private": repository.private,
        "visibility": if repository.private { "private" } else { "public" },
        "html_url": html,
        "description": null,
        "fork": repository.fork,
        "url": url,
        "git_url": format!("git://github.com/{full_name}.git"),
        "ssh_url": format!("git@github.com:{full_name}.git"),
        "clone_url": format!("{html}.git"),
        "svn_url": html,
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "archived": repository.archived,
        "disabled": repository.disabled,
        "default_branch": repository.default_branch,
        "pushed_at": repository.pushed_at,
        "created_at": "2021-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "topics": [],
        "is_template": false,
        "allow_forking": true,
        "web_commit_signoff_required": false,
    });
    for (key, rest) in ADDRESSES {
        listed[*key] = format!("{url}{rest}").into();
    }
    for key in ["has_issues", "has_projects", "has_wiki", "has_downloads", "has_pages", "has_discussions"] {
        listed[key] = (key != "has_pages" && key != "has_discussions").into();
    }
    let counts = [
        "size",
        "forks",
        "forks_count",
        "stargazers_count",
        "watchers",
        "watchers_count",
        "open_issues",
        "open_issues_count",
    ];
    for key in counts {
        listed[key] = 0.into();
    }
    listed
}
