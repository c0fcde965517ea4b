//! What an AWS access key id tells, and where its secret is.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// The account that an access key id belongs to, read from the id itself. `None` for ids of before 2019, whose fifth
/// character is `I` or `J`, which do not carry it.
pub(crate) fn account_of(key_id: &str) -> Option<String> {
    let body = key_id.get(4..)?;
    if body.len() != 16 || body.starts_with(['I', 'J']) {
        return None;
    }
    let mut bits: u64 = 0;
    // The first six of the ten bytes are in the first ten characters: 50 bits, of which the upper 48 count.
    for letter in body.bytes().take(10) {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u64::from(digit);
    }
    Some(format!("{:012}", ((bits >> 2) & 0x7fff_ffff_ff80) >> 7))
}

static SECRET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u)[A-Za-z0-9/+]{40,}").expect("the expression is fixed and tested"));

/// Lines around a key id within which its secret is looked for.
const NEAR_LINES: usize = 5;
const NEAR_BYTES: usize = 1500;

/// Whether a text can be a secret access key: forty characters of base64 that are not a commit's hash.
pub(crate) fn is_secret_key(text: &str) -> bool {
    text.len() == 40
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'/' || b == b'+')
        && !text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b.is_ascii_uppercase())
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && super::checks::entropy(text) >= 4.0
}

/// The secret access key nearest to a key id, after it before before it.
pub(crate) fn secret_near(text: &[u8], key_id: &Range<usize>) -> Option<Range<usize>> {
    let window = window(text, key_id);
    let mut best: Option<(usize, Range<usize>)> = None;
    for found in SECRET.find_iter(&text[window.clone()]) {
        let range = window.start + found.start()..window.start + found.end();
        let Ok(candidate) = std::str::from_utf8(&text[range.clone()]) else { continue };
        if !is_secret_key(candidate) {
            continue;
        }
        let distance = if range.start >= key_id.end {
            range.start - key_id.end
        } else {
            // Written key id first nearly always; one before it is taken only when there is none after it.
            (key_id.start.saturating_sub(range.end)) + text.len()
        };
        if best.as_ref().is_none_or(|(least, _)| distance < *least) {
            best = Some((distance, range));
        }
    }
    best.map(|(_, range)| range)
}

fn window(text: &[u8], around: &Range<usize>) -> Range<usize> {
    // A minified file is one line: no further than what five long lines hold.
    let earliest = around.start.saturating_sub(NEAR_BYTES);
    let latest = (around.end + NEAR_BYTES).min(text.len());
    let start = memchr::memrchr_iter(b'\n', &text[earliest..around.start]).nth(NEAR_LINES).map_or(0, |at| at + 1);
    let end = memchr::memchr_iter(b'\n', &text[around.end..latest]).nth(NEAR_LINES);
    earliest + start..end.map_or(latest, |at| around.end + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_tells_its_account() {
        // Made with the inverse of the published decoding.
        assert_eq!(account_of("AKIAQAAAAAAAAAAAAAAA").as_deref(), Some("000000000000"));
        assert_eq!(account_of("AKIAY34FZKBOKMUTVV7A").as_deref(), Some("609629065308"));
        assert_eq!(account_of("AKIAIOSFODNN7EXAMPLE"), None);
    }

    #[test]
    fn a_commit_hash_is_no_secret_key() {
        assert!(!is_secret_key("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
        assert!(is_secret_key("kR7pTq2Xv/9LmZ3bN8cW1yHs6Jd4Fg0QaUeIoPtB"));
    }

    #[test]
    fn the_secret_after_the_id_is_taken_before_the_one_above_it() {
        let text = b"s = kR7pTq2Xv/9LmZ3bN8cW1yHs6Jd4Fg0QaUeIoPtB\nid = AKIAY34FZKBOKMUTVV7A\n\ns = zR7pTq2Xv/9LmZ3bN8cW1yHs6Jd4Fg0QaUeIoPtZ\n";
        let at = memchr::memmem::find(text, b"AKIA").unwrap();
        let found = secret_near(text, &(at..at + 20)).unwrap();
        assert!(text[found].starts_with(b"zR7p"));
    }
}
