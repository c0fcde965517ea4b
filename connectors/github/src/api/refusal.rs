//! From a refusal to the issue that tells it.

use bytes::Bytes;
use url::Url;
use whosekey_sdk::http::kind_of_status;
use whosekey_sdk::{Issue, IssueKind};

use super::{Call, header};
use crate::descriptor::DESCRIPTOR;
use crate::place::Place;

/// Says that a token is to be authorised for single sign-on, and where.
const SSO: &str = "x-github-sso";
const SAML: &str = "the token is not authorised for the organisation's single sign-on: authorise it";

/// What GitHub's words mean for whoever reads the coverage, and what to do. They are matched and not copied: they may hold
/// addresses.
const REASONS: &[(&str, &str)] = &[
    ("SAML", SAML),
    (
        "IP allow list",
        "this machine's address is not on the organisation's list of allowed ones: have it added, or scan from one that is",
    ),
    (
        "installation has been suspended",
        "the App's installation is suspended: an owner of the organisation can lift that",
    ),
    ("suspended", "GitHub has suspended the account or the organisation"),
    (
        "forbids access via",
        "the organisation forbids tokens of this kind or life: sign in with one that it allows, or as an App",
    ),
    ("must be an organization owner", "only an owner of the organisation may see it"),
    ("Upgrade to GitHub", "the organisation's plan does not have it"),
    ("by personal access token", "only a GitHub App may see it, or the token lacks the permission"),
    ("by integration", "the App lacks the permission"),
    ("blocked", "GitHub has disabled it"),
];

/// The issue of an answer that is neither a success nor worth another attempt.
pub(crate) fn refused(call: Call, place: &Place, response: &http::Response<Bytes>) -> Issue {
    let status = response.status().as_u16();
    match kind_of_status(status) {
        IssueKind::Permission => {
            let denied = DESCRIPTOR.denied(call.permission, &place.words());
            // 404 is how GitHub refuses what it does not even want to admit: it never means that there is nothing.
            let hidden = || (status == 404).then(|| "GitHub answers 404 for what it does not show".to_owned());
            let reason = reason(place, response).or_else(hidden);
            let reason = reason.map_or_else(String::new, |reason| format!("{reason}; "));
            Issue::new(denied.kind, format!("{}: {reason}{}", call.what, denied.message))
        }
        IssueKind::Auth => {
            let message = format!("{}: {} ({})", call.what, place.not_accepted, place.words());
            Issue::new(IssueKind::Auth, message)
        }
        kind => Issue::new(kind, format!("{}: GitHub answered {status} in {}", call.what, place.words())),
    }
}

/// Why GitHub refuses, and what to do, when it says so.
pub(crate) fn reason(place: &Place, response: &http::Response<Bytes>) -> Option<String> {
    if header(response, SSO).is_some_and(|told| told.starts_with("required")) {
        return Some(match sso_page(place, response) {
            Some(page) => format!("{SAML} at {page}"),
            None => SAML.to_owned(),
        });
    }
    words(&String::from_utf8_lossy(response.body())).map(str::to_owned)
}

/// What GitHub's own words mean.
pub(crate) fn words(said: &str) -> Option<&'static str> {
    REASONS.iter().find(|(words, _)| said.contains(words)).map(|(_, reason)| *reason)
}

/// Where a token is authorised for single sign-on: on GitHub's own pages, and without the query, which holds the request.
fn sso_page(place: &Place, response: &http::Response<Bytes>) -> Option<String> {
    let told = header(response, SSO)?;
    let page = told.split(';').find_map(|part| part.trim().strip_prefix("url="))?;
    let page = Url::parse(page).ok()?;
    let is_its_own = page.scheme() == "https" && page.host_str() == Some(&*place.host);
    is_its_own.then(|| format!("https://{}{}", place.host, page.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::tests::acme;

    fn refusal(status: u16, sso: &str, said: &'static str) -> http::Response<Bytes> {
        let builder = http::Response::builder().status(status);
        let builder = if sso.is_empty() { builder } else { builder.header(SSO, sso) };
        builder.body(Bytes::from_static(said.as_bytes())).unwrap()
    }

    #[test]
    fn where_a_token_is_authorised_is_told_without_the_request_and_only_of_githubs_own_pages() {
        let of = |sso: &str| reason(&acme(), &refusal(403, sso, "")).unwrap();
        let told = of("required; url=https://github.com/orgs/acme/sso?authorization_request=AAAA");
        assert_eq!(told, format!("{SAML} at https://github.com/orgs/acme/sso"));
        for other in
            ["required; url=https://github.example/orgs/acme/sso?x=AAAA", "required; url=no address", "required"]
        {
            assert_eq!(of(other), SAML, "{other}");
        }
        let in_part = refusal(403, "partial-results; organizations=1", "Resource not accessible by integration");
        assert_eq!(reason(&acme(), &in_part).unwrap(), "the App lacks the permission");
    }

    #[test]
    fn the_reason_comes_before_what_it_costs() {
        let call = Call::new("GET /orgs/{org}/hooks", crate::descriptor::HOOKS);
        let issue = refused(call, &acme(), &refusal(404, "", "{}"));
        assert_eq!(
            issue.message,
            "GET /orgs/{org}/hooks: GitHub answers 404 for what it does not show; organization_hooks: read denied in \
             organisation acme; needed: webhooks of the organisation; no verdict is lost without it"
        );
    }
}
