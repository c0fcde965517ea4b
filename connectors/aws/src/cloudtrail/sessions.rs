//! `cloudtrail.sessions`: temporary sessions that have not expired. They cannot be listed; the event that opened one
//! shows its public id, when it ends, and who opened it. The log remembers longer than a session can live, so one that it
//! does not show any more has ended.

use std::time::Duration;

use whosekey_sdk::{
    CollectError, Complete, EndRef, Entity, Evidence, Fact, Kind, Link, LinkKind, Record, Sink, Timestamp,
};

use super::lookup;
use crate::api::Calls;
use crate::wire::cloudtrail::{Event, UserIdentity};

const EVENTS: &[&str] =
    &["AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken", "GetFederationToken"];
/// The longest that a session lives (`GetSessionToken`, `GetFederationToken`: 36 hours; a role's: 12).
const LONGEST: Duration = Duration::from_secs(36 * 3600);

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let now = calls.now;
    lookup(calls, out, EVENTS, now.minus(LONGEST), |event| normalize(event, now)).await
}

fn normalize(event: &Event, now: Timestamp) -> Vec<Record> {
    let opened_by_service = event.user_identity.type_name.as_deref() == Some("AWSService");
    let Some(answer) = event.response_elements.as_ref().filter(|_| event.error_code.is_none() && !opened_by_service)
    else {
        return Vec::new();
    };
    let credentials = answer.credentials.as_ref();
    let Some(key) = credentials.and_then(|credentials| credentials.access_key_id.as_deref()) else { return Vec::new() };
    let expires_at = credentials.and_then(|credentials| credentials.expiration.as_deref()).and_then(moment);
    if expires_at.is_some_and(|end| end <= now) {
        return Vec::new();
    }
    let asked = event.request_parameters.as_ref();
    let role = asked.and_then(|asked| asked.role_arn.as_deref());
    let session_name = asked.and_then(|asked| asked.role_session_name.as_deref());
    let id = format!("aws:{key}");
    let mut entity = Entity::new(id.as_str(), Kind::Credential, "aws.sts-session", session_name.unwrap_or(key));
    entity.created_at = event.event_time.parse().map_or(Fact::NotExposed, Fact::Known);
    entity.expires_at = expires_at.map_or(Fact::NotExposed, |end| Fact::Known(Some(end)));
    entity.enabled = Fact::Known(true);
    let source = answer.source_identity.as_deref().or(asked.and_then(|asked| asked.source_identity.as_deref()));
    if let Some(source) = source {
        entity = entity.attribute("source_identity", source);
    }
    let opener = opener(&event.user_identity);
    if let Some(opener) = &opener {
        entity = entity.attribute("opened_by", opener.as_str());
    }
    let because = format!("CloudTrail {}", event.event_name);
    let mut records: Vec<Record> = vec![entity.into()];
    let acts_as = role.map(EndRef::from).or_else(|| opener.clone());
    if let Some(identity) = acts_as {
        let link = Link::new(id.as_str(), LinkKind::AuthenticatesAs, identity, Evidence::Observed, because.as_str());
        records.push(link.into());
    }
    if let (Some(role), Some(opener)) = (role, opener) {
        records.push(Link::new(opener, LinkKind::Assumes, role, Evidence::Observed, because).into());
    }
    records
}

/// The identity that opened the session.
fn opener(identity: &UserIdentity) -> Option<EndRef> {
    match identity.type_name.as_deref()? {
        "IAMUser" => Some(format!("aws:{}", identity.principal_id.as_deref()?).into()),
        "Root" => Some(format!("aws:root/{}", identity.account_id.as_deref()?).into()),
        "AssumedRole" => {
            let issuer = identity.session_context.as_ref()?.session_issuer.as_ref()?;
            issuer.arn.as_deref().map(EndRef::from)
        }
        "WebIdentityUser" => {
            let provider = identity.identity_provider.as_deref()?;
            let issuer = provider.split_once(":oidc-provider/").map_or(provider, |(_, issuer)| issuer);
            Some(format!("oidc:https://{issuer}#{}", identity.user_name.as_deref()?).into())
        }
        _ => None,
    }
}

/// The moment in an event's `expiration`: `Nov 24, 2026, 10:00:00 AM` or, in older events, without the second comma;
/// in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let plain: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| *c != ',').collect();
    let civil = jiff::civil::DateTime::strptime("%b %d %Y %I:%M:%S %p", plain).ok()?;
    let moment = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?;
    Some(Timestamp::from_secs(moment.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-24T09:30:00Z";

    fn event(expiration: &str, identity: &str) -> Event {
        serde_json::from_str(&format!(
            r#"{{"eventName":"AssumeRole","eventTime":"2026-11-24T09:00:00Z","userIdentity":{identity},
                "requestParameters":{{"roleArn":"arn:aws:iam::000000000000:role/deploy","roleSessionName":"run-7"}},
                "responseElements":{{"credentials":{{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","expiration":"{expiration}",
                "sessionToken":"FwoGZXIvYXdzEXAMPLE"}},"sourceIdentity":"ada"}}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn both_forms_of_the_expiration_are_read() {
        for text in ["Nov 24, 2026, 10:00:00 AM", "Nov 24, 2026 10:00:00 AM", "Nov 24, 2026, 10:00:00\u{202f}AM"] {
            assert_eq!(moment(text).unwrap().to_string(), "2026-11-24T10:00:00Z", "{text}");
        }
        assert_eq!(moment("later"), None);
    }

    #[test]
    fn a_session_tells_who_opened_it_for_which_role_and_until_when() {
        let user = r#"{"type":"IAMUser","principalId":"AIDAEXAMPLE"}"#;
        let records = normalize(&event("Nov 24, 2026, 10:00:00 AM", user), NOW.parse().unwrap());
        let Record::Entity(entity) = &records[0] else { panic!("{records:?}") };
        assert_eq!(entity.id.as_str(), "aws:ASIAIOSFODNN7EXAMPLE");
        assert_eq!(entity.attributes["source_identity"], "ada");
        let Record::Link(assumes) = &records[2] else { panic!("{records:?}") };
        assert_eq!(
            (assumes.from.as_str(), assumes.to.as_str()),
            ("aws:AIDAEXAMPLE", "arn:aws:iam::000000000000:role/deploy")
        );
        assert!(!format!("{records:?}").contains("FwoGZXIvYXdz"), "a session's token is not kept");
    }

    #[test]
    fn an_expired_session_and_a_services_own_are_left_out() {
        let user = r#"{"type":"IAMUser","principalId":"AIDAEXAMPLE"}"#;
        assert!(normalize(&event("Nov 24, 2026, 9:15:00 AM", user), NOW.parse().unwrap()).is_empty());
        let service = r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#;
        assert!(normalize(&event("Nov 24, 2026, 10:00:00 AM", service), NOW.parse().unwrap()).is_empty());
    }
}
