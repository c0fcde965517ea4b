//! The sandbox account, where the auditor may see little: what cannot be told there is said, and nothing is guessed.

use whosekey_sdk::IssueKind;

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
    // Its function was not in the half of the list that was seen; nor can anybody say that it is gone.
    let notebook = account.role("notebook-runner", |role| role.created("2025-05-05").used("2026-10-30").on());
    account.roles.owned_by(&notebook, &email("edsger"), "tag owner");
    account.trusts(&notebook, &format!("arn:aws:lambda:eu-west-1:{SANDBOX}:function:notebook-runner"));
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
