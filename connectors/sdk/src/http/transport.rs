//! What carries a request to its platform, once.
//!
//! Where a vendor's client knows how to sign in (a kubeconfig's certificates and plug-ins, a GitHub App), it is the
//! transport and no more: deadlines, body cap, retries, pacing and counting stay with [`Client`](super::Client).

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use super::{HttpError, Limits};

/// A body as it arrives, decompressed.
pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, HttpError>> + Send>>;

/// Carries a request once: it does not try again, follow a redirect or wait for a limit.
#[async_trait]
pub trait Transport: std::fmt::Debug + Send + Sync {
    /// Sends a request; any status is an answer.
    ///
    /// # Errors
    /// When signing in failed, or no answer came. No text in it may hold a URL, a header or a secret.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Body>, HttpError>;
}

/// The transport of platforms that need no client of their own.
#[derive(Debug)]
pub(super) struct Plain(reqwest::Client);

impl Plain {
    pub(super) fn new(limits: &Limits) -> Result<Self, HttpError> {
        let client = reqwest::Client::builder()
            .connect_timeout(limits.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(super::USER_AGENT)
            .build()
            .map_err(|error| HttpError::Setup(error.without_url().to_string()))?;
        Ok(Self(client))
    }
}

#[async_trait]
impl Transport for Plain {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Body>, HttpError> {
        let request = reqwest::Request::try_from(request).map_err(HttpError::from_reqwest)?;
        let response = self.0.execute(request).await.map_err(HttpError::from_reqwest)?;
        let mut head = http::Response::builder().status(response.status()).version(response.version());
        if let Some(headers) = head.headers_mut() {
            headers.clone_from(response.headers());
        }
        let body: Body = Box::pin(response.bytes_stream().map(|piece| piece.map_err(HttpError::from_reqwest)));
        Ok(head.body(body).expect("a status and headers that were received are valid"))
    }
}
