//! Errors in the words of the protocol in which a request came.
//!
//! Shapes: <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html> and
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>, looked at in November 2026.

use super::request::Request;
use super::rule::Status;
use crate::http::Answer;

pub(super) fn answer(
    request: &Request,
    status: Status,
    code: &str,
    message: &str,
    retry_after_s: Option<u64>,
) -> Answer {
    let seen = &request.seen;
    let is_query = seen.action.is_some() && request.header("x-amz-target").is_none();
    let is_refusal = matches!(status, Status::Refusal);
    let (status, kind, body) = if is_query && seen.service.as_deref() == Some("ec2") {
        let code = if is_refusal { "UnauthorizedOperation" } else { code };
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{message}\
             </Message></Error></Errors><RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>"
        );
        (known(status, 403), "text/xml", body)
    } else if is_query {
        let status = known(status, 403);
        let whose = if status >= 500 { "Receiver" } else { "Sender" };
        let body = format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>{whose}</Type><Code>{code}\
             </Code><Message>{message}</Message></Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId>\
             </ErrorResponse>"
        );
        (status, "text/xml", body)
    } else {
        let code = match code {
            "AccessDenied" => "AccessDeniedException",
            "Throttling" => "ThrottlingException",
            other => other,
        };
        let body = serde_json::json!({ "__type": code, "message": message }).to_string();
        let refusal = if request.header("x-amz-target").is_some() { 400 } else { 403 };
        let mut answer = Answer::new(known(status, refusal), "application/x-amz-json-1.1", body.into_bytes());
        answer.headers.push(("x-amzn-errortype".into(), code.into()));
        return with_retry_after(answer, retry_after_s);
    };
    with_retry_after(Answer::new(status, kind, body.into_bytes()), retry_after_s)
}

fn known(status: Status, refusal: u16) -> u16 {
    match status {
        Status::Always(status) => status,
        Status::Refusal => refusal,
    }
}

fn with_retry_after(mut answer: Answer, seconds: Option<u64>) -> Answer {
    if let Some(seconds) = seconds {
        answer.headers.push(("retry-after".into(), seconds.to_string()));
    }
    answer
}
