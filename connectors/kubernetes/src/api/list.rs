//! Lists, page by page: by our own paging, to the API's own end marker.
//!
//! All pages of a list are of one moment (its `resourceVersion`, which is never asked for and so is the latest). The
//! cluster keeps that moment for some minutes; a list that takes longer is answered 410 and begins anew, from nothing:
//! pages of two moments may both lack a thing that was there at either.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>, looked at
//! 2026-11-27.

use std::collections::HashSet;
use std::fmt::Write as _;

use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use whosekey_sdk::{CollectError, Complete, Issue, IssueKind, Next, Pager, Record, Sink, Turn};

use super::guard::{METADATA_ALONE, wipe};
use super::{Answer, Call, Calls, ask, errors};
use crate::resources::Resource;
use crate::wire::list::Page;
use crate::wire::meta::Meta;

/// The most that the API server is asked for at once, as kubectl does.
const PAGE_SIZE: usize = 500;
/// How often a list may begin anew.
const MAX_RESTARTS: usize = 3;
/// A million things.
const MAX_PAGES: usize = 2_000;
/// A list may have pages that bring nothing new, but not this many in a row.
const MAX_IDLE_PAGES: usize = 5;
/// Records handed over at once.
const RECORDS_A_PAGE: usize = 500;

/// An object of a list.
pub(crate) trait Object: DeserializeOwned + Send {
    /// Its metadata.
    fn meta(&self) -> &Meta;
}

macro_rules! objects {
    ($($kind:ty),+ $(,)?) => {
        $(impl Object for $kind {
            fn meta(&self) -> &Meta {
                &self.metadata
            }
        })+
    };
}

objects! {
    crate::wire::meta::Bare,
    crate::wire::rbac::Role,
    crate::wire::rbac::Binding,
    crate::wire::signing::SigningRequest,
    crate::wire::workload::Controller,
    crate::wire::workload::Job,
    crate::wire::workload::CronJob,
    crate::wire::workload::Pod,
    crate::wire::agents::KagentAgent,
    crate::wire::agents::ModelConfig,
    crate::wire::agents::ToolServer,
    crate::wire::agents::Sandbox,
}

/// How much of each object is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent<'a> {
    /// All of it.
    Whole,
    /// Its metadata, of those that this field selector selects; an answer with more in it is refused.
    MetadataAlone(&'a str),
}

/// A list as far as it was seen: what became of its objects, and how it ended.
///
/// Invariant: all of it is of one moment.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    seen: Vec<T>,
    ends: Vec<Next>,
    unread: usize,
    broken: Option<Issue>,
    what: String,
}

impl<T> Listed<T> {
    fn new(call: Call<'_>) -> Self {
        Self { seen: Vec::new(), ends: Vec::new(), unread: 0, broken: None, what: errors::named(call) }
    }

    /// The list of what the cluster does not serve: whole, and empty.
    pub(crate) fn of_nothing() -> Self {
        Self { seen: Vec::new(), ends: vec![Next::End], unread: 0, broken: None, what: String::new() }
    }

    /// What was seen, whole or not.
    pub(crate) fn seen(&self) -> &[T] {
        &self.seen
    }

    /// Whether all of it was seen and understood.
    pub(crate) fn is_whole(&self) -> bool {
        self.broken.is_none() && self.unread == 0
    }

    /// Whether it was seen to its end; what was not understood of it becomes an issue.
    ///
    /// # Errors
    /// What broke it.
    pub(crate) fn complete(&self, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        if self.unread > 0 {
            let message = format!("{}: {} of its objects are not understood", self.what, self.unread);
            out.issue(Issue::new(IssueKind::Parse, message));
        }
        let mut pager = Pager::with_max_pages(MAX_PAGES);
        for next in &self.ends {
            if let Turn::End(complete) = pager.turn(next.clone())? {
                return Ok(complete);
            }
        }
        let cut = || Issue::new(IssueKind::Parse, format!("{}: the list was cut", self.what));
        Err(self.broken.clone().unwrap_or_else(cut).into())
    }
}

impl Listed<Record> {
    /// Hands the records over; what was seen before the list broke stands.
    ///
    /// # Errors
    /// As [`Listed::complete`].
    pub(crate) async fn into(mut self, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        hand_over(std::mem::take(&mut self.seen), out).await?;
        self.complete(out)
    }
}

/// Hands records over in pages. Nothing is handed over as nothing: a scope that saw nothing has failed.
///
/// # Errors
/// When the scan is stopped.
pub(crate) async fn hand_over(records: Vec<Record>, out: &mut dyn Sink) -> Result<(), CollectError> {
    let mut records = records.into_iter().peekable();
    while records.peek().is_some() {
        out.page(records.by_ref().take(RECORDS_A_PAGE).collect()).await?;
    }
    Ok(())
}

impl Calls {
    /// The path of a list; `None` when this cluster does not serve it.
    pub(crate) fn path(&self, resource: &Resource) -> Option<String> {
        let version = self.cluster.apis.version(resource)?;
        let root = match resource.group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        Some(match self.namespace.as_deref().filter(|_| resource.is_namespaced) {
            Some(namespace) => format!("{root}/namespaces/{}/{}", escaped(namespace), resource.plural),
            None => format!("{root}/{}", resource.plural),
        })
    }

    /// The call that a list of this is.
    pub(crate) fn call<'a>(&'a self, resource: &Resource) -> Call<'a> {
        let namespace = self.namespace.as_deref().filter(|_| resource.is_namespaced);
        Call { permission: resource.permission, namespace }
    }

    /// Follows a list to its end, or to where it breaks, and keeps of each object what `keep` makes of it.
    pub(crate) async fn list<O: Object, T: Send>(
        &self,
        resource: &Resource,
        extent: Extent<'_>,
        keep: impl Fn(O) -> Vec<T> + Send + Sync,
    ) -> Listed<T> {
        let call = self.call(resource);
        let Some(path) = self.path(resource) else {
            let mut listed = Listed::new(call);
            let message = format!("{}: this cluster does not have it", listed.what);
            listed.broken = Some(Issue::new(IssueKind::Unsupported, message));
            return listed;
        };
        let mut restarts = 0;
        loop {
            let mut listed = Listed::new(call);
            match self.follow(call, &path, extent, &keep, &mut listed).await {
                Ok(()) => return listed,
                Err(Break::Issue(issue)) => {
                    listed.broken = Some(issue);
                    return listed;
                }
                Err(Break::Expired) if restarts < MAX_RESTARTS => restarts += 1,
                Err(Break::Expired) => {
                    let message = format!("{}: the list expired {} times before its end", listed.what, restarts + 1);
                    let mut listed = Listed::new(call);
                    listed.broken = Some(Issue::new(IssueKind::Timeout, message));
                    return listed;
                }
            }
        }
    }

    async fn follow<O: Object, T: Send>(
        &self,
        call: Call<'_>,
        path: &str,
        extent: Extent<'_>,
        keep: &(impl Fn(O) -> Vec<T> + Send + Sync),
        listed: &mut Listed<T>,
    ) -> Result<(), Break> {
        let mut pager = Pager::with_max_pages(MAX_PAGES);
        let mut known = HashSet::new();
        let mut idle = 0;
        let mut token = None;
        loop {
            let (url, accept) = (page_url(path, extent, token.as_deref()), accept(extent));
            let answer = ask(&self.http, call, &url, accept).await?;
            if errors::is_expired(&answer) {
                return Err(Break::Expired);
            }
            if answer.status() != StatusCode::OK {
                return Err(errors::refused(&answer, call).into());
            }
            let before = known.len();
            let next = read_page(&answer, call, extent, keep, listed, &mut known);
            if extent != Extent::Whole {
                wipe(answer.into_body());
            }
            let next = if self.is_probe { next.map(|_| Next::End) } else { next }?;
            idle = if known.len() == before { idle + 1 } else { 0 };
            listed.ends.push(next.clone());
            match pager.turn(next) {
                Ok(Turn::End(_)) => return Ok(()),
                Ok(Turn::More(_)) if idle > MAX_IDLE_PAGES => {
                    listed.ends.pop();
                    let message = format!("{}: the list does not end: {idle} pages brought nothing new", listed.what);
                    return Err(Issue::new(IssueKind::Parse, message).into());
                }
                Ok(Turn::More(next)) => token = Some(next),
                Err(CollectError::Issue(issue) | CollectError::Broken(issue)) => return Err(issue.into()),
                Err(CollectError::Stopped) => unreachable!("a pager does not stop"),
            }
        }
    }
}

/// Why a list broke off.
enum Break {
    Expired,
    Issue(Issue),
}

impl From<Issue> for Break {
    fn from(issue: Issue) -> Self {
        Break::Issue(issue)
    }
}

fn read_page<O: Object, T>(
    answer: &Answer,
    call: Call<'_>,
    extent: Extent<'_>,
    keep: &impl Fn(O) -> Vec<T>,
    listed: &mut Listed<T>,
    known: &mut HashSet<String>,
) -> Result<Next, Issue> {
    let unclear = |what: &str| Issue::new(IssueKind::Parse, format!("{}: {what}", errors::named(call)));
    let page: Page<'_> =
        serde_json::from_slice(answer.body()).map_err(|_| unclear("the answer is not a list, or was cut"))?;
    if !page.kind.ends_with("List") {
        return Err(unclear("the answer is not a list"));
    }
    if extent != Extent::Whole
        && (page.kind != "PartialObjectMetadataList" || page.items.iter().any(|item| !is_metadata_alone(item)))
    {
        return Err(unclear("Secrets came with more than their metadata; nothing of them is kept"));
    }
    for item in page.items {
        match serde_json::from_str::<O>(item.get()) {
            // What moved from one page to the next is one thing.
            Ok(object) if known.insert(object.meta().uid.clone()) => listed.seen.extend(keep(object)),
            Ok(_) => {}
            Err(_) => listed.unread += 1,
        }
    }
    Ok(match page.metadata.next {
        Some(token) if !token.is_empty() => Next::Token(token),
        _ if page.metadata.remaining.is_some_and(|count| count > 0) => Next::Lost,
        _ => Next::End,
    })
}

/// Whether an object has nothing besides its metadata.
fn is_metadata_alone(item: &RawValue) -> bool {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct MetadataAlone {
        #[serde(rename = "kind")]
        _kind: Option<serde::de::IgnoredAny>,
        #[serde(rename = "apiVersion")]
        _api_version: Option<serde::de::IgnoredAny>,
        #[serde(rename = "metadata")]
        _metadata: serde::de::IgnoredAny,
    }
    serde_json::from_str::<MetadataAlone>(item.get()).is_ok()
}

fn page_url(path: &str, extent: Extent<'_>, token: Option<&str>) -> String {
    let mut url = format!("{path}?limit={PAGE_SIZE}");
    if let Extent::MetadataAlone(selector) = extent {
        write!(url, "&fieldSelector={}", escaped(selector)).expect("a string takes everything");
    }
    if let Some(token) = token {
        write!(url, "&continue={}", escaped(token)).expect("a string takes everything");
    }
    url
}

fn accept(extent: Extent<'_>) -> &'static str {
    match extent {
        Extent::Whole => "application/json",
        Extent::MetadataAlone(_) => METADATA_ALONE,
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_anything_besides_its_metadata_is_seen_as_such() {
        let is_alone = |text: &str| is_metadata_alone(serde_json::from_str::<&RawValue>(text).unwrap());
        assert!(is_alone(r#"{"metadata":{"name":"a"}}"#));
        assert!(is_alone(r#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{}}"#));
        for more in [r#""data":{"a":"b"}"#, r#""stringData":{}"#, r#""type":"Opaque""#, r#""\u0064ata":null"#] {
            assert!(!is_alone(&format!(r#"{{"metadata":{{}},{more}}}"#)), "{more}");
        }
    }

    #[test]
    fn a_page_is_asked_for_by_its_token_as_it_came() {
        let url = page_url("/api/v1/secrets", Extent::MetadataAlone("type=a/b"), Some("eyJ2 +/="));
        assert_eq!(url, "/api/v1/secrets?limit=500&fieldSelector=type%3Da%2Fb&continue=eyJ2%20%2B%2F%3D");
    }
}
