//! From what went wrong with a call to the issue that the coverage shows.
//!
//! Messages are made of our own words, AWS's error code and the account: never of AWS's message, which repeats ARNs,
//! conditions and sometimes parameters, nor of headers or bodies.

use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use whosekey_sdk::http::{HttpError, kind_of_status};
use whosekey_sdk::{Issue, IssueKind};

use crate::descriptor::DESCRIPTOR;

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>, looked at 2026-11-27.
const SIGNATURE_LASTS: Duration = Duration::from_secs(5 * 60);

/// A call that went wrong, in the words of the coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The kind of issue.
    pub(crate) kind: IssueKind,
    /// AWS's error code, when there is one.
    pub(crate) code: Option<String>,
    detail: String,
}

impl Failure {
    /// Whether AWS says that the thing does not exist: it was deleted between list and describe.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code.as_deref().is_some_and(|code| {
            code == "NoSuchEntity" || code.ends_with("NotFoundException") || code.ends_with("NotFound")
        })
    }

    /// The issue for the coverage: the permission or call, where, and what it costs.
    pub(crate) fn issue(&self, action: &str, place: &str) -> Issue {
        match self.kind {
            IssueKind::Permission => DESCRIPTOR.denied(action, place),
            kind => Issue::new(kind, format!("{action} in {place}: {}", self.detail)),
        }
    }

    /// The failure of a transport.
    pub(crate) fn from_http(error: &HttpError) -> Self {
        Self { kind: error.kind(), code: None, detail: error.to_string() }
    }

    /// The failure that an error code and a status stand for.
    pub(crate) fn from_code(code: Option<&str>, status: Option<u16>) -> Self {
        let kind = match (code, status) {
            (Some(code), _) if kind_of_code(code).is_some() => kind_of_code(code).unwrap_or(IssueKind::Network),
            (None, Some(404)) => IssueKind::Unsupported,
            (_, Some(status @ (401 | 403 | 405 | 429 | 500..))) => kind_of_status(status),
            (None, Some(status)) if status < 300 => IssueKind::Parse,
            // Not `Unsupported`: that says that there is nothing to see, and this code says nothing that we know.
            _ => IssueKind::Parse,
        };
        let reason = code.and_then(reason_of_sign_in);
        let detail = match (code, status) {
            (Some(code), _) if reason.is_some() => format!("{} (answered {code})", reason.unwrap_or_default()),
            (Some(code), Some(status)) => format!("answered {code} (status {status})"),
            (Some(code), None) => format!("answered {code}"),
            (None, Some(status)) if status < 300 => "an answer that is not understood".to_owned(),
            (None, Some(status)) => format!("answered status {status} without an error code"),
            (None, None) => "no answer".to_owned(),
        };
        Self { kind, code: code.map(str::to_owned), detail }
    }

    /// The failure of a request that could not even be made.
    pub(crate) fn unsendable() -> Self {
        Self { kind: IssueKind::Network, code: None, detail: "the request could not be sent".to_owned() }
    }

    /// The same, of the call that needs no permission: refused, it is the sign-in that failed. `answered_at` is what
    /// AWS's clock showed then, and `now` what ours did.
    #[must_use]
    pub(crate) fn of_sign_in(self, answered_at: Option<SystemTime>, now: SystemTime) -> Self {
        if !matches!(self.kind, IssueKind::Permission | IssueKind::Auth) {
            return self;
        }
        let apart = answered_at.and_then(|theirs| clocks_apart(theirs, now));
        Self { kind: IssueKind::Auth, detail: apart.unwrap_or(self.detail), ..self }
    }

    /// The failure of a sign-in outside a call of the SDK.
    pub(crate) fn from_sign_in(error: &CredentialsError) -> Self {
        from_chain(error)
    }

    fn auth(detail: impl Into<String>) -> Self {
        Self { kind: IssueKind::Auth, code: None, detail: detail.into() }
    }
}

impl<E: ProvideErrorMetadata + Error + 'static> From<SdkError<E, HttpResponse>> for Failure {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::ServiceError(context) => {
                Failure::from_code(context.err().code(), Some(context.raw().status().as_u16()))
            }
            SdkError::ResponseError(context) => Failure::from_code(None, Some(context.raw().status().as_u16())),
            SdkError::TimeoutError(_) => Failure::from_http(&HttpError::Timeout),
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => from_chain(&error),
            _ => from_chain(&error),
        }
    }
}

/// Sign-in happens inside a call, so its failure comes wrapped in the call's: the chain of causes tells them apart.
fn from_chain(error: &(dyn Error + 'static)) -> Failure {
    let mut in_sign_in = false;
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return Failure::from_http(http);
        }
        let refused = error
            .downcast_ref::<AssumeRoleError>()
            .map(ProvideErrorMetadata::code)
            .or_else(|| error.downcast_ref::<AssumeRoleWithWebIdentityError>().map(ProvideErrorMetadata::code));
        if let Some(code) = refused {
            return match code.and_then(kind_of_code) {
                Some(IssueKind::Permission) => Failure {
                    kind: IssueKind::Auth,
                    code: code.map(str::to_owned),
                    detail: "sts:AssumeRole denied: the role is missing, or does not trust the identity that this source signs in with".to_owned(),
                },
                Some(kind) => Failure { kind, ..Failure::from_code(code, None) },
                None => Failure::auth("the role could not be assumed"),
            };
        }
        in_sign_in |= error.is::<CredentialsError>();
        cause = error.source();
    }
    if in_sign_in {
        Failure::auth("no usable credentials: check the profile or the ambient credentials of this process")
    } else {
        Failure::unsendable()
    }
}

/// What a refused sign-in's code means, and so what to do.
fn reason_of_sign_in(code: &str) -> Option<&'static str> {
    Some(match code {
        "ExpiredToken" | "ExpiredTokenException" => "the credentials have expired: sign in again",
        "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "InvalidToken" => {
            "AWS does not know these credentials: they were deleted or switched off, or are of another partition"
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => {
            "the secret access key is not the one of this access key, or this machine's clock is wrong"
        }
        "RequestExpired" | "RequestTimeTooSkewed" => "this machine's clock is wrong: signatures hold for five minutes",
        "MissingAuthenticationToken" | "MissingAuthenticationTokenException" => "the request was not signed",
        _ => return None,
    })
}

/// That two clocks are further apart than a signature lasts.
fn clocks_apart(theirs: SystemTime, ours: SystemTime) -> Option<String> {
    let (apart, word) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    let minutes = apart.as_secs() / 60;
    (apart > SIGNATURE_LASTS).then(|| {
        format!("this machine's clock is {minutes} minutes {word} AWS's, and signatures hold for five: set the clock")
    })
}

fn kind_of_code(code: &str) -> Option<IssueKind> {
    Some(match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthorizationError"
        | "NotAuthorized"
        | "AccessDenied.Exception"
        | "UnauthorizedException" => IssueKind::Permission,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "AuthFailure"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "InvalidToken" => IssueKind::Auth,
        "ServiceUnavailable"
        | "ServiceFailure"
        | "ServiceFailureException"
        | "InternalFailure"
        | "InternalError"
        | "InternalServerException"
        | "InternalServerError"
        | "InternalServiceError" => IssueKind::Network,
        "OptInRequired"
        | "UnknownOperationException"
        | "InvalidAction"
        | "AWSOrganizationsNotInUseException"
        | "UnsupportedOperation"
        | "UnsupportedOperationException"
        | "SubscriptionRequiredException" => IssueKind::Unsupported,
        _ if code.contains("Throttl") || code.contains("TooManyRequests") || code == "RequestLimitExceeded" => {
            IssueKind::RateLimit
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_into_the_kinds_of_issue() {
        for (code, status, kind) in [
            (Some("AccessDenied"), 403, IssueKind::Permission),
            (Some("UnauthorizedOperation"), 403, IssueKind::Permission),
            (Some("ExpiredToken"), 403, IssueKind::Auth),
            (Some("InvalidClientTokenId"), 403, IssueKind::Auth),
            (Some("SignatureDoesNotMatch"), 403, IssueKind::Auth),
            (Some("Throttling"), 400, IssueKind::RateLimit),
            (Some("ServiceUnavailable"), 503, IssueKind::Network),
            (None, 500, IssueKind::Network),
            (None, 404, IssueKind::Unsupported),
            (Some("ValidationException"), 400, IssueKind::Parse),
            (None, 200, IssueKind::Parse),
            (None, 403, IssueKind::Permission),
        ] {
            assert_eq!(Failure::from_code(code, Some(status)).kind, kind, "{code:?} {status}");
        }
    }

    #[test]
    fn a_clock_that_is_wrong_is_told_as_such() {
        let refused = Failure::from_code(Some("SignatureDoesNotMatch"), Some(403));
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
        let later = noon + Duration::from_secs(12 * 60);
        let message = |theirs, ours| refused.clone().of_sign_in(Some(theirs), ours).issue("sts:X", "here").message;
        assert!(message(noon, later).contains("clock is 12 minutes ahead of AWS's"), "{}", message(noon, later));
        assert!(message(later, noon).contains("clock is 12 minutes behind AWS's"), "{}", message(later, noon));
        assert!(message(noon, noon).contains("the secret access key is not the one of this access key"));
    }

    #[test]
    fn a_sign_in_that_failed_says_what_to_do() {
        let message = |code| Failure::from_code(Some(code), Some(403)).issue("sts:GetCallerIdentity", "here").message;
        assert!(message("ExpiredToken").contains("the credentials have expired: sign in again"));
        assert!(message("InvalidClientTokenId").contains("AWS does not know these credentials"));
    }

    #[test]
    fn a_denied_call_names_the_permission_and_what_it_costs() {
        let failure = Failure::from_code(Some("AccessDenied"), Some(403));
        let issue = failure.issue("iam:ListAccessKeys", "account 000000000000");
        assert_eq!(issue.kind, IssueKind::Permission);
        assert!(
            issue.message.starts_with("iam:ListAccessKeys denied in account 000000000000; needed: "),
            "{}",
            issue.message
        );
    }

    #[test]
    fn only_a_definite_answer_is_not_found() {
        assert!(Failure::from_code(Some("NoSuchEntity"), Some(404)).is_not_found());
        assert!(Failure::from_code(Some("ResourceNotFoundException"), Some(404)).is_not_found());
        assert!(!Failure::from_code(None, Some(404)).is_not_found());
        assert!(!Failure::from_code(Some("AccessDenied"), Some(403)).is_not_found());
    }
}
