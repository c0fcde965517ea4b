//! Refusals in the words of a Kubernetes API server: a `Status`.

use serde_json::json;

use super::Then;

impl Then {
    /// 403, as RBAC says it.
    pub fn kubernetes_forbidden() -> Self {
        Self::kubernetes_status(403, "Forbidden", "User \"scanner\" cannot list resource at the cluster scope")
    }

    /// 410, as to a `continue` token that is older than what the server remembers.
    pub fn kubernetes_expired() -> Self {
        let message = "The provided continue parameter is too old to display a consistent list result. You must start a \
                       new list without the continue parameter.";
        Self::kubernetes_status(410, "Expired", message)
    }

    /// 429, with `Retry-After` in seconds if given.
    pub fn kubernetes_throttle(retry_after_s: Option<u64>) -> Self {
        let message = "the server has received too many requests and has asked us to try again later";
        let seconds = retry_after_s.map(|seconds| seconds.to_string());
        let headers: Vec<(&str, &str)> = seconds.iter().map(|seconds| ("retry-after", seconds.as_str())).collect();
        let details = json!({"retryAfterSeconds": retry_after_s.unwrap_or_default()});
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": "TooManyRequests", "details": details, "code": 429,
        });
        Self::answer(429, &headers, body.to_string())
    }

    /// Any other refusal: `reason` is the word that clients look at, such as `NotFound`.
    pub fn kubernetes_status(code: u16, reason: &str, message: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason, "code": code,
        });
        Self::answer(code, &[], body.to_string())
    }
}
