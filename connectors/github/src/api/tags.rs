//! What `ETag` GitHub gives to an answer.
//!
//! It is the SHA-256 of the request's `Accept` and `Authorization`, each with a colon behind it, and the answer's body. That is
//! observed and not documented: <https://github.com/bored-engineer/github-conditional-http-transport>, seen 2026-11-27. So it
//! changes with the hourly token of an App's installation, and whoever has the body can say what it would be for the new one.
//!
//! Invariant: no verdict rests on that. Only after a tag that came was the expected one is another one sent, and it is
//! GitHub's 304 that says whether the body is still its answer. Were tags made otherwise, answers would be paid for.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION};
use sha2::{Digest as _, Sha256};

/// What of a request goes into the tags of its answers. It travels with the answer, and tells nothing of the token.
#[derive(Clone)]
pub(crate) struct Seal(Sha256);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

impl Seal {
    /// That of a signed request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut digest = Sha256::new();
        for header in [ACCEPT, AUTHORIZATION] {
            for value in headers.get_all(header) {
                digest.update(value.as_bytes());
                digest.update(b":");
            }
        }
        Self(digest)
    }

    /// The tag of an answer with this body.
    pub(crate) fn tag(&self, body: &[u8]) -> String {
        let digest = self.0.clone().chain_update(body).finalize();
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\"{digits}\"")
    }

    /// Whether this is the tag of an answer with this body; a weak one is as good.
    pub(crate) fn fits(&self, etag: &str, body: &[u8]) -> bool {
        etag.trim_start_matches("W/") == self.tag(body)
    }
}

/// Goes with a request that is to be answered only if the answer is another one than this.
#[derive(Debug, Clone)]
pub(crate) struct Expected(pub(crate) Bytes);

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_is_made_of_the_request_and_the_body() {
        let mut headers = HeaderMap::new();
        // `printf '[]' | sha256sum`
        let of_nothing_else = "\"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945\"";
        assert_eq!(Seal::of(&headers).tag(b"[]"), of_nothing_else);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        // `printf '*/*:Bearer x:[]' | sha256sum`
        let seal = Seal::of(&headers);
        let tag = "\"f7887d516f3f46e030dc612f4e212e0f04f530825f41a1f2013f02c4627f4641\"";
        assert_eq!(seal.tag(b"[]"), tag);
        assert!(seal.fits(&format!("W/{tag}"), b"[]") && !seal.fits(tag, b"[1]"));
    }
}
