//! Secrets are asked for by their metadata alone. A server that sends them whole all the same (one that is older than
//! the request, or a proxy that drops the `Accept` header) is cut off before their values are read.
//!
//! The API server writes `kind` first, so the first few bytes of an answer say which of the two it is. What did arrive is
//! wiped, as far as it is ours to wipe.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use whosekey_sdk::http::{Body, HttpError};
use zeroize::Zeroize as _;

/// The `Accept` header that asks for metadata alone. Nothing else is acceptable: with `application/json` beside it, a server
/// that does not know the form would send everything.
pub(crate) const METADATA_ALONE: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// How an answer that holds metadata alone begins.
const KIND: &[u8] = br#"{"kind":"PartialObjectMetadataList""#;

/// Lets an answer through when it begins as it must, and breaks it off otherwise.
pub(crate) fn metadata_alone(body: impl Stream<Item = Result<Bytes, HttpError>> + Send + 'static) -> Body {
    Box::pin(stream::unfold(Some((Box::pin(body), Vec::new())), |state| async move {
        let (mut body, mut head): (_, Vec<u8>) = state?;
        let piece = match body.next().await? {
            Ok(piece) => piece,
            Err(error) => return Some((Err(error), None)),
        };
        let missing = KIND.len() - head.len();
        head.extend(piece.iter().filter(|byte| !byte.is_ascii_whitespace()).take(missing));
        if KIND.starts_with(&head) {
            return Some((Ok(piece), Some((body, head))));
        }
        head.zeroize();
        wipe(piece);
        let why = "Secrets came with their values although only their metadata was asked for".to_owned();
        Some((Err(HttpError::Refused(why)), None))
    }))
}

/// Overwrites bytes that nobody else holds.
pub(crate) fn wipe(bytes: Bytes) {
    let owned: Result<BytesMut, Bytes> = bytes.try_into_mut();
    if let Ok(mut owned) = owned {
        owned.as_mut().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn through(pieces: &[&'static str]) -> (Result<String, HttpError>, usize) {
        let pieces: Vec<&'static str> = pieces.to_vec();
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let body = stream::iter(pieces.into_iter().map(move |piece| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from_static(piece.as_bytes()))
        }));
        let mut guarded = metadata_alone(body);
        let mut text = String::new();
        while let Some(piece) = guarded.next().await {
            match piece {
                Ok(piece) => text.push_str(std::str::from_utf8(&piece).unwrap()),
                Err(error) => return (Err(error), read.load(Ordering::Relaxed)),
            }
        }
        (Ok(text), read.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn metadata_passes_in_whatever_pieces_it_comes() {
        let whole = r#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","items":[]}"#;
        assert_eq!(through(&[whole]).await.0.unwrap(), whole);
        let pieces = ["{\"ki", "nd\": \"Partial", "ObjectMetadataList\"", ",\"items\":[", "]}"];
        assert_eq!(through(&pieces).await.0.unwrap(), pieces.concat());
    }

    #[tokio::test]
    async fn whole_secrets_are_cut_off_with_their_first_piece() {
        for first in [r#"{"kind":"SecretList","items":["#, r#"{"items":[{"data":"#, "k8s\0", "[", "<html>"] {
            let (outcome, read) = through(&[first, r#"{"data":{"token":"aHVudGVyMg=="}}]}"#]).await;
            assert!(matches!(outcome, Err(HttpError::Refused(_))), "{first}");
            assert_eq!(read, 1, "{first}");
        }
    }
}
