//! Which answers are throttling: GitHub has several disguises for it.
//!
//! <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>, seen 2026-11-27: wait for
//! `retry-after`; else, when nothing remains, until the reset; else a minute, and longer each time.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::DATE;
use jiff::fmt::rfc2822;
use serde::Deserialize;
use whosekey_sdk::http::{Judgement, judge_by_status, retry_after};

/// What is looked at of a body: refusals are short.
const LOOKED_AT_BYTES: usize = 2048;

pub(crate) fn judge(response: &http::Response<Bytes>) -> Judgement {
    let status = response.status();
    let is_refusal = matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    let is_refused_query = status == StatusCode::OK && is_refused_query(response.body());
    if !is_refusal && !is_refused_query {
        return judge_by_status(response);
    }
    if let Some(after) = retry_after(response) {
        return Judgement::Throttled(Some(after));
    }
    if number(response, "x-ratelimit-remaining") == Some(0) {
        return Judgement::Throttled(until_reset(response));
    }
    if status == StatusCode::TOO_MANY_REQUESTS || is_refused_query || speaks_of_a_limit(&looked_at(response)) {
        return Judgement::Throttled(None);
    }
    Judgement::Answer
}

/// Until the budget is whole again, by the server's clock; ours may be wrong.
fn until_reset(response: &http::Response<Bytes>) -> Option<Duration> {
    let reset = number(response, "x-ratelimit-reset")?;
    let date = response.headers().get(DATE)?.to_str().ok()?;
    let now = rfc2822::parse(date).ok()?.timestamp().as_second();
    // A second more, for both are whole seconds.
    Some(Duration::from_secs(u64::try_from(reset.saturating_sub(now)).unwrap_or(0) + 1))
}

fn number(response: &http::Response<Bytes>, name: &str) -> Option<i64> {
    response.headers().get(name)?.to_str().ok()?.trim().parse().ok()
}

fn looked_at(response: &http::Response<Bytes>) -> String {
    let body = response.body();
    String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT_BYTES)]).into_owned()
}

fn speaks_of_a_limit(said: &str) -> bool {
    ["secondary rate limit", "abuse detection", "API rate limit", "rate limit exceeded"]
        .iter()
        .any(|word| said.contains(word))
}

/// GraphQL says it in an answer of status 200, and names it as GitHub documents it or otherwise; data may come with it:
/// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>,
/// <https://github.com/yanyongyu/githubkit/issues/271>, seen 2026-11-27.
fn is_refused_query(body: &[u8]) -> bool {
    // Few answers have such a word in them, and those that do are read.
    let Ok(text) = std::str::from_utf8(body) else { return false };
    if !["RATE_LIMIT", "rate_limit", "rate limit"].iter().any(|word| text.contains(word)) {
        return false;
    }
    let Ok(Faults { message, errors }) = serde_json::from_str(text) else { return false };
    let is_limit = |fault: &Fault| {
        let names = [&fault.kind, &fault.code].into_iter().flatten();
        names.map(|name| name.to_ascii_uppercase()).any(|name| name.contains("RATE_LIMIT"))
            || fault.message.as_deref().is_some_and(speaks_of_a_limit)
    };
    errors.iter().flatten().any(is_limit) || message.as_deref().is_some_and(speaks_of_a_limit)
}

#[derive(Deserialize)]
struct Faults {
    message: Option<String>,
    errors: Option<Vec<Fault>>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> http::Response<Bytes> {
        let mut builder = http::Response::builder().status(status).header("date", "Fri, 27 Nov 2026 09:00:00 GMT");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    fn after(seconds: u64) -> Judgement {
        Judgement::Throttled(Some(Duration::from_secs(seconds)))
    }

    #[test]
    fn throttling_is_seen_in_each_of_its_disguises() {
        let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        let reset = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795770030")];
        assert_eq!(judge(&answer(403, &[("retry-after", "7")], "")), after(7));
        assert_eq!(judge(&answer(403, &reset, "")), after(31));
        assert_eq!(judge(&answer(429, &reset, "")), after(31));
        assert_eq!(judge(&answer(403, &[], secondary)), Judgement::Throttled(None));
        assert_eq!(judge(&answer(429, &[], "")), Judgement::Throttled(None));
        let already = r#"{"message":"API rate limit already exceeded for installation ID 7."}"#;
        assert_eq!(judge(&answer(403, &[], already)), Judgement::Throttled(None));
        for graphql in [
            r#"{"errors":[{"type":"RATE_LIMITED"}]}"#,
            r#"{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 1."}]}"#,
            r#"{"data":null,"errors":[{"code":"graphql_rate_limit"}]}"#,
            r#"{"data":{"r1":{"text":"long"},"r2":null},"errors":[{"type":"NOT_FOUND"},{"type":"RATE_LIMIT"}]}"#,
            r#"{"data":null,"errors":[{"message":"You have exceeded a secondary rate limit."}]}"#,
            r#"{"message":"You have exceeded a secondary rate limit.","documentation_url":"x"}"#,
        ] {
            assert_eq!(judge(&answer(200, &reset, graphql)), after(31), "{graphql}");
            assert_eq!(judge(&answer(200, &[], graphql)), Judgement::Throttled(None), "{graphql}");
        }
    }

    #[test]
    fn a_refusal_is_an_answer_and_not_throttling() {
        let denied = r#"{"message":"Resource not accessible by integration"}"#;
        assert_eq!(judge(&answer(403, &[("x-ratelimit-remaining", "4999")], denied)), Judgement::Answer);
        assert_eq!(judge(&answer(404, &[], "")), Judgement::Answer);
        assert_eq!(judge(&answer(200, &[("x-ratelimit-remaining", "0")], "[]")), Judgement::Answer);
        for named_so in [
            r#"{"data":{"r1":{"refs":{"nodes":[{"name":"RATE_LIMITED"}]}}},"errors":[]}"#,
            r#"{"data":{"r1":{"text":"API rate limit exceeded"}},"errors":[{"type":"NOT_FOUND","message":"no"}]}"#,
            r#"[{"name":"API rate limit"}]"#,
        ] {
            assert_eq!(judge(&answer(200, &[], named_so)), Judgement::Answer, "{named_so}");
        }
        assert_eq!(judge(&answer(502, &[], "")), Judgement::Retry);
    }
}
