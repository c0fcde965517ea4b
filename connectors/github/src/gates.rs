//! What GitHub does not have here, or shows to nobody who signs in like this: no permission would lift that, so a refusal
//! of it is no denial, and hides nothing of what is listed elsewhere.
//!
//! Invariant: nothing but what GitHub itself says of the plan, the single sign-on or the token makes a refusal one of these.

use whosekey_sdk::{CollectError, Issue, IssueKind};

use crate::api::sign_in::Caller;
use crate::api::{Call, Calls};
use crate::descriptor::PLAN;
use crate::external_identities;
use crate::place::Place;
use crate::scopes::Kind;

/// Plans that have neither single sign-on nor an audit log that programs may read; of any other plan nothing is concluded.
/// <https://docs.github.com/en/get-started/learning-about-github/githubs-plans>.
const PLANS_WITHOUT_BOTH: &[&str] = &["free", "team"];

/// The plan, when it is known to have neither single sign-on nor an audit log for programs.
pub(crate) fn plan_without_both(place: &Place) -> Option<&'static str> {
    let plan = place.plan.as_deref()?;
    PLANS_WITHOUT_BOTH.iter().copied().find(|known| *known == plan)
}

/// What a refusal of `personal-access-tokens` means.
pub(crate) fn of_tokens(calls: &Calls, call: Call, refused: CollectError) -> CollectError {
    let reason = (calls.place.caller == Caller::Person).then_some(
        "GitHub shows fine-grained tokens to Apps alone, and this source signs in with a user's token; without them no \
         verdict about them, nor which of them a use in the audit log is of",
    );
    closed(call, Kind::PersonalAccessTokens, reason.map(or_as_an_app), refused)
}

/// What a refusal of `personal-access-token-requests` means.
pub(crate) fn of_requests(calls: &Calls, call: Call, refused: CollectError) -> CollectError {
    let reason = (calls.place.caller == Caller::Person).then_some(
        "GitHub shows tokens that wait for approval to Apps alone, and this source signs in with a user's token; no verdict \
         is lost without them",
    );
    closed(call, Kind::PersonalAccessTokenRequests, reason.map(or_as_an_app), refused)
}

/// What a refusal of `audit-log` means.
pub(crate) fn of_audit_log(calls: &Calls, call: Call, refused: CollectError) -> CollectError {
    let reason = plan_without_both(&calls.place).map(|plan| {
        format!(
            "{} has the plan {plan}, in which no program may read an audit log; without it no use of tokens that stand in \
             files (zombie);",
            calls.place.words()
        )
    });
    unless_told(calls, Kind::AuditLog, closed(call, Kind::AuditLog, reason, refused))
}

/// What a refusal of `credential-authorizations` at this path means. Whether there is single sign-on is asked where the
/// plan leaves it open.
pub(crate) async fn of_authorizations(calls: &Calls, call: Call, path: &str, refused: CollectError) -> CollectError {
    if !is_denial(&refused) {
        return refused;
    }
    let place = calls.place.words();
    let why = match plan_without_both(&calls.place) {
        Some(plan) => Some(format!("{place} has the plan {plan}, which has no single sign-on")),
        None if has_no_list(calls, call, path).await => Some(format!("{place} has no single sign-on of its own")),
        None => None,
    };
    let reason = why.map(|why| {
        format!("{why}, and without it GitHub lists classic tokens and SSH keys to nobody; no verdict about them;")
    });
    let kind = Kind::CredentialAuthorizations;
    unless_told(calls, kind, closed(call, kind, reason, refused))
}

/// Whether GitHub has no such list: it says 403 where a permission is lacking, which an enterprise's single sign-on, that is
/// not seen here, must not be taken for.
async fn has_no_list(calls: &Calls, call: Call, path: &str) -> bool {
    calls.ask(call, path).await.is_ok_and(|response| response.status() == 404)
        && external_identities::has_none(calls).await
}

fn or_as_an_app(reason: &str) -> String {
    format!("{reason}; sign in as an App (`app`), or")
}

fn is_denial(refused: &CollectError) -> bool {
    matches!(refused, CollectError::Issue(issue) if issue.kind == IssueKind::Permission)
}

/// The refusal, or the reason for which there is nothing to see, with what to do.
fn closed(call: Call, kind: Kind, reason: Option<String>, refused: CollectError) -> CollectError {
    match reason {
        Some(reason) if is_denial(&refused) => {
            let message = format!("{}: {reason} leave it out: skip = [\"{}\"]", call.what, kind.name());
            Issue::new(IssueKind::Unsupported, message).into()
        }
        _ => refused,
    }
}

/// The same, with what else it may mean where the plan is not told.
fn unless_told(calls: &Calls, kind: Kind, refused: CollectError) -> CollectError {
    match refused {
        CollectError::Issue(Issue { kind: IssueKind::Permission, message }) if calls.place.plan.is_none() => {
            let message = format!(
                "{message}. Where the organisation has none, leave it out: skip = [\"{}\"]; an App is told the plan by \
                 {PLAN}",
                kind.name()
            );
            Issue::new(IssueKind::Permission, message).into()
        }
        other => other,
    }
}
