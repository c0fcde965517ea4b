//! kube's client as the transport: it signs in and speaks TLS; deadlines, body cap, retries and counting are the shared HTTP
//! layer's.

use std::error::Error;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue, USER_AGENT};
use http_body_util::BodyExt as _;
use kube::client::AuthError;
use whosekey_sdk::http::{Body, HttpError, Transport};

use super::guard::{METADATA_ALONE, metadata_alone};

/// Carries requests to one cluster.
pub(super) struct Kube {
    pub(super) client: kube::Client,
    /// The token that the configuration names, for an endpoint that it names.
    pub(super) bearer: Option<HeaderValue>,
}

impl std::fmt::Debug for Kube {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kube")
    }
}

#[async_trait]
impl Transport for Kube {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Body>, HttpError> {
        let (mut head, body) = request.into_parts();
        let is_metadata_alone = head.headers.get(ACCEPT).is_some_and(|accept| accept == METADATA_ALONE);
        head.headers.insert(USER_AGENT, HeaderValue::from_static(whosekey_sdk::http::USER_AGENT));
        if let Some(bearer) = &self.bearer {
            head.headers.insert(AUTHORIZATION, bearer.clone());
        }
        let request = http::Request::from_parts(head, kube::client::Body::from(body));
        let response = self.client.send(request).await.map_err(|error| from_kube(&error))?;
        let (head, body) = response.into_parts();
        let pieces = body.into_data_stream().map(|piece| piece.map_err(|error| in_body(&error)));
        let body: Body = match is_metadata_alone && head.status.is_success() {
            true => metadata_alone(pieces),
            false => Box::pin(pieces),
        };
        Ok(http::Response::from_parts(head, body))
    }
}

/// What went wrong, without what kube would print of it: a plug-in's output is a token.
pub(super) fn from_kube(error: &kube::Error) -> HttpError {
    let mut cause: &(dyn Error + 'static) = error;
    loop {
        if let Some(auth) = cause.downcast_ref::<AuthError>() {
            return HttpError::SignIn(sign_in(auth));
        }
        if is_time_out(cause) {
            return HttpError::Timeout;
        }
        match cause.source() {
            Some(next) => cause = next,
            None => break,
        }
    }
    match error {
        kube::Error::Service(_) | kube::Error::HyperError(_) => HttpError::Network(cause.to_string()),
        kube::Error::Auth(auth) => HttpError::SignIn(sign_in(auth)),
        _ => HttpError::Setup("kube's client could not be set up".to_owned()),
    }
}

fn in_body(error: &kube::Error) -> HttpError {
    let mut cause: &(dyn Error + 'static) = error;
    while let Some(next) = cause.source() {
        if is_time_out(next) {
            return HttpError::Timeout;
        }
        cause = next;
    }
    HttpError::Cut
}

fn is_time_out(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

fn sign_in(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecStart(error) => format!("the kubeconfig's plug-in cannot be run: {error}"),
        AuthError::AuthExecRun { out, .. } => format!("the kubeconfig's plug-in failed: {}", out.status),
        AuthError::ReadTokenFile(error, path) => format!("the token file {} cannot be read: {error}", path.display()),
        AuthError::MissingCommand => "the kubeconfig's plug-in has no command".to_owned(),
        AuthError::InvalidBearerToken(_) => "the token holds what no header can".to_owned(),
        _ => "the kubeconfig's credentials cannot be used".to_owned(),
    }
}
