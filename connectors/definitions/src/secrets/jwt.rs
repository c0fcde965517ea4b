//! JSON web tokens: what their claims say in public. The signature is never kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The public claims of a token.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: Option<String>,
    pub(crate) sub: Option<String>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) aud: Vec<String>,
    #[serde(default, deserialize_with = "seconds")]
    pub(crate) exp: Option<i64>,
    pub(crate) jti: Option<String>,
    #[serde(rename = "kubernetes.io")]
    kubernetes: Option<Bound>,
    #[serde(rename = "kubernetes.io/serviceaccount/service-account.uid")]
    legacy_uid: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Bound {
    serviceaccount: Option<BoundAccount>,
}

#[derive(Debug, Deserialize)]
struct BoundAccount {
    uid: Option<String>,
}

impl Claims {
    /// The uid of the Kubernetes service account that the token is of.
    pub(crate) fn kubernetes_uid(&self) -> Option<&str> {
        let bound = self.kubernetes.as_ref().and_then(|k| k.serviceaccount.as_ref()).and_then(|s| s.uid.as_deref());
        bound.or(self.legacy_uid.as_deref())
    }
}

/// The claims, when the text is a token: its header names an algorithm and its claims are an object.
pub(crate) fn claims(token: &str) -> Option<Claims> {
    #[derive(Deserialize)]
    struct Header {
        #[serde(rename = "alg")]
        _alg: String,
    }
    let mut parts = token.split('.');
    let (header, body) = (parts.next()?, parts.next()?);
    serde_json::from_slice::<Header>(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(one) => vec![one],
        serde_json::Value::Array(many) => {
            many.into_iter().filter_map(|value| value.as_str().map(ToOwned::to_owned)).collect()
        }
        _ => Vec::new(),
    })
}

fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn claims_of_a_legacy_kubernetes_token_are_read() {
        let token = token(
            r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:ci:bot",
                "kubernetes.io/serviceaccount/service-account.uid":"b0a1"}"#,
        );
        let claims = claims(&token).unwrap();
        assert_eq!(claims.kubernetes_uid(), Some("b0a1"));
        assert_eq!(claims.exp, None);
    }

    #[test]
    fn three_parts_with_dots_are_not_enough() {
        assert!(claims("eyJhIjoxfQ.eyJiIjoyfQ.c2ln").is_none());
        assert!(claims("a.b.c").is_none());
    }

    #[test]
    fn an_audience_may_be_one_or_many() {
        assert_eq!(claims(&token(r#"{"aud":"a","exp":1.5}"#)).unwrap().aud, ["a"]);
        assert_eq!(claims(&token(r#"{"aud":["a","b"]}"#)).unwrap().aud, ["a", "b"]);
    }
}
