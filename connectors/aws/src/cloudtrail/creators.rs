//! `cloudtrail.creators`: who made which user, role and key, for what was made in the last 90 days. The scope forgets:
//! what an earlier scan saw stands as long as the thing does.

use std::time::Duration;

use whosekey_sdk::{
    Alias, CollectError, Complete, EndRef, Evidence, Link, LinkKind, OwnerRole, Record, Sink, owner_evidence,
};

use super::lookup;
use crate::api::Calls;
use crate::wire::cloudtrail::{Event, UserIdentity};

const EVENTS: &[&str] = &["CreateUser", "CreateRole", "CreateAccessKey", "CreateServiceSpecificCredential"];
/// How far CloudTrail remembers.
const HISTORY: Duration = Duration::from_secs(90 * 86_400);

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    lookup(calls, out, EVENTS, calls.now.minus(HISTORY), normalize).await
}

fn normalize(event: &Event) -> Vec<Record> {
    let Some(made) = made(event) else { return Vec::new() };
    let because = format!("CloudTrail {}", event.event_name);
    let mut links = Vec::new();
    if let Some(creator) = creator(&event.user_identity) {
        links.push(Link::new(made.as_str(), LinkKind::CreatedBy, creator, Evidence::Observed, because.as_str()));
    }
    if let Some(address) = person(&event.user_identity) {
        let person = Alias::email(address);
        links.push(
            Link::new(made.as_str(), LinkKind::OwnedBy, person, Evidence::Observed, because).role(OwnerRole::Creator),
        );
    }
    links.into_iter().map(Record::from).collect()
}

/// The id of what the event made; nothing when the call failed.
fn made(event: &Event) -> Option<String> {
    if event.error_code.is_some() {
        return None;
    }
    let answer = event.response_elements.as_ref()?;
    let id = match event.event_name.as_str() {
        "CreateUser" => answer.user.as_ref()?.user_id.as_ref(),
        "CreateRole" => answer.role.as_ref()?.role_id.as_ref(),
        "CreateAccessKey" => answer.access_key.as_ref()?.access_key_id.as_ref(),
        _ => answer.service_specific_credential.as_ref()?.service_specific_credential_id.as_ref(),
    };
    Some(format!("aws:{}", id?))
}

/// Who did it: a person where the session says so, else the identity that acted.
fn creator(identity: &UserIdentity) -> Option<EndRef> {
    if let Some(address) = person(identity) {
        return Some(Alias::email(address).into());
    }
    match identity.type_name.as_deref()? {
        "Root" => Some(format!("aws:root/{}", identity.account_id.as_deref()?).into()),
        "IAMUser" => Some(format!("aws:{}", identity.principal_id.as_deref()?).into()),
        "AssumedRole" => {
            let issuer = identity.session_context.as_ref()?.session_issuer.as_ref()?;
            Some(format!("aws:{}", issuer.principal_id.as_deref()?).into())
        }
        "AWSService" => Some(format!("aws:service/{}", identity.invoked_by.as_deref()?).into()),
        // Federated users have no id that any listing knows.
        _ => identity.arn.as_deref().map(EndRef::from),
    }
}

/// The person behind a session: the source identity that an identity provider set, the session name where people sign
/// in under their email (as IAM Identity Center does), or a federated user's name.
fn person(identity: &UserIdentity) -> Option<&str> {
    let source = identity.session_context.as_ref().and_then(|context| context.source_identity.as_deref());
    let session = identity.principal_id.as_deref().and_then(|id| id.split_once(':')).map(|(_, name)| name);
    let federated = identity.identity_provider.as_ref().and(identity.user_name.as_deref());
    [source, session, federated].into_iter().flatten().find_map(owner_evidence::email)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(identity: &str) -> Vec<(LinkKind, String)> {
        let event = format!(
            r#"{{"eventName":"CreateAccessKey","eventTime":"2026-11-24T09:00:00Z","userIdentity":{identity},
                "responseElements":{{"accessKey":{{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Active"}}}}}}"#
        );
        normalize(&serde_json::from_str(&event).unwrap())
            .into_iter()
            .filter_map(|record| match record {
                Record::Link(link) => Some((link.kind, link.to.to_string())),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_key_made_by_a_role_was_made_by_the_role() {
        let found = links(
            r#"{"type":"AssumedRole","principalId":"AROAEXAMPLE:i-0abc","arn":"arn:aws:sts::000000000000:assumed-role/ci/i-0abc",
                "sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE"}}}"#,
        );
        assert_eq!(found, [(LinkKind::CreatedBy, "aws:AROAEXAMPLE".to_owned())]);
    }

    #[test]
    fn a_key_made_by_somebody_who_signed_in_was_made_by_that_person() {
        let found = links(
            r#"{"type":"AssumedRole","principalId":"AROAEXAMPLE:ada@example.com",
                "sessionContext":{"sessionIssuer":{"principalId":"AROAEXAMPLE"}}}"#,
        );
        let ada = "email:ada@example.com".to_owned();
        assert_eq!(found, [(LinkKind::CreatedBy, ada.clone()), (LinkKind::OwnedBy, ada)]);
    }

    #[test]
    fn a_call_that_failed_made_nothing() {
        let event = r#"{"eventName":"CreateUser","eventTime":"2026-11-24T09:00:00Z","errorCode":"AccessDenied",
            "userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE"},"responseElements":null}"#;
        assert!(normalize(&serde_json::from_str(event).unwrap()).is_empty());
    }
}
