//! Which answers are throttling: GitHub has several disguises for it.
//!
//! <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>, seen 2026-11-27: wait for
//! `retry-after`; else, when nothing remains, until the reset; else a minute, and longer each time.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::DATE;
use jiff::fmt::rfc2822;
use whosekey_sdk::http::{Judgement, judge_by_status, retry_after};

/// What is looked at of a body: refusals are short.
const LOOKED_AT_BYTES: usize = 2048;

pub(crate) fn judge(response: &http::Response<Bytes>) -> Judgement {
    let status = response.status();
    let is_refusal = matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    // GraphQL says it in an answer of status 200.
    let is_refused_query =
        status == StatusCode::OK && says(response, &["\"RATE_LIMITED\""]) && begins_with_errors(response);
    if !is_refusal && !is_refused_query {
        return judge_by_status(response);
    }
    if let Some(after) = retry_after(response) {
        return Judgement::Throttled(Some(after));
    }
    if number(response, "x-ratelimit-remaining") == Some(0) {
        return Judgement::Throttled(until_reset(response));
    }
    let words = ["secondary rate limit", "abuse detection", "rate limit exceeded"];
    if status == StatusCode::TOO_MANY_REQUESTS || is_refused_query || says(response, &words) {
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

fn says(response: &http::Response<Bytes>, words: &[&str]) -> bool {
    let said = looked_at(response);
    words.iter().any(|word| said.contains(word))
}

fn begins_with_errors(response: &http::Response<Bytes>) -> bool {
    looked_at(response).trim_start().starts_with("{\"errors\"")
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
        let graphql = r#"{"errors":[{"type":"RATE_LIMITED"}]}"#;
        assert_eq!(judge(&answer(200, &reset, graphql)), after(31));
        assert_eq!(judge(&answer(200, &[], graphql)), Judgement::Throttled(None));
    }

    #[test]
    fn a_refusal_is_an_answer_and_not_throttling() {
        let denied = r#"{"message":"Resource not accessible by integration"}"#;
        assert_eq!(judge(&answer(403, &[("x-ratelimit-remaining", "4999")], denied)), Judgement::Answer);
        assert_eq!(judge(&answer(404, &[], "")), Judgement::Answer);
        assert_eq!(judge(&answer(200, &[("x-ratelimit-remaining", "0")], "[]")), Judgement::Answer);
        assert_eq!(judge(&answer(502, &[], "")), Judgement::Retry);
    }
}
