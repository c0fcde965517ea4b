//! From a refusal to the issue that tells it.

use bytes::Bytes;
use whosekey_sdk::http::kind_of_status;
use whosekey_sdk::{Issue, IssueKind};

use super::Call;
use crate::descriptor::DESCRIPTOR;
use crate::place::Place;

/// What GitHub's words mean for whoever reads the coverage. They are matched and not copied: they may hold addresses.
const REASONS: &[(&str, &str)] = &[
    ("SAML", "the token is not authorised for the organisation's single sign-on"),
    ("IP allow list", "this machine's address is not on the organisation's list of allowed ones"),
    ("suspended", "the App's installation is suspended"),
    ("must be an organization owner", "only an owner of the organisation may see it"),
    ("by personal access token", "only a GitHub App may see it, or the token lacks the permission"),
    ("by integration", "the App lacks the permission"),
    ("blocked", "GitHub has disabled it"),
];

/// The issue of an answer that is neither a success nor worth another attempt.
pub(crate) fn refused(call: Call, place: &Place, response: &http::Response<Bytes>) -> Issue {
    let status = response.status().as_u16();
    let said = String::from_utf8_lossy(response.body());
    let reason = REASONS.iter().find(|(words, _)| said.contains(words)).map(|(_, reason)| *reason);
    match kind_of_status(status) {
        IssueKind::Permission => {
            let denied = DESCRIPTOR.denied(call.permission, &place.words());
            // 404 is how GitHub refuses what it does not even want to admit: it never means that there is nothing.
            let reason = reason.or((status == 404).then_some("GitHub answers 404 for what it does not show"));
            let reason = reason.map_or_else(String::new, |reason| format!(", {reason}"));
            Issue::new(denied.kind, format!("{}: {}{reason}", call.what, denied.message))
        }
        IssueKind::Auth => {
            let message = format!("{}: the credential is not accepted in {}", call.what, place.words());
            Issue::new(IssueKind::Auth, message)
        }
        kind => Issue::new(kind, format!("{}: GitHub answered {status} in {}", call.what, place.words())),
    }
}
