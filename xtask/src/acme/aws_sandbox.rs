//! The sandbox account, where the auditor may see little: what cannot be told there is said, and nothing is guessed.
//!
//! Every listing that was refused or cut tells of something all the same. One that told nothing could hide owners of
//! anything in the whole estate, and then nobody could say of anything that it has none.

use whosekey_sdk::{Evidence, IssueKind, Link, LinkKind};

use super::aws::Account;
use super::names::SANDBOX;
use super::people::email;
use super::recording::{Facts, Scope};

/// The recording of the sandbox.
pub(super) fn scopes() -> Vec<Scope> {
    let mut account = Account::new(SANDBOX);
    // Tags could not be read: perhaps Ada stands in one.
    let spike = account.user("prototype-spike", "2025-12-01");
    account.key(&spike, "prototype-spike", |key| key.created("2025-12-01").used("2026-11-02"));
    let trial = account.user("vendor-trial", "2026-01-20");
    account.key(&trial, "vendor-trial", |key| key.created("2026-01-20").use_denied());
    // Its owner has left, and whether it has a key at all was not seen.
    let demo = account.user("demo-tenant", "2025-03-30");
    account.users.owned_by(&demo, &email("mallory"), "console login");
    let hello = account.role("hello-world", |role| role.created("2025-05-01").used("2026-11-02").on());
    account.trusts(&hello, "service:lambda.amazonaws.com");
    account.roles.owned_by(&hello, &email("edsger"), "tag owner");
    account.function("hello-world", &hello, "sandbox");
    account.agent("scratch", &hello, |agent| agent.created("2026-02-02").on().environment("sandbox"));
    // The function that it trusts was not in the part of the list that was seen; nor can anybody say that it is gone.
    let function = |name: &str| format!("arn:aws:lambda:eu-west-1:{SANDBOX}:function:{name}");
    let notebook = account.role("notebook-runner", |role| role.created("2025-05-05").used("2026-10-30").on());
    account.roles.owned_by(&notebook, &email("edsger"), "tag owner");
    account.trusts(&notebook, &function("notebook-runner"));
    // Likewise the function that was seen to run as it.
    let mailer = account.role("report-mailer", |role| role.created("2025-06-06").used("2026-10-30").on());
    account.roles.owned_by(&mailer, &email("grace"), "tag owner");
    account.trusts(&mailer, "service:lambda.amazonaws.com");
    let because = "session name in the role's last use";
    account.roles.link(Link::new(function("report-mailer"), LinkKind::RunsAs, mailer, Evidence::Observed, because));

    let Account { users, keys, roles, functions, services, agents, secrets, events, .. } = account;
    let denied = "iam:ListUserTags is denied: who owns a user cannot be told; add it to the auditor's policy";
    vec![
        users.issue(IssueKind::Permission, denied),
        keys.issue(IssueKind::Permission, "iam:GetAccessKeyLastUsed is denied: unused keys cannot be told"),
        roles,
        functions.issue(IssueKind::RateLimit, "lambda:ListFunctions was throttled for longer than the scan may wait"),
        services,
        agents.cut(),
        secrets,
        events.issue(IssueKind::Unsupported, "cloudtrail is switched off in this account"),
    ]
}
