//! GraphQL, where one query spares many calls.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use whosekey_sdk::http::HttpError;
use whosekey_sdk::{Issue, IssueKind, Next};

use super::{Call, Calls, refused};
use crate::descriptor::DESCRIPTOR;

/// What came of a query: data, and what of it GitHub kept back.
#[derive(Debug, Deserialize)]
pub(crate) struct Answered<T> {
    pub(crate) data: Option<T>,
    #[serde(default)]
    pub(crate) errors: Vec<Fault>,
}

/// A part of a query that was not answered.
#[derive(Debug, Deserialize)]
pub(crate) struct Fault {
    #[serde(default, rename = "type")]
    kind: String,
}

/// A page of a connection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connection<T> {
    pub(crate) nodes: Vec<Option<T>>,
    page_info: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl<T> Connection<T> {
    /// What it says about the page after it. The last page has a cursor too.
    pub(crate) fn next(&self) -> Next {
        let PageInfo { has_next_page, end_cursor } = &self.page_info;
        Next::from_flag_and_token(*has_next_page, end_cursor.clone().filter(|_| *has_next_page))
    }
}

#[derive(Serialize)]
struct Asked<'a, V> {
    query: &'a str,
    variables: V,
}

impl Calls {
    /// Asks a query.
    pub(crate) async fn graphql<T, V>(&self, call: Call, query: &str, variables: V) -> Result<Answered<T>, Issue>
    where
        T: DeserializeOwned,
        V: Serialize,
    {
        let unread = |what: &str| Issue::new(IssueKind::Parse, format!("{}: {what}", call.what));
        let body =
            serde_json::to_vec(&Asked { query, variables }).map_err(|_| unread("the query cannot be written"))?;
        let request = http::Request::post(self.resolve(call, &self.graphql_path())?)
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|_| unread("the query cannot be sent"))?;
        let response = self.http.execute(request).await.map_err(|error| error.issue(call.what))?;
        match response.status().as_u16() {
            200 if response.body().is_empty() => Err(HttpError::Cut.issue(call.what)),
            200 => serde_json::from_slice(response.body()).map_err(|_| unread("the answer is not understood")),
            _ => Err(refused(call, &self.place, &response)),
        }
    }

    /// On an Enterprise Server it is not below the REST API but beside it.
    fn graphql_path(&self) -> String {
        let base = self.origin.base().path().trim_end_matches('/');
        match base.strip_suffix("/v3") {
            Some(base) => format!("{base}/graphql"),
            None => format!("{base}/graphql"),
        }
    }

    /// The issue of a query whose answer has nothing in it.
    pub(crate) fn unanswered(&self, call: Call) -> Issue {
        let denied = DESCRIPTOR.denied(call.permission, &self.place.words());
        Issue::new(denied.kind, format!("{}: {}", call.what, denied.message))
    }

    /// The issue of the parts of a query that were not answered.
    pub(crate) fn fault(&self, call: Call, faults: &[Fault]) -> Option<Issue> {
        let first = faults.first()?;
        Some(match first.kind.as_str() {
            "FORBIDDEN" | "NOT_FOUND" | "INSUFFICIENT_SCOPES" => self.unanswered(call),
            _ => Issue::new(IssueKind::Parse, format!("{}: GitHub did not answer a part of the query", call.what)),
        })
    }
}
