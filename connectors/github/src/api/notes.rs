//! What a scope is told of its latest attempt: for each page the `ETag` and what it stood for, in our own reduced form or
//! as it came.
//!
//! A page that GitHub says is unchanged costs nothing of the rate budget, and is read from here. It is GitHub that says
//! so, anew in each scan: a note alone shows nothing.
//!
//! Invariant: nothing that must not be stored is in it. Bodies hold more than our wire structs do (a variable's value, an
//! address with a token in it), so one is kept as it came only when it lists nothing, or answers a call that is
//! [harmless](Call::harmless).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use whosekey_definitions::WITHHELD;
use whosekey_sdk::Sink;

use super::Call;
use super::page::Page;
use super::tags::Seal;
use crate::vanished::Known;

/// Changed whenever what is kept changes its meaning. Another version's note is not read.
const VERSION: u32 = 4;

/// What is larger is kept in our own form: a page of a hundred repositories comes in half a megabyte.
const MAX_BODY_BYTES: usize = 64 << 10;

/// A page as it was when GitHub gave it this `ETag`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// None: the body is as it came, and so its tag for any token can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    /// An unchanged page comes without its links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    pub(crate) body: Box<RawValue>,
}

impl Kept {
    /// A page of which this is our own form.
    pub(crate) fn new(
        call: Call,
        response: &http::Response<Bytes>,
        etag: String,
        next: Option<String>,
        reduced: Box<RawValue>,
    ) -> Self {
        match as_it_came(call, response, &etag, &reduced) {
            Some(body) => Self { etag: None, next, body },
            None => Self { etag: Some(etag), next, body: reduced },
        }
    }

    /// Whether it is a page with nothing on it.
    fn is_empty(&self) -> bool {
        lists_nothing(self.body.get())
    }
}

/// The body, if it may be kept and its tag is the one that we would have said.
fn as_it_came(call: Call, response: &http::Response<Bytes>, etag: &str, reduced: &RawValue) -> Option<Box<RawValue>> {
    let body = response.body();
    // Unless somebody wrote a secret into one of its names.
    let is_harmless = call.is_harmless && !reduced.get().contains(WITHHELD);
    let may_be_kept = is_harmless || lists_nothing(reduced.get());
    if !may_be_kept || body.len() > MAX_BODY_BYTES || !response.extensions().get::<Seal>()?.fits(etag, body) {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    // Space around it would not come back from the note.
    (text.trim() == text).then(|| RawValue::from_string(text.to_owned()).ok()).flatten()
}

/// Longer than any page with nothing on it.
const MAX_EMPTY_BYTES: usize = 100;

fn lists_nothing(body: &str) -> bool {
    body.len() <= MAX_EMPTY_BYTES && Page::<IgnoredAny>::parse(body.as_bytes()).is_some_and(|page| page.is_empty())
}

/// The pages of one scope.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    before: BTreeMap<String, Kept>,
    now: Mutex<BTreeMap<String, Kept>>,
    empty: Mutex<BTreeMap<&'static str, Kept>>,
    extra_before: Option<Box<RawValue>>,
    extra: Mutex<Option<Box<RawValue>>>,
    organisation_before: Option<u64>,
    repositories_before: Known,
    repositories: Mutex<Option<Known>>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    tool: String,
    pages: BTreeMap<String, Kept>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extra: Option<Box<RawValue>>,
    /// The organisation that it is of: names may be taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<u64>,
    #[serde(default)]
    repositories: Known,
}

impl Notes {
    /// What the latest attempt left; nothing when it was another version's, or is not one at all.
    pub(crate) fn recall(out: &mut dyn Sink) -> Self {
        let written = out.recall().and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok());
        let ours = written.filter(|written| written.version == VERSION && written.tool == env!("CARGO_PKG_VERSION"));
        let Some(written) = ours else { return Self::default() };
        Self {
            before: written.pages,
            extra_before: written.extra,
            organisation_before: written.organisation,
            repositories_before: written.repositories,
            ..Self::default()
        }
    }

    /// A page of the latest attempt.
    pub(crate) fn before(&self, path: &str) -> Option<&Kept> {
        self.before.get(path)
    }

    /// The first page of a listing as it was elsewhere, with nothing on it. Most repositories have no deploy keys, and
    /// GitHub says for nothing that one more has none.
    pub(crate) fn empty(&self, call: Call) -> Option<Kept> {
        lock(&self.empty).get(call.what).cloned()
    }

    /// Keeps a page for the next attempt.
    pub(crate) fn keep(&self, call: Call, path: &str, kept: Kept) {
        if kept.etag.is_none() && kept.is_empty() {
            lock(&self.empty).entry(call.what).or_insert_with(|| kept.clone());
        }
        self.keep_as_it_is(path, kept);
    }

    /// Keeps a page that another scope asked for.
    pub(crate) fn keep_as_it_is(&self, path: &str, kept: Kept) {
        lock(&self.now).insert(path.to_owned(), kept);
    }

    /// The pages that are kept so far.
    pub(crate) fn kept(&self) -> BTreeMap<String, Kept> {
        lock(&self.now).clone()
    }

    /// What the scope itself kept beside its pages.
    pub(crate) fn extra<T: for<'de> Deserialize<'de>>(&self) -> Option<T> {
        serde_json::from_str(self.extra_before.as_ref()?.get()).ok()
    }

    /// Keeps something beside the pages.
    pub(crate) fn keep_extra<T: Serialize>(&self, extra: &T) {
        *lock(&self.extra) = serde_json::value::to_raw_value(extra).ok();
    }

    /// The organisation that the latest attempt saw.
    pub(crate) fn organisation_before(&self) -> Option<u64> {
        self.organisation_before
    }

    /// The repositories that the latest attempt knew of.
    pub(crate) fn repositories_before(&self) -> &Known {
        &self.repositories_before
    }

    /// Keeps which repositories there are.
    pub(crate) fn keep_repositories(&self, known: Known) {
        *lock(&self.repositories) = Some(known);
    }

    /// The repositories that are kept, if any were asked.
    pub(crate) fn repositories(&self) -> Option<Known> {
        lock(&self.repositories).clone()
    }

    /// Leaves the note. Of an attempt that broke off, what it did not come to is kept from the one before.
    pub(crate) fn remember(self, out: &mut dyn Sink, organisation: Option<u64>, is_whole: bool) {
        let mut pages = self.now.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut extra = self.extra.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !is_whole {
            for (path, kept) in self.before {
                pages.entry(path).or_insert(kept);
            }
            extra = extra.or(self.extra_before);
        }
        let repositories = self.repositories.into_inner().unwrap_or_else(PoisonError::into_inner);
        let written = Written {
            version: VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            pages,
            extra,
            organisation: organisation.or(self.organisation_before),
            repositories: repositories.unwrap_or(self.repositories_before),
        };
        if let Ok(bytes) = serde_json::to_vec(&written) {
            out.remember(bytes);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use whosekey_sdk::testkit::Collected;

    use super::*;

    fn kept(etag: &str) -> Kept {
        let body = RawValue::from_string("[]".to_owned()).unwrap();
        Kept { etag: Some(etag.to_owned()), next: None, body }
    }

    #[test]
    fn what_is_kept_is_told_to_the_next_attempt() {
        let mut out = Collected::default();
        let notes = Notes::recall(&mut out);
        notes.keep_as_it_is("/a", kept("1"));
        notes.keep_extra(&7);
        notes.remember(&mut out, None, true);
        let notes = Notes::recall(&mut out);
        assert_eq!(notes.before("/a").unwrap().etag.as_deref(), Some("1"));
        assert_eq!(notes.extra::<u8>(), Some(7));
    }

    #[test]
    fn an_attempt_that_broke_off_keeps_what_it_did_not_come_to() {
        let mut out = Collected::default();
        let notes = Notes::default();
        notes.keep_as_it_is("/a", kept("1"));
        notes.remember(&mut out, None, true);
        let notes = Notes::recall(&mut out);
        notes.keep_as_it_is("/b", kept("2"));
        notes.remember(&mut out, None, false);
        let notes = Notes::recall(&mut out);
        assert!(notes.before("/a").is_some() && notes.before("/b").is_some());
    }

    #[test]
    fn a_note_of_another_version_or_of_no_form_is_not_read() {
        for note in [
            r#"{"version":0,"tool":"0","pages":{}}"#,
            "not a note",
            r#"{"version":1,"tool":"0.0.0","pages":{"/a":{"etag":"1","body":[]}}}"#,
        ] {
            let mut out = Collected::default();
            out.memory = Some(note.as_bytes().to_vec());
            assert!(Notes::recall(&mut out).before("/a").is_none(), "{note}");
        }
    }

    const KEYS: Call = Call::new("GET /repos/{owner}/{repo}/keys", "").harmless();
    const VARIABLES: Call = Call::new("GET /repos/{owner}/{repo}/actions/variables", "");

    /// An answer to a request without any header, and what is kept of it when its tag is this one.
    fn kept_of(call: Call, body: &'static str, etag: &str) -> Kept {
        let reduced = if body.trim() == "[]" { "[]" } else { "{}" };
        let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
        response.extensions_mut().insert(Seal::of(&http::HeaderMap::new()));
        Kept::new(call, &response, etag.to_owned(), None, RawValue::from_string(reduced.to_owned()).unwrap())
    }

    fn tag(body: &str) -> String {
        Seal::of(&http::HeaderMap::new()).tag(body.as_bytes())
    }

    #[test]
    fn a_body_is_kept_as_it_came_only_when_it_is_harmless_and_has_the_tag_that_we_would_say() {
        const KEY: &str = r#"[{"id":1}]"#;
        const VALUE: &str = r#"{"total_count":1,"variables":[{"name":"X","value":"canary"}]}"#;
        assert!(kept_of(KEYS, KEY, &tag(KEY)).etag.is_none());
        assert!(kept_of(KEYS, KEY, &format!("W/{}", tag(KEY))).etag.is_none());
        assert_eq!(kept_of(KEYS, KEY, "\"other\"").etag.as_deref(), Some("\"other\""));
        assert_eq!(kept_of(VARIABLES, VALUE, &tag(VALUE)).body.get(), "{}");
        assert!(kept_of(KEYS, " [] ", &tag(" [] ")).etag.is_some(), "space would be lost");
    }

    #[test]
    fn what_lists_nothing_is_what_others_may_list_too() {
        let notes = Notes::default();
        notes.keep(KEYS, "/a", kept_of(KEYS, r#"[{"id":1}]"#, &tag(r#"[{"id":1}]"#)));
        assert!(notes.empty(KEYS).is_none());
        notes.keep(KEYS, "/b", kept_of(KEYS, "[]", "\"of another kind\""));
        assert!(notes.empty(KEYS).is_none(), "nobody can say what its tag would be");
        notes.keep(VARIABLES, "/c", kept_of(VARIABLES, "[]", &tag("[]")));
        assert!(notes.empty(VARIABLES).is_some() && notes.empty(KEYS).is_none());
    }
}
