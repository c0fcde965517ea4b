//! What an answer's `ETag` is.

use sha2::{Digest, Sha256};

/// What an `ETag` depends on besides the answer's body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Etags {
    /// On the `Accept` and `Authorization` headers too, as observed on api.github.com (and not documented): the SHA-256 of
    /// `accept:authorization:body`. An installation's new token gets none of the 304s that its last one would have got.
    /// <https://github.com/bored-engineer/github-conditional-http-transport>, seen 2026-11-27.
    #[default]
    OfToken,
    /// On nothing else, as GitHub's documentation lets one think.
    OfBody,
    /// On the same as [`Etags::OfToken`], in a way that nobody has found out.
    OfTokenSomehow,
}

impl Etags {
    pub(super) fn of(self, accept: Option<&str>, authorization: Option<&str>, body: &[u8]) -> String {
        let mut digest = Sha256::new();
        if self == Self::OfTokenSomehow {
            digest.update("somehow:");
        }
        if self != Self::OfBody {
            for header in [accept, authorization].into_iter().flatten() {
                digest.update(header);
                digest.update(":");
            }
        }
        digest.update(body);
        let digits: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\"{digits}\"")
    }
}

/// Whether an `If-None-Match` header names the tag; weak ones compare equal.
pub(super) fn names(if_none_match: &str, etag: &str) -> bool {
    if_none_match.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}
