//! HTTP/1.1 as our stand-ins read and write it: by hand, and not by an HTTP server, which would never send a length that
//! it does not keep.

use tokio::io::{AsyncRead, AsyncReadExt, BufReader};

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// The path and query, as sent.
    pub(crate) target: String,
    /// Names are in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The next request of a connection; `None` at its end, and for what is not a request with a stated length.
    pub(crate) async fn read(from: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() > MAX_HEAD {
                return None;
            }
            head.push(from.read_u8().await.ok()?);
        }
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        parsed.parse(&head).ok()?;
        let headers: Vec<(String, String)> = parsed
            .headers
            .iter()
            .map(|header| (header.name.to_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
            .collect();
        let (method, target) = (parsed.method?.to_owned(), parsed.path?.to_owned());
        let length = header(&headers, "content-length").map_or(Some(0), |length| length.parse().ok())?;
        let mut body = vec![0; length];
        from.read_exact(&mut body).await.ok()?;
        Some(Self { method, target, headers, body })
    }

    /// Whether the client wants no other answer over this connection.
    pub(crate) fn is_last(&self) -> bool {
        header(&self.headers, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// The value of the first header of this name, which is in lower case.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// An answer before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".into(), content_type.into())], body }
    }

    /// The status line and the headers, with the true length of the body.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        // An answer without content has no length either.
        if self.status != 304 && self.status != 204 {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }
}
