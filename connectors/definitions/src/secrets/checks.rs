//! Proofs that a text is, or is not, a real secret.

use std::sync::LazyLock;

use regex::Regex;

/// Shannon entropy in bits a byte.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f64;
    -counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            share * share.log2()
        })
        .sum::<f64>()
}

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)your[-_ ]|<[^<>]+>|xxx+|changeme|example|placeholder|replace|dummy|todo|\*\*\*")
        .expect("the expression is fixed and tested")
});

/// Whether a value is what documentation puts where a secret goes. `${…}` never is one: it is a reference.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let stripped = without_expansions(value);
    PLACEHOLDER.is_match(&stripped) || (!value.is_empty() && !value.contains("${") && entropy(value) == 0.0)
}

/// The value without its `${…}` parts.
fn without_expansions(value: &str) -> std::borrow::Cow<'_, str> {
    if !value.contains("${") {
        return value.into();
    }
    let mut kept = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(open) = rest.find("${") {
        kept.push_str(&rest[..open]);
        match rest[open..].find('}') {
            Some(close) => rest = &rest[open + close + 1..],
            None => rest = "",
        }
    }
    kept.push_str(rest);
    kept.into()
}

/// Runs such as `1234567890` or `abcdefgh` that no generator makes: at least eight steps of one in a row.
pub(crate) fn has_long_run(value: &str) -> bool {
    let bytes = value.as_bytes();
    let mut run = 0;
    bytes.windows(2).any(|pair| {
        run = if pair[1] == pair[0].wrapping_add(1) || (pair[0] == b'9' && pair[1] == b'0') { run + 1 } else { 0 };
        run >= 8
    })
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The six base62 digits that GitHub and npm append to a token: the CRC32 of the random part before them.
pub(crate) fn checksum_base62(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// Whether the last six characters after `prefix` are the checksum of those before them.
pub(crate) fn has_valid_checksum(token: &str) -> bool {
    let Some((_, body)) = token.split_once('_') else { return false };
    body.is_char_boundary(body.len().saturating_sub(6))
        && body.len() > 6
        && checksum_base62(&body[..body.len() - 6]) == body[body.len() - 6..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_shannon() {
        assert_eq!(entropy("aaaa"), 0.0);
        assert_eq!(entropy("abcd"), 2.0);
    }

    #[test]
    fn what_documentation_puts_is_a_placeholder() {
        for text in [
            "your-api-key",
            "YOUR_KEY",
            "<token>",
            "xxxx",
            "changeme",
            "EXAMPLEKEY",
            "REPLACE_ME",
            "dummy",
            "TODO",
            "***",
            "aaaaaaaa",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["${YOUR_KEY}", "hunter2hunter2", "xy", "", "a<b"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_checksum_tells_a_token_from_an_invention() {
        let body = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ";
        let token = format!("ghp_{body}{}", checksum_base62(body));
        assert!(has_valid_checksum(&token));
        assert!(!has_valid_checksum(&format!("ghp_{body}000000")));
        // The published example of the scheme: CRC32 in base62, padded to six.
        assert_eq!(checksum_base62(body), "0mLq17");
    }

    #[test]
    fn runs_that_no_generator_makes_are_seen() {
        assert!(has_long_run("ghp_1234567890abcdef"));
        assert!(!has_long_run("a1b2c3d4e5"));
    }
}
