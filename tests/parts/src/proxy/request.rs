//! A request as it came over the wire, and what the proxy understood of it.

use tokio::io::{AsyncRead, BufReader};
use url::form_urlencoded;

use crate::http::{Received, header};

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `POST` …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// AWS: what is asked for, from `Action=` or `X-Amz-Target`; none for services that put it into method and path.
    pub action: Option<String>,
    /// AWS: the service's name in the signature, such as `iam`.
    pub service: Option<String>,
    /// AWS: the region in the signature.
    pub region: Option<String>,
    /// AWS: the access key that signed.
    pub access_key: Option<String>,
    /// What the client wants to be answered: its `Accept`.
    pub accept: Option<String>,
    /// When it came.
    pub at: std::time::Instant,
}

/// A whole request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) seen: Seen,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) is_last: bool,
}

impl Request {
    /// The next request of a connection; `None` at its end, and for what is not a request with a stated length.
    pub(super) async fn read(from: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Request> {
        let received = Received::read(from).await?;
        let is_last = received.is_last();
        let Received { method, target, headers, body } = received;
        let seen = Seen::of(method, &target, &headers, &body);
        Some(Request { seen, headers, body, is_last })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The path and query, as sent.
    pub(super) fn target(&self) -> String {
        let Seen { path, query, .. } = &self.seen;
        if query.is_empty() { path.clone() } else { format!("{path}?{query}") }
    }

    /// A parameter of a form, as the AWS query protocol sends it.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Leaves these parameters out of the form.
    pub(super) fn drop_parameters(&mut self, names: &[&str]) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(form_urlencoded::parse(&self.body).filter(|(key, _)| !names.contains(&key.as_ref())));
        self.body = form.finish().into_bytes();
    }
}

impl Seen {
    fn of(method: String, target: &str, headers: &[(String, String)], body: &[u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let named = |pairs: &[u8]| {
            form_urlencoded::parse(pairs).find(|(key, _)| key == "Action").map(|(_, value)| value.into_owned())
        };
        let is_form = header(headers, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form"));
        let action = header(headers, "x-amz-target")
            .and_then(|target| target.rsplit('.').next())
            .map(str::to_owned)
            .or_else(|| if is_form { named(body) } else { None })
            .or_else(|| named(query.as_bytes()));
        // Credential=AKIA…/20260131/us-east-1/iam/aws4_request, …
        let credential = header(headers, "authorization").and_then(|value| value.split("Credential=").nth(1));
        let mut parts = credential.unwrap_or_default().split(',').next().unwrap_or_default().split('/');
        let mut part = |skip: usize| parts.nth(skip).filter(|part| !part.is_empty()).map(str::to_owned);
        let (access_key, region, service) = (part(0), part(1), part(0));
        let accept = header(headers, "accept").map(str::to_owned);
        let (path, query, at) = (path.to_owned(), query.to_owned(), std::time::Instant::now());
        Seen { method, path, query, action, service, region, access_key, accept, at }
    }
}
