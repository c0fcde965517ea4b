//! What the API server refuses, in words that name the permission and what is lost without it.

use http::StatusCode;
use whosekey_sdk::http::kind_of_status;
use whosekey_sdk::{Issue, IssueKind};

use super::{Answer, Call};
use crate::descriptor::DESCRIPTOR;
use crate::wire::list::Status;

/// `list pods in namespace shop`.
pub(crate) fn named(call: Call<'_>) -> String {
    format!("{} in {}", call.permission, place(call))
}

fn place(call: Call<'_>) -> String {
    call.namespace.map_or_else(|| "the cluster".to_owned(), |namespace| format!("namespace {namespace}"))
}

/// What an answer that is no success says. The server's own message is not repeated: it quotes what was asked for.
pub(crate) fn refused(answer: &Answer, call: Call<'_>) -> Issue {
    let what = named(call);
    match answer.status() {
        StatusCode::UNAUTHORIZED => {
            Issue::new(IssueKind::Auth, format!("{what}: the cluster does not accept our credentials"))
        }
        StatusCode::FORBIDDEN => DESCRIPTOR.denied(call.permission, &place(call)),
        status => Issue::new(kind_of_status(status.as_u16()), format!("{what}: the API server answered {status}")),
    }
}

/// Whether a list must begin anew, since what its pages were of is no longer kept.
pub(crate) fn is_expired(answer: &Answer) -> bool {
    answer.status() == StatusCode::GONE
        || (answer.status() == StatusCode::BAD_REQUEST && reason(answer).is_some_and(|reason| reason == "Expired"))
}

fn reason(answer: &Answer) -> Option<String> {
    let status: Status = serde_json::from_slice(answer.body()).ok()?;
    (status.kind == "Status").then_some(status.reason)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        http::Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn a_refusal_names_the_permission_the_place_and_the_loss() {
        let call = Call { permission: "list pods", namespace: Some("shop") };
        let issue = refused(&answer(403, r#"{"message":"secret"}"#), call);
        assert_eq!(issue.kind, IssueKind::Permission);
        assert!(issue.message.starts_with("list pods denied in namespace shop; "), "{}", issue.message);
        assert!(issue.message.contains("without it"), "{}", issue.message);
        assert!(!issue.message.contains("secret"));
    }

    #[test]
    fn a_list_that_is_not_found_is_not_one_that_the_cluster_does_not_have() {
        let issue = refused(&answer(404, "{}"), Call { permission: "list pods", namespace: None });
        assert_eq!(issue.kind, IssueKind::Permission, "a proxy may hide what the API says it serves");
    }

    #[test]
    fn only_a_list_that_expired_begins_anew() {
        assert!(is_expired(&answer(410, "")));
        assert!(is_expired(&answer(400, r#"{"kind":"Status","reason":"Expired"}"#)));
        assert!(!is_expired(&answer(400, r#"{"kind":"Status","reason":"BadRequest"}"#)));
        assert!(!is_expired(&answer(404, "")));
    }
}
