//! The organisation on GitHub: seen whole.

use whosekey_sdk::{Alias, Kind, LinkKind};

use super::filler::{SERVICES, lately, owner};
use super::names::{self, PROD};
use super::people::{ACTIVE, LEFT, email};
use super::recording::{Facts, Scope, entity};

const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The recording of the organisation.
pub(super) fn scopes() -> Vec<Scope> {
    let mut members = Scope::new("acme/members").covering("github:user/");
    for (n, login) in ACTIVE.iter().enumerate() {
        let member = entity(Kind::Owner, "github.user", &member(n), login).alias(format!("email:{}", email(login)));
        members.add(member.alias(format!("github:login/{login}")).on());
    }
    vec![members, repositories(), workflows(), installations(), deploy_keys(), tokens()]
}

fn member(n: usize) -> String {
    format!("github:user/{}", 1000 + n)
}

fn repository(n: usize) -> String {
    format!("github:repo/{}", 50_000 + n)
}

fn repositories() -> Scope {
    let mut scope = Scope::new("acme/repos").covering("github:repo/").covering(format!("oidc:{ISSUER}#repo:acme/"));
    for (n, name) in SERVICES.iter().chain(&["platform"]).enumerate() {
        let repository = entity(Kind::Resource, "github.repository", &repository(n), &format!("acme/{name}"));
        let subjects = Alias::family(&format!("oidc:{ISSUER}#repo:acme/{name}:"));
        scope.add(repository.alias(format!("https://github.com/acme/{name}")).alias(subjects).on());
    }
    scope
}

/// A pipeline for each third service, which becomes that service's role.
fn workflows() -> Scope {
    let mut scope = Scope::new("acme/workflows");
    for (n, name) in SERVICES.iter().enumerate().step_by(3) {
        let id = format!("github:workflow/{}", 70_000 + n);
        scope.add(
            entity(Kind::Workload, "github.workflow", &id, &format!("acme/{name}: deploy")).on().environment("prod"),
        );
        scope.proven(&id, LinkKind::PartOf, &repository(n), "repository of the workflow");
        let role = names::iam_arn(PROD, &format!("role/service-{name}"));
        scope.proven(&id, LinkKind::RunsAs, &role, "role-to-assume in the workflow");
        scope.owned_by(&id, &owner(n), "CODEOWNERS");
    }
    scope
}

/// Apps that are installed: one in order, one that nobody answers for.
fn installations() -> Scope {
    let mut scope = Scope::new("acme/installations");
    let renovate = entity(Kind::Identity, "github.installation", "github:installation/301", "renovate");
    let renovate = scope.add(renovate.created("2025-01-01").on());
    scope.owned_by(&renovate, "team:platform", "installed for team platform");
    scope.add(
        secret("github:app-key/301", "renovate, key 1")
            .created("2026-08-01")
            .used("2026-11-23")
            .tracked_since("2024-01-01"),
    );
    scope.proven("github:app-key/301", LinkKind::AuthenticatesAs, &renovate, "keys of the app");
    let stale = entity(Kind::Identity, "github.installation", "github:installation/302", "old-linter");
    let stale = scope.add(stale.created("2022-01-01").on());
    scope.add(secret("github:app-key/302", "old-linter, key 1").created("2022-01-01"));
    scope.proven("github:app-key/302", LinkKind::AuthenticatesAs, &stale, "keys of the app");
    // Suspended by an owner of the organisation: its key opens nothing.
    let suspended = entity(Kind::Identity, "github.installation", "github:installation/303", "beta-reviewer");
    let suspended = scope.add(suspended.created("2024-05-05").off());
    scope.add(
        secret("github:app-key/303", "beta-reviewer, key 1")
            .created("2024-05-05")
            .never_used()
            .tracked_since("2024-01-01"),
    );
    scope.proven("github:app-key/303", LinkKind::AuthenticatesAs, &suspended, "keys of the app");
    scope
}

fn secret(id: &str, name: &str) -> whosekey_sdk::Entity {
    entity(Kind::Credential, "github.app-key", id, name).never_expires().on()
}

/// Deploy keys: they live and die with their repository.
fn deploy_keys() -> Scope {
    let mut scope = Scope::new("acme/deploy-keys");
    for (n, name) in SERVICES.iter().enumerate().take(12) {
        let key = entity(Kind::Credential, "github.deploy-key", &format!("github:deploy-key/{}", 900 + n), name);
        let key = key.created(&format!("2026-{:02}-03", 1 + n % 10)).used(&lately(n)).tracked_since("2020-01-01");
        let key = scope.add(key.never_expires().on());
        scope.proven(&key, LinkKind::PartOf, &repository(n), "repository of the key");
        scope.owned_by(&key, &format!("github:user/{}", 1000 + n % ACTIVE.len()), "added_by");
    }
    // GitHub says that it was never used, and not since when it looks.
    let silent = entity(Kind::Credential, "github.deploy-key", "github:deploy-key/980", "read-only mirror");
    let silent = scope.add(silent.created("2018-08-08").never_used().never_expires().on());
    scope.proven(&silent, LinkKind::PartOf, &repository(20), "repository of the key");
    scope.owned_by(&silent, &member(1), "added_by");
    // Never used since tracking began, and nobody knows when it was made.
    let undated = entity(Kind::Credential, "github.deploy-key", "github:deploy-key/981", "imported key");
    let undated = scope.add(undated.never_used().tracked_since("2020-01-01").never_expires().on());
    scope.proven(&undated, LinkKind::PartOf, &repository(21), "repository of the key");
    scope.owned_by(&undated, &member(2), "added_by");
    // Its repository is not in the list any more, and the list is whole.
    let lost = entity(Kind::Credential, "github.deploy-key", "github:deploy-key/990", "mirror of retired-shop");
    let lost = lost.created("2023-03-03").used("2026-01-15").tracked_since("2020-01-01").never_expires().on();
    let lost = scope.add(lost);
    scope.proven(&lost, LinkKind::PartOf, "github:repo/40404", "repository of the key");
    scope.owned_by(&lost, &member(0), "added_by");
    scope
}

/// Fine-grained personal access tokens that have access to the organisation.
fn tokens() -> Scope {
    let mut scope = Scope::new("acme/personal-access-tokens");
    for n in 0..14 {
        let token = entity(
            Kind::Credential,
            "github.pat",
            &format!("github:pat/{}", 17 + n),
            &format!("{}-token", SERVICES[n]),
        );
        let token = token.created("2026-08-15").used(&lately(n)).tracked_since("2022-10-18").expires("2031-08-15").on();
        let token = scope.add(token);
        scope.owned_by(&token, &format!("login:{}", ACTIVE[n % ACTIVE.len()]), "owner of the token");
    }
    // Its owner has left, and it still works.
    let left = entity(Kind::Credential, "github.pat", "github:pat/90", "nightly-sync");
    let left =
        scope.add(left.created("2025-10-01").used("2026-11-22").tracked_since("2022-10-18").never_expires().on());
    scope.owned_by(&left, &email(LEFT[0].0), "owner of the token");
    // A classic token: GitHub shows neither its last use nor its end to the organisation.
    let classic = entity(Kind::Credential, "github.classic-pat", "github:pat/91", "classic token of ken");
    let classic = scope.add(classic.created("2020-02-02").on());
    scope.owned_by(&classic, "login:ken", "owner of the token");
    scope
}
