//! How GitHub refuses, and which requests it is told to refuse.

use serde_json::json;

use super::routes;
use crate::http::Answer;

const DOCUMENTATION: &str = "https://docs.github.com/rest";
const SECONDARY: &str = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. \
     If you reach out to GitHub Support for help, please include the request ID 0000:000000:000000:000000:00000000.";
const PRIMARY: &str = "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include \
     the request ID 0000:000000:000000:000000:00000000 and timestamp 2026-01-01 00:00:00 UTC.";

const ALREADY: &str = "API rate limit already exceeded for user ID 1.";

/// A refusal, in the words of GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deny {
    /// 401: the token is not one, is revoked or has expired.
    BadCredentials,
    /// 401: no token at all.
    RequiresAuthentication,
    /// 401: an App's assertion that is not accepted, with GitHub's reason.
    BadAssertion(&'static str),
    /// 403: an App's installation lacks the permission.
    NotAccessible,
    /// 403: a fine-grained token lacks the permission, or only Apps may ask.
    TokenNotAccessible,
    /// 403: the caller must be an owner of the organisation.
    MustBeOwner,
    /// 404: it is not there, or the caller may not know that it is.
    NotFound,
    /// 403: a classic token that is not authorised for the organisation's single sign-on.
    Saml,
    /// 403: the organisation has a list of allowed addresses.
    IpAllowList,
    /// 403: the installation is suspended.
    Suspended,
    /// 403: the repository is disabled.
    Blocked,
    /// 409: the repository has no commit.
    EmptyRepository,
    /// The budget is used up: remaining 0, and a reset in so many seconds.
    PrimaryLimit {
        /// 403 or 429.
        status: u16,
        /// When the budget is whole again.
        reset_in_s: i64,
    },
    /// The budget is used up, and nothing but words says so: 403, and of a query 200.
    AlreadyExceeded,
    /// Too much at once, with a `Retry-After` of so many seconds.
    SecondaryLimit {
        /// 403 or 429.
        status: u16,
        /// None: nothing but the words of the body say what it is.
        retry_after_s: Option<u64>,
    },
    /// 5xx, as a broken backend says it.
    ServerError(u16),
    /// Anything else: the status and the message.
    Other(u16, &'static str),
}

impl Deny {
    /// Whether it is for asking too much: such a refusal takes nothing from the budget.
    pub(super) fn is_limit(&self) -> bool {
        matches!(self, Self::PrimaryLimit { .. } | Self::AlreadyExceeded | Self::SecondaryLimit { .. })
    }

    /// The answer; the headers of the budget are added where all answers get theirs.
    pub(super) fn answer(&self, now_s: i64, to: Api) -> Answer {
        let (status, message) = match self {
            Self::BadCredentials => (401, "Bad credentials"),
            Self::RequiresAuthentication => (401, "Requires authentication"),
            Self::BadAssertion(reason) => (401, *reason),
            Self::NotAccessible => (403, "Resource not accessible by integration"),
            Self::TokenNotAccessible => (403, "Resource not accessible by personal access token"),
            Self::MustBeOwner => (403, "You must be an organization owner or have the required permission."),
            Self::NotFound => (404, "Not Found"),
            Self::Saml => (
                403,
                "Resource protected by organization SAML enforcement. You must grant your Personal Access token access \
                 to this organization.",
            ),
            Self::IpAllowList => (
                403,
                "Although you appear to have the correct authorization credentials, the `acme` organization has an IP \
                 allow list enabled, and your IP address is not permitted to access this resource.",
            ),
            Self::Suspended => (403, "This installation has been suspended"),
            Self::Blocked => (403, "Repository access blocked"),
            Self::EmptyRepository => (409, "Git Repository is empty."),
            Self::PrimaryLimit { status, .. } => (*status, PRIMARY),
            Self::AlreadyExceeded => (403, ALREADY),
            Self::SecondaryLimit { status, .. } => (*status, SECONDARY),
            Self::ServerError(status) => (*status, "Server Error"),
            Self::Other(status, message) => (*status, *message),
        };
        let (status, body) = if to == Api::GraphQl && matches!(self, Self::PrimaryLimit { .. }) {
            // https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api: "the response
            // status will still be 200", seen 2026-11-27.
            (200, json!({"errors": [{"type": "RATE_LIMITED", "message": message}]}))
        } else if to == Api::GraphQl && matches!(self, Self::AlreadyExceeded) {
            // As seen in https://github.com/yanyongyu/githubkit/issues/271, on 2026-11-27.
            let error = json!({"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": message});
            (200, json!({"data": null, "errors": [error]}))
        } else {
            (status, json!({"message": message, "documentation_url": DOCUMENTATION, "status": status.to_string()}))
        };
        let mut answer = Answer::new(status, "application/json; charset=utf-8", body.to_string().into_bytes());
        let mut header = |name: &str, value: String| answer.headers.push((name.to_owned(), value));
        match self {
            Self::PrimaryLimit { reset_in_s, .. } => {
                header("x-ratelimit-remaining", "0".into());
                header("x-ratelimit-reset", (now_s + reset_in_s).to_string());
            }
            Self::SecondaryLimit { retry_after_s: Some(seconds), .. } => header("retry-after", seconds.to_string()),
            Self::Saml => {
                let url = "https://github.com/orgs/acme/sso?authorization_request=AAAA";
                header("x-github-sso", format!("required; url={url}"));
            }
            _ => {}
        }
        answer
    }
}

/// Which of the two was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Rest,
    GraphQl,
}

/// Which requests are refused.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pattern: String,
    only_nth: Option<usize>,
    matched: usize,
    deny: Deny,
}

impl Rule {
    pub(super) fn new(pattern: &str, only_nth: Option<usize>, deny: Deny) -> Self {
        Self { pattern: pattern.to_owned(), only_nth, matched: 0, deny }
    }

    /// How the request is refused, if it is. Counts it.
    pub(super) fn applies(&mut self, route: Option<&str>, path: &str) -> Option<Deny> {
        if route != Some(self.pattern.as_str()) && !routes::matches(&self.pattern, path) {
            return None;
        }
        self.matched += 1;
        self.only_nth.is_none_or(|n| n == self.matched).then(|| self.deny.clone())
    }
}
