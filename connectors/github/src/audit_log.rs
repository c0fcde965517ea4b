//! `audit-log`: use of tokens in the last days, and which token has which hash: so a token that stands in a file meets its
//! entry among the personal access tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use whosekey_sdk::listing::whole;
use whosekey_sdk::{Activity, CollectError, Complete, Entity, Issue, IssueKind, Kind, Record, Sink, Timestamp};

use crate::api::{Call, Calls};
use crate::descriptor::ORGANIZATION;
use crate::gates;
use crate::personal_access_tokens::{self, Token};

const EVENTS: Call = Call::new("GET /orgs/{org}/audit-log", ORGANIZATION);

/// Git events are kept for seven days, <https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/reviewing-the-audit-log-for-your-organization>,
/// seen 2026-11-27.
const WINDOW: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What a token is called by the hash of its value, here and by whoever finds it in a file.
pub(crate) const HASHED_TOKEN: &str = "github:hashed-token/";

/// An event, as far as it is read.
#[derive(Debug, Serialize, Deserialize)]
struct Event {
    #[serde(rename = "@timestamp")]
    at_ms: Option<i64>,
    action: Option<String>,
    hashed_token: Option<String>,
    token_id: Option<u64>,
}

struct Used {
    at: Timestamp,
    action: String,
    token_id: Option<u64>,
}

/// Collects `audit-log`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    // By whole days, so that the pages of one day are the same in each of its scans.
    let since = calls.now.minus(WINDOW).to_string();
    let day = since.split('T').next().unwrap_or_default();
    let first =
        &calls.of_organisation(&format!("/audit-log?phrase=created:%3E%3D{day}&include=all&order=asc&per_page=100"));
    let (used, complete) = whole(|token| async move {
        let (events, next, _) = calls.page::<Event>(EVENTS, token.unwrap_or_else(|| first.clone())).await?;
        Ok((events, next))
    })
    .await
    .map_err(|refused| gates::of_audit_log(calls, EVENTS, refused))?;
    let used = latest(used);
    if used.is_empty() {
        return Ok(complete);
    }
    let complete = complete_with_entries(calls, &used, complete, out).await?;
    out.page(used.iter().map(|(hash, used)| activity(hash, used)).collect()).await?;
    Ok(complete)
}

/// Tells which entry of the personal access tokens each use is of: a token's hash is told by its own id, its entry by that
/// of the approval.
async fn complete_with_entries(
    calls: &Calls,
    used: &BTreeMap<String, Used>,
    complete: Complete,
    out: &mut dyn Sink,
) -> Result<Complete, CollectError> {
    let first = calls.of_organisation(personal_access_tokens::PATH);
    let listed = calls.listing::<Token>(personal_access_tokens::LIST, first).await;
    match listed.map_err(|refused| gates::of_tokens(calls, personal_access_tokens::LIST, refused)) {
        Ok((tokens, whole)) => {
            out.page(tokens.iter().flat_map(|token| known(token, used)).collect()).await?;
            Ok(complete.and(whole))
        }
        // There are no entries to be met then, and that is told where they would be.
        Err(CollectError::Issue(issue)) if issue.kind == IssueKind::Unsupported => Ok(complete),
        Err(CollectError::Issue(issue)) => {
            let message = format!("{}; uses were read, but not which fine-grained token each is of", issue.message);
            out.issue(Issue::new(issue.kind, message));
            Ok(complete)
        }
        Err(other) => Err(other),
    }
}

/// The last use of each token.
fn latest(events: Vec<Event>) -> BTreeMap<String, Used> {
    let mut latest: BTreeMap<String, Used> = BTreeMap::new();
    for event in events {
        let (Some(hash), Some(at_ms)) = (event.hashed_token, event.at_ms) else { continue };
        let at = Timestamp::from_millis(at_ms);
        let action = event.action.unwrap_or_default();
        let before = latest.get(&hash);
        let token_id = event.token_id.or(before.and_then(|before| before.token_id));
        if before.is_none_or(|before| before.at <= at) {
            latest.insert(hash, Used { at, action, token_id });
        }
    }
    latest
}

/// The token's entry, by the name that a file gives it: the hash of a value that nobody needs to know.
fn known(token: &Token, used: &BTreeMap<String, Used>) -> Vec<Record> {
    let of_it = used.iter().filter(|(_, used)| used.token_id.is_some() && used.token_id == token.token_id());
    of_it
        .map(|(hash, _)| Entity::new(token.entity_id(), Kind::Credential, "github.pat", "").alias(alias(hash)).into())
        .collect()
}

fn activity(hash: &str, used: &Used) -> Record {
    Activity {
        subject: alias(hash).as_str().into(),
        last_used_at: Some(used.at),
        tracked_since: None,
        because: format!("{} (audit log)", used.action),
    }
    .into()
}

fn alias(hash: &str) -> String {
    format!("{HASHED_TOKEN}{hash}")
}
