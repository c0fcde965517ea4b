//! Asking GitHub: pages with their `ETag`s, redirects within the origin, refusals as issues.

pub(crate) mod graphql;
pub(crate) mod installed;
pub(crate) mod judge;
pub(crate) mod notes;
pub(crate) mod nullable;
mod page;
pub(crate) mod refusal;
pub(crate) mod shown;
pub(crate) mod sign_in;
mod tags;

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::{ACCEPT, ETAG, IF_NONE_MATCH, LINK, LOCATION};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use whosekey_sdk::http::{Client, HttpError, Origin};
use whosekey_sdk::listing::whole;
use whosekey_sdk::{CollectError, Complete, Issue, IssueKind, Next, Timestamp};

use crate::place::Place;
use notes::{Kept, Notes};
use page::{Page, may_be_full};
use refusal::refused;
use tags::Expected;

const MEDIA_TYPE: &str = "application/vnd.github+json";
const API_VERSION: &str = "2022-11-28";
/// A repository may have been renamed more than once; a circle ends here.
const MAX_REDIRECTS: usize = 3;

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A part of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Of things that each have a listing of their own, those that a probe asks.
const PROBED: usize = 3;

/// A call, as its refusal names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// As in GitHub's reference: `GET /orgs/{org}/hooks`.
    pub(crate) what: &'static str,
    /// The permission that it needs, as the descriptor names it.
    pub(crate) permission: &'static str,
    /// Whether its answers hold names, ids, times and public keys alone, so that a body may be kept as it came.
    is_harmless: bool,
}

impl Call {
    pub(crate) const fn new(what: &'static str, permission: &'static str) -> Self {
        Self { what, permission, is_harmless: false }
    }

    /// One of many calls of which nothing that must not be stored comes. What its answers hold beside what is read of them
    /// is kept too: GitHub's description says what that is.
    pub(crate) const fn harmless(mut self) -> Self {
        self.is_harmless = true;
        self
    }
}

/// The calls of one scope.
pub(crate) struct Calls {
    pub(crate) place: Place,
    pub(crate) now: Timestamp,
    pub(crate) http: Client,
    pub(crate) origin: Origin,
    pub(crate) notes: Notes,
    /// Whether all that is to be known is whether GitHub answers.
    pub(crate) is_probe: bool,
}

/// An answer of status 200, or one that stood for it.
struct Answer<B> {
    body: B,
    next: Option<String>,
}

impl Calls {
    /// A path of the API, from the origin on.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.origin.base().path().trim_end_matches('/'))
    }

    /// A path below the organisation.
    pub(crate) fn of_organisation(&self, path: &str) -> String {
        self.path(&format!("/orgs/{}{path}", segment(&self.place.login)))
    }

    /// Those of some things that are each asked for a listing of their own: all, and a few in a probe.
    pub(crate) fn asked<I: IntoIterator>(&self, things: I) -> std::iter::Take<I::IntoIter> {
        self.asked_of(PROBED, things)
    }

    /// The same with another number of a probe's few.
    pub(crate) fn asked_of<I: IntoIterator>(&self, few: usize, things: I) -> std::iter::Take<I::IntoIter> {
        things.into_iter().take(if self.is_probe { few } else { usize::MAX })
    }

    /// A page of a listing. Token and path are what follows the origin. To a probe each first page is the last one: what it
    /// collects is never called complete.
    pub(crate) async fn page<T>(&self, call: Call, path: String) -> Result<(Vec<T>, Next, Option<u64>), Issue>
    where
        T: Serialize + DeserializeOwned,
    {
        let answer = self.conditional(call, &path, Page::<T>::parse).await?;
        let (items, total) = answer.body.into_parts();
        if self.is_probe {
            return Ok((items, Next::End, None));
        }
        Ok((items, answer.next.map_or(Next::End, Next::Token), total))
    }

    /// A whole listing, checked against the number that GitHub says there are.
    pub(crate) async fn listing<T>(&self, call: Call, first: String) -> Result<(Vec<T>, Complete), CollectError>
    where
        T: Serialize + DeserializeOwned + Send,
    {
        const NONE: u64 = u64::MAX;
        let total = AtomicU64::new(NONE);
        let (first, said) = (&first, &total);
        let (items, complete) = whole(|token| async move {
            let (items, next, total) = self.page::<T>(call, token.unwrap_or_else(|| first.clone())).await?;
            said.store(total.unwrap_or(NONE), Ordering::Relaxed);
            Ok((items, next))
        })
        .await?;
        let said = total.load(Ordering::Relaxed);
        if said != NONE && usize::try_from(said).is_ok_and(|said| said != items.len()) {
            let message = format!("{}: GitHub says that there are {said}, and listed {}", call.what, items.len());
            return Err(Issue::new(IssueKind::Parse, message).into());
        }
        Ok((items, complete))
    }

    /// One answer that has no pages.
    pub(crate) async fn one<T>(&self, call: Call, path: String) -> Result<T, Issue>
    where
        T: Serialize + DeserializeOwned,
    {
        Ok(self.conditional(call, &path, |body| serde_json::from_slice::<T>(body).ok()).await?.body)
    }

    /// Any answer, for calls whose refusals mean something of their own; without a note.
    pub(crate) async fn ask(&self, call: Call, path: &str) -> Result<http::Response<Bytes>, Issue> {
        self.send(call, path, None).await
    }

    async fn conditional<B: Serialize>(
        &self,
        call: Call,
        path: &str,
        parse: impl Fn(&[u8]) -> Option<B>,
    ) -> Result<Answer<B>, Issue> {
        let known = self.notes.before(path).cloned().or_else(|| self.notes.empty(call));
        let known = known.and_then(|kept| Some((parse(kept.body.get().as_bytes())?, kept)));
        let response = self.send(call, path, known.as_ref().map(|(_, kept)| kept)).await?;
        match (response.status().as_u16(), known) {
            (304, Some((body, kept))) => {
                let next = kept.next.clone();
                self.notes.keep(call, path, kept);
                Ok(Answer { body, next })
            }
            (200, _) if response.body().is_empty() => Err(HttpError::Cut.issue(call.what)),
            (200, _) => {
                let unread = || Issue::new(IssueKind::Parse, format!("{}: the answer is not understood", call.what));
                let body = parse(response.body()).ok_or_else(unread)?;
                let next = self.next(call, &response)?;
                self.keep(call, path, &response, next.clone(), &body);
                Ok(Answer { body, next })
            }
            _ => Err(refused(call, &self.place, &response)),
        }
    }

    /// Keeps an answer for the next attempt. A last page that may be full is not kept: when the listing grows by a page,
    /// the page before stays the same and GitHub does not say that there is another one now.
    fn keep<B: Serialize>(
        &self,
        call: Call,
        path: &str,
        response: &http::Response<Bytes>,
        next: Option<String>,
        body: &B,
    ) {
        let Some(etag) = header(response, ETAG.as_str()) else { return };
        let Ok(body) = serde_json::value::to_raw_value(body) else { return };
        if next.is_none() && may_be_full(body.get()) {
            return;
        }
        self.notes.keep(call, path, Kept::new(call, response, etag, next, body));
    }

    /// Sends a request; when a page is known that it may be answered with, only for another one.
    async fn send(&self, call: Call, path: &str, known: Option<&Kept>) -> Result<http::Response<Bytes>, Issue> {
        let mut target = self.resolve(call, path)?;
        for _ in 0..=MAX_REDIRECTS {
            let mut request =
                http::Request::get(&target).header(ACCEPT, MEDIA_TYPE).header("x-github-api-version", API_VERSION);
            request = match known.map(|kept| (&kept.etag, &kept.body)) {
                Some((Some(etag), _)) => request.header(IF_NONE_MATCH, etag),
                Some((None, body)) => request.extension(Expected(Bytes::copy_from_slice(body.get().as_bytes()))),
                None => request,
            };
            let request = request.body(Bytes::new()).map_err(|_| malformed(call))?;
            let response = self.http.execute(request).await.map_err(|error| error.issue(call.what))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 307 | 308) {
                return Ok(response);
            }
            let location = header(&response, LOCATION.as_str()).ok_or_else(|| malformed(call))?;
            target = self.resolve(call, &location)?;
        }
        Err(Issue::new(IssueKind::Parse, format!("{}: GitHub redirects in circles", call.what)))
    }

    fn resolve(&self, call: Call, reference: &str) -> Result<String, Issue> {
        let elsewhere = |error| Issue::new(IssueKind::Network, format!("{}: {error}", call.what));
        Ok(self.origin.resolve(reference).map_err(elsewhere)?.into())
    }

    /// Where the next page is, from the origin on.
    fn next(&self, call: Call, response: &http::Response<Bytes>) -> Result<Option<String>, Issue> {
        let Some(links) = header(response, LINK.as_str()) else { return Ok(None) };
        let Some(reference) = next_link(&links) else { return Ok(None) };
        let url = self.resolve(call, reference)?;
        let url = url::Url::parse(&url).map_err(|_| malformed(call))?;
        Ok(Some(url[url::Position::BeforePath..].to_owned()))
    }
}

/// The reference of `rel="next"` in a `Link` header.
fn next_link(links: &str) -> Option<&str> {
    links.split(',').find_map(|link| {
        let (reference, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| reference.trim().trim_start_matches('<'))
    })
}

pub(crate) fn header(response: &http::Response<Bytes>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

fn malformed(call: Call) -> Issue {
    Issue::new(IssueKind::Parse, format!("{}: GitHub points to what is not an address", call.what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let links = r#"<https://api.example.com/x?page=1>; rel="prev", <https://api.example.com/x?page=3>; rel="next""#;
        assert_eq!(next_link(links), Some("https://api.example.com/x?page=3"));
        assert_eq!(next_link(r#"<https://api.example.com/x?page=1>; rel="last""#), None);
    }

    #[test]
    fn names_are_encoded_as_one_segment() {
        assert_eq!(segment("prod/eu west"), "prod%2Feu%20west");
    }
}
