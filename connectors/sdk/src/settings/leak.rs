//! Whether a text is shaped like a secret: what no configuration may hold and no message may repeat.
//!
//! A deny-list of published formats, not a scanner: it exists so that a secret pasted into the wrong place is refused
//! with a hint and not copied into a log. Finding secrets in agents' files is the `agents` connector's work.

/// A published format: how such a secret begins, and how many more characters of its alphabet follow at least.
const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("gldt-", 16),
    ("xoxa-", 16),
    ("xoxb-", 16),
    ("xoxe-", 16),
    ("xoxp-", 16),
    ("xoxr-", 16),
    ("xoxs-", 16),
    ("xapp-", 16),
    ("sk-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("AIza", 30),
    ("ya29.", 20),
    ("GOCSPX-", 20),
    ("hf_", 30),
    ("npm_", 30),
    ("pypi-", 40),
    ("dop_v1_", 40),
    ("hvs.", 20),
    ("SG.", 40),
    ("AGE-SECRET-KEY-", 40),
];

/// Whether the text is, or holds, something shaped like a secret.
pub fn looks_secret(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
        || has_password_in_url(text)
        || words(text).any(is_secret_word)
        || parts(text).any(is_published)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',' | ';' | '&' | '?' | '(' | ')' | '<' | '>')
    })
}

/// As [`words`], with paths and addresses taken apart too; the secrets of AWS have slashes in them.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    words(text).flat_map(|word| word.split(['/', ':', '@', '[', ']', '{', '}']))
}

fn is_secret_word(word: &str) -> bool {
    is_published(word) || is_aws_secret(word)
}

fn is_published(word: &str) -> bool {
    let known = PREFIXES.iter().any(|(prefix, min)| {
        word.strip_prefix(prefix).is_some_and(|rest| rest.bytes().take_while(|b| is_token_byte(*b)).count() >= *min)
    });
    known || is_jwt(word)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/')
}

fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    let header_and_claims =
        parts.by_ref().take(2).filter(|part| part.starts_with("eyJ") && part.len() > 10).count() == 2;
    header_and_claims && parts.next().is_some()
}

/// Forty characters of base64 with all three kinds of character in them; a hexadecimal digest has no capitals.
fn is_aws_secret(word: &str) -> bool {
    word.len() == 40
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        && word.bytes().any(|b| b.is_ascii_uppercase())
        && word.bytes().any(|b| b.is_ascii_lowercase())
        && word.bytes().any(|b| b.is_ascii_digit())
        && !word.starts_with('/')
}

fn has_password_in_url(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    authority
        .rsplit_once('@')
        .and_then(|(user_info, _)| user_info.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty() && !password.starts_with("${"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_formats_are_known() {
        for text in [
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "--token=github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
            "https://user:hunter2@example.com/x",
            "/srv/ghp_abcdefghijklmnopqrstuvwxyz0123456789/x",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
            "sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
        ] {
            assert!(looks_secret(text), "{text}");
        }
    }

    #[test]
    fn ordinary_settings_are_not_secrets() {
        for text in [
            "arn:aws:iam::123456789012:user/legacy-*",
            "https://api.github.com",
            "http://user@127.0.0.1:5000/a:b@c",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4",
            "AKIAIOSFODNN7EXAMPLE",
            "/srv/agents/some/Long/path/With9/andmore",
            "sk-learn",
            "0 */6 * * *",
        ] {
            assert!(!looks_secret(text), "{text}");
        }
    }
}
