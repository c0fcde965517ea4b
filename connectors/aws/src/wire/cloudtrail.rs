//! CloudTrail events, as far as they are read.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html>

use serde::Deserialize;

/// One event. Failed calls have an error code and made nothing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) event_name: String,
    pub(crate) event_time: String,
    pub(crate) user_identity: UserIdentity,
    pub(crate) error_code: Option<String>,
    pub(crate) request_parameters: Option<RequestParameters>,
    pub(crate) response_elements: Option<ResponseElements>,
}

/// Who did it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserIdentity {
    #[serde(rename = "type")]
    pub(crate) type_name: Option<String>,
    pub(crate) principal_id: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) invoked_by: Option<String>,
    pub(crate) user_name: Option<String>,
    pub(crate) identity_provider: Option<String>,
    pub(crate) session_context: Option<SessionContext>,
}

/// The session it was done in.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionContext {
    pub(crate) session_issuer: Option<SessionIssuer>,
    pub(crate) source_identity: Option<String>,
}

/// The role or user whose session it was.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionIssuer {
    pub(crate) principal_id: Option<String>,
    pub(crate) arn: Option<String>,
}

/// What was asked.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestParameters {
    pub(crate) role_arn: Option<String>,
    pub(crate) role_session_name: Option<String>,
    pub(crate) source_identity: Option<String>,
}

/// What was answered; the secret parts of credentials are not in events and not read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResponseElements {
    pub(crate) user: Option<Made>,
    pub(crate) role: Option<Made>,
    pub(crate) access_key: Option<Made>,
    pub(crate) service_specific_credential: Option<Made>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) source_identity: Option<String>,
}

/// What was made, by its id.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    pub(crate) user_id: Option<String>,
    pub(crate) role_id: Option<String>,
    pub(crate) access_key_id: Option<String>,
    pub(crate) service_specific_credential_id: Option<String>,
}

/// A session's public part.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Credentials {
    pub(crate) access_key_id: Option<String>,
    /// `Nov 24, 2026, 10:00:00 AM` in events, with a narrow no-break space in newer ones.
    pub(crate) expiration: Option<String>,
}
