//! What is wrong in production: one story for each verdict and reason.

use whosekey_sdk::{AccessLevel, Kind, LinkKind};

use super::aws::Account;
use super::names::{self, PROD};
use super::people::email;
use super::recording::{Facts, entity};

/// Adds all of them.
pub(super) fn add(account: &mut Account) {
    zombies(account);
    orphans(account);
    ownerless(account);
    cannot_tell(account);
    dormant(account);
    over_privileged(account);
    trusts(account);
    shared(account);
}

fn zombies(account: &mut Account) {
    // Used for the last time long before the threshold.
    let reports = account.user("quarterly-reports", "2023-02-01");
    account.key(&reports, "quarterly-reports", |key| key.created("2023-02-01").used("2026-03-02"));
    account.users.owned_by(&reports, &email("grace"), "tag owner");
    // Made, handed over, forgotten.
    let backup = account.user("offsite-backup", "2022-05-10");
    account.key(&backup, "offsite-backup", |key| key.created("2022-05-10").never_used());
    account.users.owned_by(&backup, "team:platform", "tag team");
    // Made last week: not used yet, and no zombie before its time.
    let fresh = account.user("metrics-export", "2026-11-20");
    account.key(&fresh, "metrics-export", |key| key.created("2026-11-20").never_used());
    account.users.owned_by(&fresh, "team:data", "tag team");
    // AWS has not seen this role for the whole of its window, which is longer than the threshold.
    let migration = account.role("platform-db-migration", |role| role.created("2022-08-01").never_used().on());
    account.trusts(&migration, "service:ecs-tasks.amazonaws.com");
    account.function("db-migration", &migration, "prod");
}

fn orphans(account: &mut Account) {
    // The agent was switched off, and its role is still in use: by whom?
    let role = account.role("refund-agent", |role| role.created("2025-11-03").used("2026-11-21").on());
    account.trusts(&role, "service:bedrock.amazonaws.com");
    account.roles.owned_by(&role, "team:payments", "tag team");
    let agent = account.agent("refunds", &role, |agent| agent.created("2025-11-03").off().environment("prod"));
    account.agents.owned_by(&agent, "team:payments", "tag team");
    // The service was scaled to zero for good, and its key still opens the door.
    let user = account.user("legacy-invoices", "2023-01-16");
    let key = account.key(&user, "legacy-invoices", |key| key.created("2023-01-16").used("2026-05-05"));
    account.users.owned_by(&user, &email("barbara"), "tag owner");
    let idle = account.role("legacy-invoices-task", |role| role.created("2023-01-16").used("2026-05-05").on());
    account.trusts(&idle, "service:ecs-tasks.amazonaws.com");
    account.roles.owned_by(&idle, &email("barbara"), "tag owner");
    let service = account.service("legacy-invoices", &idle, |service| service.off().environment("prod"));
    account.services.proven(&service, LinkKind::Holds, &key, "environment AWS_ACCESS_KEY_ID");
    // Its repository was deleted; whoever makes one of that name again may deploy.
    let deploy = account.role("retired-shop-deploy", |role| role.created("2024-04-04").used("2026-02-11").on());
    account
        .trusts(&deploy, "oidc:https://token.actions.githubusercontent.com#repo:acme/retired-shop:ref:refs/heads/main");
    account.roles.owned_by(&deploy, &email("ken"), "tag owner");
    // Everyone who answered for it has left.
    let forecast = account.user("forecast-import", "2024-02-20");
    account.key(&forecast, "forecast-import", |key| key.created("2026-06-20").used("2026-11-19"));
    account.users.owned_by(&forecast, &email("mallory"), "tag owner");
    account.users.owned_by(&forecast, &email("trent"), "tag contact");
}

fn ownerless(account: &mut Account) {
    // No tag, no consumer, no creator that a log still shows.
    let crawler = account.user("price-crawler", "2024-09-09");
    account.key(&crawler, "price-crawler", |key| key.created("2026-10-10").used("2026-11-23"));
    // Made by a role that was made by a role: nobody stands behind the chain.
    let factory = account.role("account-factory", |role| role.created("2024-01-08").used("2026-11-22").on());
    account.trusts(&factory, "service:codepipeline.amazonaws.com");
    let bootstrap = account.role("factory-bootstrap", |role| role.created("2023-12-18").used("2026-11-01").on());
    account.trusts(&bootstrap, "service:cloudformation.amazonaws.com");
    account.created_by(&factory, &bootstrap, "CreateRole");
    let tenant = account.user("tenant-0042", "2026-10-12");
    let key = account.key(&tenant, "tenant-0042", |key| key.created("2026-10-12").used("2026-11-23"));
    account.created_by(&tenant, &factory, "CreateUser");
    account.created_by(&key, &factory, "CreateAccessKey");
    // Made by a machine too, but a person made that machine.
    let vendor = account.role("platform-vendor-sync", |role| role.created("2026-03-01").used("2026-11-20").on());
    account.trusts(&vendor, "service:lambda.amazonaws.com");
    account.function("vendor-sync", &vendor, "prod");
    let partner = account.user("partner-feed", "2026-03-02");
    account.key(&partner, "partner-feed", |key| key.created("2026-09-02").used("2026-11-18"));
    account.created_by(&partner, &vendor, "CreateUser");
}

fn cannot_tell(account: &mut Account) {
    // AWS shows no last use of SSH keys for CodeCommit: unused or not, nobody can say.
    let mirror = account.user("code-mirror", "2021-07-07");
    account.users.owned_by(&mirror, &email("ken"), "tag owner");
    let ssh = entity(Kind::Credential, "aws.ssh-key", "aws:APKAAAAAAAAAAAAAAAAA", "APKAAAAAAAAAAAAAAAAA");
    let ssh = account.keys.add(ssh.created("2021-07-07").never_expires().on());
    account.keys.proven(&ssh, LinkKind::AuthenticatesAs, &mirror, "iam:ListSSHPublicKeys");
    // The last use of this key was refused to the auditor.
    let vault = account.user("vault-unseal", "2022-03-15");
    account.key(&vault, "vault-unseal", |key| key.created("2022-03-15").use_denied());
    account.users.owned_by(&vault, "team:platform", "tag team");
    // Its owner is a name of a directory that is not scanned.
    let payroll = account.role("payroll-sync", |role| role.created("2024-10-01").used("2026-11-12").on());
    account.trusts(&payroll, "service:ecs-tasks.amazonaws.com");
    account.roles.owned_by(&payroll, "entra:5f0c2d7e-0000-4000-a000-00000000beef", "tag owner");
    // One of its owners has left; whether the other has, only that directory knows.
    let expenses = account.role("expenses-sync", |role| role.created("2024-10-01").used("2026-11-12").on());
    account.trusts(&expenses, "service:ecs-tasks.amazonaws.com");
    account.roles.owned_by(&expenses, &email("trent"), "tag owner");
    account.roles.owned_by(&expenses, "entra:5f0c2d7e-0000-4000-a000-00000000cafe", "tag contact");
}

fn dormant(account: &mut Account) {
    // Switched off months ago: harmless, and no finding.
    let old = account.user("summer-intern-2025", "2025-06-02");
    account.key(&old, "summer-intern-2025", |key| key.created("2025-06-02").used("2025-08-29").off());
    // Its certificate ran out.
    let signer = account.user("soap-signer", "2019-01-01");
    let certificate = entity(Kind::Credential, "aws.signing-certificate", "aws:certificate/SOAP0SIGNER", "SOAP0SIGNER");
    let certificate = account.keys.add(certificate.created("2019-01-01").expires("2024-01-01").on());
    account.keys.proven(&certificate, LinkKind::AuthenticatesAs, &signer, "iam:ListSigningCertificates");
}

fn over_privileged(account: &mut Account) {
    let admin = account.user("terraform", "2021-11-30");
    account.key(&admin, "terraform", |key| key.created("2021-11-30").used("2026-11-24"));
    account.users.owned_by(&admin, "team:platform", "tag team");
    account.grant(&admin, AccessLevel::Admin, "AdministratorAccess");
    // May pass any role to a function of its own making: that is as good as being administrator.
    let ci = account.role("platform-ci", |role| role.created("2024-05-01").used("2026-11-23").on());
    account.trusts(&ci, "oidc:https://token.actions.githubusercontent.com#repo:acme/platform:ref:refs/heads/main");
    account.grant(&ci, AccessLevel::Escalation, "iam:PassRole + lambda:CreateFunction");
    let lake = account.role("data-lake-loader", |role| role.created("2024-06-17").used("2026-11-23").on());
    account.trusts(&lake, "service:lambda.amazonaws.com");
    account.roles.owned_by(&lake, "team:data", "tag team");
    account.function("data-lake-loader", &lake, "prod");
    account.grant(&lake, AccessLevel::Wildcard, "s3:*");
    // Administrator once, for an emergency, and never since.
    let emergency = account.role("platform-emergency", |role| role.created("2022-02-02").used("2025-12-24").on());
    account.trusts(&emergency, &names::iam_arn(PROD, "user/terraform"));
    account.grant(&emergency, AccessLevel::Admin, "AdministratorAccess");
}

fn trusts(account: &mut Account) {
    // Anyone in any account may become it.
    let public = account.role("public-dataset-reader", |role| role.created("2023-10-10").used("2026-11-11").on());
    account.trusts(&public, "*");
    account.roles.owned_by(&public, "team:data", "tag team");
    // The role that it trusts was deleted; AWS leaves the line where it stands.
    let artifacts = account.role("artifact-upload", |role| role.created("2021-05-05").used("2026-11-20").on());
    account.trusts(&artifacts, &names::iam_arn(PROD, "role/jenkins-controller"));
    account.trusts(&artifacts, "service:codebuild.amazonaws.com");
    account.roles.owned_by(&artifacts, &email("ken"), "tag owner");
}

fn shared(account: &mut Account) {
    // One key in production and in staging: a leak in the one is a leak in the other.
    let mail = account.user("mail-sender", "2025-02-02");
    let key = account.key(&mail, "mail-sender", |key| key.created("2026-09-20").used("2026-11-24"));
    account.users.owned_by(&mail, "team:support", "tag team");
    for (name, environment) in [("newsletter", "prod"), ("newsletter-staging", "staging")] {
        let role = account.role(&format!("platform-{name}"), |role| role.created("2025-02-02").used("2026-11-24").on());
        account.trusts(&role, "service:lambda.amazonaws.com");
        let function = account.function(name, &role, environment);
        account.functions.proven(&function, LinkKind::Holds, &key, "environment AWS_ACCESS_KEY_ID");
    }
    // One key in two services of the same environment.
    let search = account.user("search-index", "2025-04-04");
    let key = account.key(&search, "search-index", |key| key.created("2026-10-04").used("2026-11-24"));
    account.users.owned_by(&search, "team:data", "tag team");
    for name in ["catalogue", "storefront"] {
        let role = account.role(&format!("platform-{name}"), |role| role.created("2025-04-04").used("2026-11-24").on());
        account.trusts(&role, "service:ecs-tasks.amazonaws.com");
        let service = account.service(name, &role, |service| service.on().environment("prod"));
        account.services.proven(&service, LinkKind::Holds, &key, "environment AWS_ACCESS_KEY_ID");
    }
}
