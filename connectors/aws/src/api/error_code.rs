//! The error code of an answer that is not a success, in each of the forms that AWS's protocols have for it.

use bytes::Bytes;
use serde::Deserialize;

/// The code: in a header (REST JSON), in `__type` or `code` (JSON), or in `<Code>` (XML); without the namespace before
/// `#` and the URL after `:` that some services add.
pub(crate) fn error_code(headers: &http::HeaderMap, body: &Bytes) -> Option<String> {
    let in_header = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let code = in_header.or_else(|| in_json(body)).or_else(|| in_xml(body))?;
    let code = code.rsplit('#').next().unwrap_or_default();
    let code = code.split(':').next().unwrap_or_default().trim();
    // What is not shaped like a code is not repeated in messages: it may be anything.
    let is_code = !code.is_empty()
        && code.len() <= 64
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_');
    is_code.then(|| code.to_owned())
}

fn in_json(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Wire {
        #[serde(rename = "__type")]
        type_name: Option<String>,
        code: Option<String>,
    }
    let wire: Wire = serde_json::from_slice(body).ok()?;
    wire.type_name.or(wire.code)
}

fn in_xml(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    Some(code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(header: Option<&str>, body: &'static str) -> Option<String> {
        let mut headers = http::HeaderMap::new();
        if let Some(value) = header {
            headers.insert("x-amzn-errortype", value.parse().unwrap());
        }
        error_code(&headers, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn codes_are_found_in_every_protocol() {
        let expected = Some("AccessDeniedException".to_owned());
        assert_eq!(code(Some("AccessDeniedException:http://internal.amazon.com/"), ""), expected);
        assert_eq!(code(None, r#"{"__type":"com.amazon.coral.service#AccessDeniedException"}"#), expected);
        assert_eq!(
            code(None, "<Response><Errors><Error><Code>AccessDeniedException</Code></Error></Errors></Response>"),
            expected
        );
        assert_eq!(code(None, "<!doctype html>"), None);
        assert_eq!(code(None, "<Code>a secret, perhaps</Code>"), None);
    }
}
