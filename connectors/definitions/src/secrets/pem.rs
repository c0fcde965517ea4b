//! Private keys in PEM, also within strings that write their line ends as `\n`.

mod public;

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The shortest body of a private key that is worth the name: an Ed25519 key in PKCS#8 has 64 characters.
const MIN_BODY: usize = 40;

/// The block around `-----BEGIN ` at `at`, when it is a private key with a body.
pub(crate) fn parse_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let label_end = at + memchr::memmem::find(&text[at + 11..(at + 64).min(text.len())], b"-----")? + 11;
    let label = &text[at + 11..label_end];
    if !label.ends_with(b"PRIVATE KEY") && !label.ends_with(b"PRIVATE KEY BLOCK") {
        return None;
    }
    let body_start = label_end + 5;
    // 16 KiB is more than an RSA key of 16384 bits needs.
    let limit = (body_start + 16 * 1024).min(text.len());
    // Base64 has no dash: the next ones end the block, or it is none.
    let body_end = body_start + memchr::memmem::find(&text[body_start..limit], b"-----")?;
    if !text[body_end..].starts_with(b"-----END ") {
        return None;
    }
    let end = body_end + 9 + memchr::memmem::find(&text[body_end + 9..(body_end + 64).min(text.len())], b"-----")? + 5;
    (body(&text[body_start..body_end]).len() >= MIN_BODY).then_some(at..end)
}

/// The base64 of a block, whatever its line ends: the same key in a file and in a JSON string is the same text.
pub(crate) fn body(block: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(block.len());
    let mut bytes = block.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=') => kept.push(b),
            _ => {}
        }
    }
    kept
}

/// What a fingerprint is made of: the public key, so that one key is one in all its encodings; the text of a block in
/// which there is no key that can be read.
pub(crate) fn normalised(block: &str) -> Vec<u8> {
    let text = Zeroizing::new(inner(block));
    let key = STANDARD.decode(text.as_slice()).map(Zeroizing::new).ok();
    key.and_then(|key| public::public_key(&key)).unwrap_or_else(|| text.to_vec())
}

/// The base64 within a whole block.
fn inner(block: &str) -> Vec<u8> {
    let inner =
        block.split_once("-----\\n").or_else(|| block.split_once("-----\n")).or_else(|| block.split_once("-----\r"));
    let inner = inner.map_or(block, |(_, rest)| rest);
    body(inner.split("-----END").next().unwrap_or(inner).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(newline: &str) -> String {
        let body = "MC4CAQAwBQYDK2VwBCIEIHgbGlsKzWvHkZ9yJzQ0YV0aV5d1m9F4X0b1x2y3z4w5";
        format!("-----BEGIN PRIVATE KEY-----{newline}{body}{newline}-----END PRIVATE KEY-----{newline}")
    }

    #[test]
    fn the_same_key_is_the_same_however_its_lines_end() {
        let (unix, json, windows) = (block("\n"), block("\\n"), block("\r\n"));
        assert!(parse_at(unix.as_bytes(), 0).is_some());
        assert!(parse_at(json.as_bytes(), 0).is_some());
        assert_eq!(normalised(&unix), normalised(&json));
        assert_eq!(normalised(&unix), normalised(&windows));
    }

    #[test]
    fn a_public_key_and_an_empty_block_are_nothing() {
        assert!(parse_at(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", 0).is_none());
        assert!(parse_at(b"-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", 0).is_none());
        assert!(parse_at(b"-----BEGIN ", 0).is_none());
    }
}
