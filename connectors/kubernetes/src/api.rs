//! Asking the API server: every request goes through the shared HTTP layer, which kube's client carries.

pub(crate) mod errors;
pub(crate) mod guard;
pub(crate) mod list;
pub(crate) mod sign_in;
pub(crate) mod transport;

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::ACCEPT;
use serde::de::DeserializeOwned;
use whosekey_sdk::http::Client;
use whosekey_sdk::{Issue, IssueKind};

use crate::cluster::Cluster;

/// Everything that a scope's collection needs: the cluster as this scan knows it, and a client that counts for it.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) http: Client,
    /// The one namespace of the scope, when it is not of the whole cluster.
    pub(crate) namespace: Option<String>,
    /// Whether all that is to be known is whether the cluster answers: then the first page of a list is the last one, and what
    /// is collected is never called complete.
    pub(crate) is_probe: bool,
}

/// What is asked for, and the permission that it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// As in the descriptor: `list pods`.
    pub(crate) permission: &'a str,
    /// Where: a namespace, or the whole cluster.
    pub(crate) namespace: Option<&'a str>,
}

/// An answer whose status is not yet judged.
pub(crate) type Answer = http::Response<Bytes>;

/// Asks for a path.
pub(crate) async fn ask(http: &Client, call: Call<'_>, path: &str, accept: &str) -> Result<Answer, Issue> {
    let request = http::Request::get(path)
        .header(ACCEPT, accept)
        .body(Bytes::new())
        .map_err(|_| Issue::new(IssueKind::Parse, format!("{}: its path cannot be asked for", call.permission)))?;
    http.execute(request).await.map_err(|error| error.issue(&errors::named(call)))
}

/// Asks for one object; `None` when it is not there.
pub(crate) async fn get<T: DeserializeOwned>(http: &Client, call: Call<'_>, path: &str) -> Result<Option<T>, Issue> {
    let answer = ask(http, call, path, "application/json").await?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        _ => return Err(errors::refused(&answer, call)),
    }
    let broken = |_| Issue::new(IssueKind::Parse, format!("{}: the answer is not understood", errors::named(call)));
    serde_json::from_slice(answer.body()).map(Some).map_err(broken)
}
