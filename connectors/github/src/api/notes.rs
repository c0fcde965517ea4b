//! What a scope is told of its latest attempt: for each page the `ETag` and what it stood for, in our own reduced form.
//!
//! A page that GitHub says is unchanged costs nothing of the rate budget, and is read from here. It is GitHub that says
//! so, anew in each scan: a note alone shows nothing.
//!
//! Invariant: only what our wire structs keep is in it. Bodies hold more (a variable's value, an address with a token in
//! it), and are never kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use whosekey_sdk::Sink;

/// Changed whenever what is kept changes its meaning. Another version's note is not read.
const VERSION: u32 = 1;

/// A page as it was when GitHub gave it this `ETag`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) etag: String,
    /// An unchanged page comes without its links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    pub(crate) body: Box<RawValue>,
}

/// The pages of one scope.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    before: BTreeMap<String, Kept>,
    now: Mutex<BTreeMap<String, Kept>>,
    extra_before: Option<Box<RawValue>>,
    extra: Mutex<Option<Box<RawValue>>>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    tool: String,
    pages: BTreeMap<String, Kept>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extra: Option<Box<RawValue>>,
}

impl Notes {
    /// What the latest attempt left; nothing when it was another version's, or is not one at all.
    pub(crate) fn recall(out: &mut dyn Sink) -> Self {
        let written = out.recall().and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok());
        let ours = written.filter(|written| written.version == VERSION && written.tool == env!("CARGO_PKG_VERSION"));
        let Some(written) = ours else { return Self::default() };
        Self { before: written.pages, extra_before: written.extra, ..Self::default() }
    }

    /// A page of the latest attempt.
    pub(crate) fn before(&self, path: &str) -> Option<&Kept> {
        self.before.get(path)
    }

    /// Keeps a page for the next attempt.
    pub(crate) fn keep(&self, path: &str, kept: Kept) {
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

    /// Leaves the note. Of an attempt that broke off, what it did not come to is kept from the one before.
    pub(crate) fn remember(self, out: &mut dyn Sink, is_whole: bool) {
        let mut pages = self.now.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut extra = self.extra.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !is_whole {
            for (path, kept) in self.before {
                pages.entry(path).or_insert(kept);
            }
            extra = extra.or(self.extra_before);
        }
        let written = Written { version: VERSION, tool: env!("CARGO_PKG_VERSION").to_owned(), pages, extra };
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
        Kept { etag: etag.to_owned(), next: None, body: RawValue::from_string("[]".to_owned()).unwrap() }
    }

    #[test]
    fn what_is_kept_is_told_to_the_next_attempt() {
        let mut out = Collected::default();
        let notes = Notes::recall(&mut out);
        notes.keep("/a", kept("1"));
        notes.keep_extra(&7);
        notes.remember(&mut out, true);
        let notes = Notes::recall(&mut out);
        assert_eq!(notes.before("/a").unwrap().etag, "1");
        assert_eq!(notes.extra::<u8>(), Some(7));
    }

    #[test]
    fn an_attempt_that_broke_off_keeps_what_it_did_not_come_to() {
        let mut out = Collected::default();
        let notes = Notes::default();
        notes.keep("/a", kept("1"));
        notes.remember(&mut out, true);
        let notes = Notes::recall(&mut out);
        notes.keep("/b", kept("2"));
        notes.remember(&mut out, false);
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
}
