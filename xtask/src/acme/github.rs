//! The organisation on GitHub: seen whole. What stands here has the shapes that the connector makes, which its tests hold.

use whosekey_sdk::{AccessLevel, Entity, Evidence, Kind, Link, LinkKind, OwnerRole};

use super::filler::{SERVICES, lately, owner};
use super::names::{self, PROD};
use super::people::{ACTIVE, LEFT, email};
use super::recording::{Facts, Scope, entity};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const ORGANIZATION: &str = "github:organization/9001";
const DEPLOY: &str = ".github/workflows/deploy.yml";
/// The scope that shows all workflows.
const DEFINITIONS: &str = "acme/definitions";

/// The recording of the organisation.
pub(super) fn scopes() -> Vec<Scope> {
    let mut all = vec![organization(), members(), member_emails(), repositories()];
    all.extend([tokens(), authorizations(), installations(), deploy_keys(), secrets(), definitions()]);
    all
}

fn organization() -> Scope {
    let mut scope = Scope::new("acme/organization");
    let acme = entity(Kind::Resource, "github.organization", ORGANIZATION, "acme").created("2017-02-01");
    scope.add(acme.alias("github:organization-name/acme").attribute("default_workflow_permissions", "read"));
    scope
}

fn user(n: usize) -> Entity {
    entity(Kind::Owner, "github.user", &format!("github:user/{}", 1000 + n), ACTIVE[n])
}

fn members() -> Scope {
    let mut scope = Scope::new("acme/members").covering("github:member/acme/");
    for (n, login) in ACTIVE.iter().enumerate() {
        scope.add(user(n).alias(format!("login:{login}")).alias(member(login)).attribute("affiliation", "member"));
    }
    scope
}

fn member_emails() -> Scope {
    let mut scope = Scope::new("acme/member-emails");
    for (n, login) in ACTIVE.iter().enumerate() {
        scope.add(user(n).alias(format!("email:{}", email(login))));
    }
    scope
}

/// Somebody of the organisation, who has left it when `members` lists nobody of that name.
fn member(login: &str) -> String {
    format!("github:member/acme/{login}")
}

/// Makes a member the owner.
fn belongs(scope: &mut Scope, what: &str, login: &str, role: OwnerRole, because: &str) {
    scope.link(Link::new(what, LinkKind::OwnedBy, &*member(login), Evidence::Proven, because).role(role));
}

fn repository(n: usize) -> String {
    format!("github:repo/{}", 50_000 + n)
}

fn workflow_identity(n: usize) -> String {
    format!("github:workflow-identity/{}", 50_000 + n)
}

fn repositories() -> Scope {
    let mut scope = Scope::new("acme/repositories")
        .covering(format!("oidc:{ISSUER}#repo:acme/"))
        .covering(format!("oidc:{ISSUER}#repo:acme@9001/"));
    for (n, name) in SERVICES.iter().chain(&["platform"]).enumerate() {
        let repository = entity(Kind::Resource, "github.repository", &repository(n), &format!("acme/{name}"));
        let repository = repository.alias(format!("https://github.com/acme/{name}")).created("2019-05-06").on();
        let repository = scope.add(repository.attribute("archived", false).attribute("visibility", "private"));
        scope.proven(&repository, LinkKind::PartOf, ORGANIZATION, "GET /orgs/{org}/repos");
        let name_of = format!("workflows of acme/{name}");
        let workflows = entity(Kind::Identity, "github.workflow-identity", &workflow_identity(n), &name_of);
        let workflows = workflows
            .alias(format!("repository-name:{ISSUER}#acme/{name}"))
            .alias(format!("oidc:{ISSUER}#repo:acme/{name}:*"))
            .alias(format!("oidc:{ISSUER}#repo:acme@9001/{name}@{}:*", 50_000 + n));
        let workflows = scope.add(workflows.created("2019-05-06").on());
        scope.proven(&workflows, LinkKind::PartOf, &repository, "GET /orgs/{org}/repos");
    }
    scope
}

/// What stands in the default branches: a pipeline for each third service, which becomes that service's role.
fn definitions() -> Scope {
    let mut scope = Scope::new(DEFINITIONS);
    for (n, name) in SERVICES.iter().enumerate().step_by(3) {
        let id = format!("github:workflow/{}/{DEPLOY}", 50_000 + n);
        let workflow = entity(Kind::Workload, "github.workflow", &id, &format!("acme/{name} deploy"));
        scope.add(workflow.attribute("path", DEPLOY).attribute("oidc", true));
        scope.proven(&id, LinkKind::PartOf, &repository(n), "it stands in the repository");
        scope.proven(&id, LinkKind::RunsAs, &workflow_identity(n), "a workflow of it");
        let role = names::iam_arn(PROD, &format!("role/service-{name}"));
        scope.link(Link::new(&*id, LinkKind::RunsAs, &*role, Evidence::Declared, "role-to-assume of a step"));
        if n == 0 {
            let token = secret(n, "REGISTRY_TOKEN");
            scope.link(Link::new(&*id, LinkKind::Holds, &*token, Evidence::Declared, "secrets.REGISTRY_TOKEN"));
        }
        scope.owned_by(&repository(n), &owner(n), "CODEOWNERS *");
    }
    scope
}

/// Apps that are installed: one that the owners' file gives to a team, one that nobody answers for, one that is suspended.
fn installations() -> Scope {
    let mut scope = Scope::new("acme/installations");
    installed(&mut scope, 301, "renovate", |it| it.created("2025-01-01").on());
    installed(&mut scope, 302, "old-linter", |it| it.created("2022-01-01").on());
    installed(&mut scope, 303, "beta-reviewer", |it| it.created("2024-05-05").off());
    scope
}

fn installed(scope: &mut Scope, id: u64, slug: &str, facts: impl FnOnce(Entity) -> Entity) {
    let installation = entity(Kind::Identity, "github.installation", &format!("github:installation/{id}"), slug);
    let installation = scope.add(facts(installation).attribute("app_id", id + 4000));
    let app = scope.add(entity(Kind::Workload, "github.app", &format!("github:app/{}", id + 4000), slug));
    scope.proven(&app, LinkKind::RunsAs, &installation, "GET /orgs/{org}/installations");
    let access =
        Link::new(&*installation, LinkKind::CanAccess, ORGANIZATION, Evidence::Proven, "permission contents: write");
    scope.link(access.level(AccessLevel::Write));
}

/// Deploy keys: they live and die with their repository.
fn deploy_keys() -> Scope {
    let mut scope = Scope::new("acme/deploy-keys");
    for (n, name) in SERVICES.iter().enumerate().take(12) {
        let key = deploy_key(900 + n, &format!("acme/{name} {name}"))
            .created(&format!("2026-{:02}-03", 1 + n % 10))
            .used(&lately(n));
        added(&mut scope, key.tracked_since("2020-01-01").on(), &repository(n), ACTIVE[n % ACTIVE.len()]);
    }
    // GitHub says that it was never used, and not since when it looks.
    let silent = deploy_key(980, &format!("acme/{} read-only mirror", SERVICES[20])).created("2018-08-08").never_used();
    added(&mut scope, silent.on(), &repository(20), ACTIVE[1]);
    // Never used since tracking began, and nobody knows when it was made.
    let undated =
        deploy_key(981, &format!("acme/{} imported key", SERVICES[21])).never_used().tracked_since("2020-01-01");
    added(&mut scope, undated.on(), &repository(21), ACTIVE[2]);
    // Its repository is not in the list any more, and the list is whole.
    let lost = deploy_key(990, "acme/retired-shop mirror").created("2023-03-03").used("2026-01-15");
    added(&mut scope, lost.tracked_since("2020-01-01").on(), "github:repo/40404", ACTIVE[0]);
    scope
}

fn deploy_key(id: usize, name: &str) -> Entity {
    entity(Kind::Credential, "github.deploy-key", &format!("github:deploy-key/{id}"), name).never_expires()
}

fn added(scope: &mut Scope, key: Entity, repository: &str, login: &str) {
    let key = scope.add(key);
    scope.proven(&key, LinkKind::PartOf, repository, "GET /repos/{owner}/{repo}/keys");
    belongs(scope, &key, login, OwnerRole::Creator, "added_by (GET /repos/{owner}/{repo}/keys)");
}

fn secret(n: usize, name: &str) -> String {
    format!("github:secret/repo/{}/{name}", 50_000 + n)
}

/// Secrets of a repository: one that its pipeline uses, and one that no workflow of any branch refers to.
fn secrets() -> Scope {
    let mut scope = Scope::new("acme/secrets");
    for (name, set) in [("REGISTRY_TOKEN", "2026-09-01"), ("OLD_WEBHOOK_URL", "2026-03-14")] {
        let stored =
            entity(Kind::Credential, "github.secret", &secret(0, name), &format!("acme/{} {name}", SERVICES[0]))
                .created(set);
        let stored = stored.attribute("consumers_listed_in", DEFINITIONS).attribute("used_within", "parent");
        let stored = scope.add(stored);
        scope.proven(&stored, LinkKind::PartOf, &repository(0), "GET /repos/{owner}/{repo}/actions/secrets");
    }
    scope
}

/// Fine-grained personal access tokens that have access to the organisation.
fn tokens() -> Scope {
    let mut scope = Scope::new("acme/personal-access-tokens");
    let token = |n: usize, name: &str| entity(Kind::Credential, "github.pat", &format!("github:pat/{n}"), name);
    for n in 0..14 {
        let one = token(17 + n, &format!("{}-token", SERVICES[n])).created("2026-08-15").used(&lately(n));
        let one = scope.add(one.tracked_since("2022-10-18").expires("2031-08-15").on());
        belongs(&mut scope, &one, ACTIVE[n % ACTIVE.len()], OwnerRole::Owner, "owner of the token");
    }
    // Its owner has left, and it still works.
    let left = token(90, "nightly-sync").created("2025-10-01").used("2026-11-22").tracked_since("2022-10-18");
    let left = scope.add(left.never_expires().on());
    belongs(&mut scope, &left, LEFT[0].0, OwnerRole::Owner, "owner of the token");
    scope
}

/// A classic token: GitHub shows neither its last use nor whether it is on to the organisation.
fn authorizations() -> Scope {
    let mut scope = Scope::new("acme/credential-authorizations");
    let id = "github:credential-authorization/91";
    let classic = entity(Kind::Credential, "github.classic-pat", id, "classic token of ken").created("2020-02-02");
    let classic = scope.add(classic.never_expires());
    belongs(&mut scope, &classic, "ken", OwnerRole::Owner, "login (GET /orgs/{org}/credential-authorizations)");
    scope
}
