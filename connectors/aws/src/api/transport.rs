//! The SDK's HTTP client, made of the shared HTTP layer.
//!
//! The vendor's default client is switched off: it links an old TLS stack, waits for ever, and retries on its own.
//! Here each request of each service takes the deadlines, the body cap, the retry budget and the counter that all of
//! whosekey's requests take. A signed request may be sent again as it is: signatures hold for five minutes or more.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use whosekey_sdk::http::{Client, HttpError, Judgement, judge_by_status};

use super::error_code::error_code;

/// Hands the SDK's requests to the shared HTTP layer.
#[derive(Debug, Clone)]
pub(crate) struct Transport(pub(crate) Client);

impl HttpClient for Transport {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { send(&client, request).await })
    }
}

async fn send(client: &Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (head, body) = request.into_parts();
    let body = body.bytes().map(Bytes::copy_from_slice).ok_or_else(|| {
        ConnectorError::user("a streaming request body has no place in a connector that only reads".into())
    })?;
    let response = client
        .execute(http::Request::from_parts(head, body))
        .await
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    // An empty body reads as an empty object in the JSON protocols, that is, as a listing without items and without a
    // token: complete and empty. No listing of AWS answers so; a cut connection without a length does.
    if response.status().is_success() && response.body().is_empty() {
        return Err(ConnectorError::other(HttpError::Cut.into(), None));
    }
    HttpResponse::try_from(response.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
}

/// Codes by which AWS says "slow down" with a status that does not (mostly 400).
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html> lists them; looked at 2026-11-24.
const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "TransactionInProgressException",
    "EC2ThrottledException",
    "ProvisionedThroughputExceededException",
];

/// Tells AWS's throttling, however disguised, from its other answers.
pub(crate) fn judge(response: &http::Response<Bytes>) -> Judgement {
    let status = response.status();
    if status.is_client_error()
        && error_code(response.headers(), response.body()).is_some_and(|code| THROTTLING.contains(&code.as_str()))
    {
        return match judge_by_status(response) {
            Judgement::Throttled(after) => Judgement::Throttled(after),
            Judgement::Answer | Judgement::Retry => Judgement::Throttled(None),
        };
    }
    // A web page with status 500 is not AWS's: it is a gateway or stand-in that does not know the service, and it will
    // not know it a second later.
    if status == http::StatusCode::INTERNAL_SERVER_ERROR && is_web_page(response.headers()) {
        return Judgement::Answer;
    }
    judge_by_status(response)
}

fn is_web_page(headers: &http::HeaderMap) -> bool {
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &'static str) -> http::Response<Bytes> {
        let builder = http::Response::builder().status(status).header("content-type", content_type);
        builder.body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn throttling_is_seen_behind_status_400() {
        let xml = answer(400, "text/xml", "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>");
        assert_eq!(judge(&xml), Judgement::Throttled(None));
        let json = answer(400, "application/x-amz-json-1.1", r#"{"__type":"ThrottlingException","message":"x"}"#);
        assert_eq!(judge(&json), Judgement::Throttled(None));
    }

    #[test]
    fn a_refusal_is_not_throttling() {
        let denied = answer(403, "text/xml", "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
        assert_eq!(judge(&denied), Judgement::Answer);
    }

    #[test]
    fn a_service_error_is_tried_again_and_a_web_page_is_not() {
        assert_eq!(judge(&answer(500, "text/xml", "<ErrorResponse/>")), Judgement::Retry);
        assert_eq!(judge(&answer(500, "text/html; charset=utf-8", "<!doctype html>")), Judgement::Answer);
        assert_eq!(judge(&answer(503, "text/html", "<!doctype html>")), Judgement::Retry);
    }
}
