//! The audit log of an organisation and of an enterprise, paged by cursors. Only the enterprise plan has it.
//!
//! Of a phrase, `action:`, `actor:`, `repo:` and `created:>=` are understood, and everything else matches.

use serde_json::{Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::limits::Resource;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::World;

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/orgs/{org}/audit-log",
        Needs::owner("organization_administration", &["read:audit_log", "admin:org"]),
        of_organisation,
    )
    .counted_as(Resource::AuditLog),
    Route::get(
        "/enterprises/{enterprise}/audit-log",
        Needs::user("enterprise_administration", &["read:audit_log", "admin:enterprise"]),
        of_enterprise,
    )
    .counted_as(Resource::AuditLog),
];

/// An event: what was done by whom at which time (in ms since 1970), with more fields as GitHub names them:
///
/// ```
/// use serde_json::json;
/// use whosekey_parts::github::event;
///
/// let event = event("git.clone", "ada", 1_790_000_000_000, &json!({"repo": "acme/shop", "hashed_token": "a1b2="}));
/// assert_eq!(event["repo"], "acme/shop");
/// ```
pub fn event(action: &str, actor: &str, at_ms: u64, more: &Value) -> Value {
    let mut event = json!({
        "@timestamp": at_ms,
        "created_at": at_ms,
        "action": action,
        "actor": actor,
        "_document_id": format!("doc-{action}-{actor}-{at_ms}"),
    });
    if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
        event.extend(more.clone());
    }
    event
}

fn of_organisation(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let organisation = ask.organisation(world)?;
    if organisation.plan != "enterprise" {
        return Err(Deny::NotFound);
    }
    let mut events = organisation.audit_events.clone();
    for event in &mut events {
        event["org"] = organisation.login.clone().into();
        event["org_id"] = organisation.id.into();
    }
    Ok(listed(events, ask))
}

fn of_enterprise(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let enterprise = world.enterprises.get(ask.parameter("enterprise")).ok_or(Deny::NotFound)?;
    let members = enterprise.organisations.iter().filter_map(|login| world.organisations.get(login));
    let of_members = members.flat_map(|organisation| &organisation.audit_events);
    Ok(listed(enterprise.audit_events.iter().chain(of_members).cloned().collect(), ask))
}

fn listed(mut events: Vec<Value>, ask: &Ask<'_>) -> Reply {
    let phrase = ask.query("phrase").unwrap_or_default();
    let wants_git = matches!(ask.query("include").as_deref(), Some("git" | "all"));
    let wants_web = ask.query("include").as_deref() != Some("git");
    events.retain(|event| {
        let is_git = event["action"].as_str().is_some_and(|action| action.starts_with("git."));
        (if is_git { wants_git } else { wants_web }) && phrase.split_whitespace().all(|term| is_said(event, term))
    });
    events.sort_by_key(|event| event["@timestamp"].as_u64());
    if ask.query("order").as_deref() != Some("asc") {
        events.reverse();
    }
    Reply::Cursor(events)
}

fn is_said(event: &Value, term: &str) -> bool {
    let same = |field: &str, wanted: &str| event[field].as_str().is_some_and(|value| value == wanted);
    match term.split_once(':') {
        Some(("action", wanted)) => {
            let action = event["action"].as_str().unwrap_or_default();
            action == wanted || action.split('.').next() == Some(wanted)
        }
        Some(("actor", wanted)) => same("actor", wanted),
        Some(("repo", wanted)) => same("repo", wanted),
        Some(("created", since)) => is_since(event, since),
        _ => true,
    }
}

fn is_since(event: &Value, since: &str) -> bool {
    let day = since.trim_start_matches(['>', '=']);
    let whole = if day.contains('T') { day.to_owned() } else { format!("{day}T00:00:00Z") };
    let Ok(since) = whole.parse::<jiff::Timestamp>() else { return true };
    event["@timestamp"].as_i64().is_some_and(|at_ms| at_ms >= since.as_millisecond())
}
