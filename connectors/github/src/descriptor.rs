//! What the connector is, needs and cannot see.

use serde_json::json;
use whosekey_sdk::{Descriptor, Permission, ScopeKind};

macro_rules! permissions {
    ($($name:ident = $text:literal: $purpose:literal;)+) => {
        $(pub(crate) const $name: &str = $text;)+
        const PERMISSIONS: &[Permission] = &[$(Permission { name: $text, purpose: $purpose }),+];
    };
}

permissions! {
    METADATA = "metadata: read": "repositories; without it no verdict about what trusts or belongs to one that is gone (dangling-trust, orphaned: parent_gone)";
    MEMBERS = "members: read": "members, their addresses, outside collaborators and teams; without it no verdict about owners (ownerless, orphaned: owner_gone)";
    ORGANIZATION = "organization_administration: read": "App installations, authorised classic tokens, the audit log, the default workflow token and the template of OIDC subjects; without it no zombie and over-privileged of those";
    PLAN = "organization_plan: read": "the organisation's plan, which tells what is refused from what the plan does not have; no verdict is lost without it that `skip` does not give back";
    PERSONAL_ACCESS_TOKENS = "organization_personal_access_tokens: read": "fine-grained tokens, which GitHub shows to Apps alone; without it no verdict about them";
    PERSONAL_ACCESS_TOKEN_REQUESTS = "organization_personal_access_token_requests: read": "tokens that wait for approval, which GitHub shows to Apps alone; no verdict is lost without it";
    REPOSITORY_ADMINISTRATION = "administration: read": "deploy keys and self-hosted runners of repositories; without it no verdict about keys, and no zombie of such runners";
    SECRETS = "secrets: read": "names of repositories' Actions secrets; without it no orphaned and long-lived of them";
    ORGANIZATION_SECRETS = "organization_secrets: read": "names of the organisation's Actions secrets; without it no orphaned and long-lived of them";
    DEPENDABOT_SECRETS = "dependabot_secrets: read": "names of repositories' Dependabot secrets; without it no long-lived of them";
    ORGANIZATION_DEPENDABOT_SECRETS = "organization_dependabot_secrets: read": "names of the organisation's Dependabot secrets; without it no long-lived of them";
    ORGANIZATION_CODESPACES_SECRETS = "organization_codespaces_secrets: read": "names of the organisation's Codespaces secrets; without it no long-lived of them";
    VARIABLES = "actions_variables: read": "names of repositories' variables; no verdict is lost without it";
    ORGANIZATION_VARIABLES = "organization_actions_variables: read": "names of the organisation's variables; no verdict is lost without it";
    ACTIONS = "actions: read": "environments, which clouds trust by name, and what OIDC subjects are made of; without it no dangling-trust of them";
    ENVIRONMENTS = "environments: read": "names of environments' secrets and variables; without it no orphaned and long-lived of their secrets";
    RUNNERS = "organization_self_hosted_runners: read": "self-hosted runners of the organisation; without it no zombie of them";
    HOOKS = "organization_hooks: read": "webhooks of the organisation; no verdict is lost without it";
    REPOSITORY_HOOKS = "repository_hooks: read": "webhooks of repositories, where `also` names them; no verdict is lost without it";
    ENTERPRISE = "read:enterprise": "organisations of an enterprise, by an enterprise owner's token; without it those that the settings do not name are not looked at";
    ENTERPRISE_RUNNERS = "manage_runners:enterprise": "self-hosted runners of an enterprise, by an enterprise owner's token (GitHub has no reading scope for them); without it no zombie of them";
    CONTENTS = "contents: read": "workflows in all branches, agents' definitions and CODEOWNERS in default ones; without it no shadow-agent, hard-coded, consumers (also whether anything uses a secret) and owners (orphaned, ownerless)";
}

/// What the connector is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "github",
    summary: "Tokens, keys, apps, secrets and workflows of GitHub organisations, and who is behind them.",
    permissions: PERMISSIONS,
    scope_kinds: &[
        ScopeKind { name: "organization", lists: "the organisation itself, its plan and its default workflow token" },
        ScopeKind { name: "members", lists: "members and outside collaborators" },
        ScopeKind { name: "member-emails", lists: "members' addresses in the organisation's verified domains" },
        ScopeKind { name: "external-identities", lists: "members' addresses in the organisation's single sign-on" },
        ScopeKind {
            name: "teams",
            lists: "teams, their members, and the repositories that they administer or maintain",
        },
        ScopeKind { name: "oidc-subjects", lists: "what the subjects of workflows' OIDC tokens are made of" },
        ScopeKind { name: "repositories", lists: "repositories, and the identity of each one's workflows" },
        ScopeKind { name: "personal-access-tokens", lists: "fine-grained personal access tokens" },
        ScopeKind { name: "personal-access-token-requests", lists: "fine-grained tokens that wait for approval" },
        ScopeKind {
            name: "credential-authorizations",
            lists: "classic tokens and SSH keys authorised for single sign-on",
        },
        ScopeKind { name: "installations", lists: "installed GitHub Apps and what they may do" },
        ScopeKind { name: "deploy-keys", lists: "deploy keys of repositories" },
        ScopeKind { name: "secrets", lists: "names of Actions secrets of the organisation and its repositories" },
        ScopeKind { name: "dependabot-secrets", lists: "names of Dependabot secrets" },
        ScopeKind { name: "codespaces-secrets", lists: "names of the organisation's Codespaces secrets" },
        ScopeKind { name: "variables", lists: "names of Actions variables" },
        ScopeKind {
            name: "environments",
            lists: "deployment environments and the names of their secrets and variables",
        },
        ScopeKind { name: "runners", lists: "the organisation's self-hosted runners" },
        ScopeKind { name: "repository-runners", lists: "self-hosted runners of repositories that are not archived" },
        ScopeKind { name: "webhooks", lists: "the organisation's webhooks" },
        ScopeKind { name: "repository-webhooks", lists: "webhooks of repositories; only where `also` names it" },
        ScopeKind {
            name: "repository-workflow-tokens",
            lists: "what the tokens of a repository's workflows may do; only where `also` names it",
        },
        ScopeKind {
            name: "definitions",
            lists: "workflows in all branches; agents' definitions, MCP configurations and CODEOWNERS in default branches",
        },
        ScopeKind {
            name: "audit-log",
            lists: "use of tokens in the last seven days, and which token has which hash, where the plan has an audit log",
        },
        ScopeKind {
            name: "enterprise-identities",
            lists: "members' addresses in an enterprise's own single sign-on; of enterprises that the settings name",
        },
        ScopeKind {
            name: "enterprise-runners",
            lists: "an enterprise's self-hosted runners; of enterprises that the settings name",
        },
    ],
    blind_spots: &[
        "classic personal access tokens and SSH keys of an organisation without SAML single sign-on: GitHub lists them to nobody",
        "fine-grained tokens, when it signs in with a token: GitHub lists them to Apps alone",
        "when a classic token or an SSH key was last used: `credential_accessed_at` is its last sign-in, not its last use",
        "since when a runner is offline: GitHub tells that it is, so use is counted from the first scan that saw it",
        "whether a deploy key dies with the token that made it: GitHub does not tell which token that was",
        "OAuth apps' grants: GitHub has no listing of them",
        "Codespaces secrets of single repositories: GitHub shows them only to whom may write them",
        "other branches than the default one, but for their workflows; files that a program writes; submodules",
        "workflows that only a tag or a pull request from a fork has",
        "who uses Dependabot's and Codespaces' secrets: not only workflows do",
        "which of several secrets of one name (an environment's, the repository's, the organisation's) a workflow gets, and to which repositories one of the organisation is open: each of that name counts as in use",
        "which version of a required workflow a ruleset pins: the one in its default branch is read, so a secret that only the pinned one names may be called unused",
        "that a required workflow takes a role of the repository in which it runs: such a role may be called unused when nothing else takes it",
        "what only another branch's version of a workflow is handed, such as the name of a role",
        "whether a workflow, or Actions in a repository, is switched off: what it would use counts as in use",
        "since when a repository is archived: no listing tells it, so the days count from the first scan that saw it so",
        "two GitHub servers in one database: their ids are numbers of their own, and the same ones mean different things",
        "an enterprise's own tokens, Apps and audit log: of it, its organisations, runners and single sign-on are looked at",
        "subjects of OIDC tokens that begin with what differs from run to run (a reusable workflow, say) or with the enterprise: whose they are cannot be told",
    ],
    policy,
};

/// An App's manifest, and what a token needs for the same.
fn policy() -> String {
    // What no verdict rests on is not asked for: whoever names it in `also` grants it besides.
    let wanted = PERMISSIONS.iter().filter(|permission| permission.name != REPOSITORY_HOOKS);
    let permissions: serde_json::Map<String, serde_json::Value> = wanted
        .filter_map(|permission| permission.name.split_once(": "))
        .map(|(name, level)| (name.to_owned(), level.into()))
        .collect();
    let policy = json!({
        "app_manifest": {
            "name": "whosekey",
            "url": "https://example.com",
            "public": false,
            "default_events": [],
            "default_permissions": permissions,
        },
        "app_permissions_for_also": {
            "repository-webhooks": REPOSITORY_HOOKS,
        },
        "classic_token_scopes": {
            "read:org": "members, teams, authorised classic tokens, the template of OIDC subjects",
            "repo": "private repositories: deploy keys, secrets' names, environments, runners, webhooks, OIDC subjects, definitions (GitHub has no reading scope for them)",
            "admin:org": "the organisation's plan, installations, its secrets' names and runners (GitHub has no reading scope for them)",
            "admin:org_hook": "webhooks",
            "read:audit_log": "the audit log",
            "read:enterprise": "the organisations of an enterprise that the settings name, and its single sign-on",
            "manage_runners:enterprise": "the runners of such an enterprise (GitHub has no reading scope for them)",
        },
    });
    format!("{policy:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_says_what_the_descriptor_says() {
        let readme = include_str!("../README.md");
        let scopes = DESCRIPTOR.scope_kinds.iter().map(|kind| format!("| `{}` | {} | ", kind.name, kind.lists));
        let blind_spots = DESCRIPTOR.blind_spots.iter().map(|spot| format!("- {spot}"));
        let missing: Vec<String> = scopes
            .chain(blind_spots)
            .filter(|wanted| !readme.lines().any(|line| line.starts_with(&**wanted)))
            .collect();
        assert!(missing.is_empty(), "README.md lacks:\n{}", missing.join("\n"));
        let unnamed = PERMISSIONS.iter().filter(|one| !readme.contains(&format!("`{}`", one.name)));
        assert!(unnamed.clone().next().is_none(), "README.md lacks {:?}", unnamed.collect::<Vec<_>>());
    }
}
