//! Secrets without a shape, found by the name that they stand under: `api_key = "…"` in code, `DB_PASSWORD=…` in a
//! settings file. Stricter here than for the slots of agent definitions, because in running text a telling name is
//! often a column, a header's name or a message.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::rules::KEYED;
use super::{Confidence, Found, checks};

/// What the automaton looks for: the telling parts of names in the cases people write them.
pub(crate) const ANCHORS: &[&str] = &[
    "api_key",
    "apikey",
    "apiKey",
    "ApiKey",
    "api-key",
    "API_KEY",
    "APIKEY",
    "Api-Key",
    "API-Key",
    "token",
    "Token",
    "TOKEN",
    "secret",
    "Secret",
    "SECRET",
    "passw",
    "Passw",
    "PASSW",
    "pwd",
    "PWD",
    "credential",
    "CREDENTIAL",
    "private_key",
    "PRIVATE_KEY",
    "privateKey",
    "access_key",
    "ACCESS_KEY",
    "accessKey",
    "Bearer ",
    "bearer ",
    "auth_key",
    "AUTH_KEY",
    "Authorization",
    "authorization",
];

static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(api[_-]?key|token|secret|passw|pwd|auth|bearer|credential|private[_-]?key|dsn|connection[_-]?string|database_url)",
    )
    .expect("the expression is fixed and tested")
});

/// Whether a variable's name says that its value is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    SECRET_NAME.is_match(name)
}

/// Ends of names that are about a secret and are not one.
const ABOUT: &[&str] = &[
    "name",
    "id",
    "path",
    "file",
    "url",
    "uri",
    "type",
    "field",
    "env",
    "arn",
    "header",
    "endpoint",
    "prefix",
    "ttl",
    "expiry",
    "expires",
    "expires_in",
    "label",
    "ref",
    "version",
    "policy",
    "manager",
    "store",
    "provider",
    "count",
    "limit",
    "length",
    "hash",
    "regex",
    "pattern",
    "format",
    "error",
    "message",
    "hint",
    "placeholder",
    "description",
    "title",
    "digest",
    "var",
    "vars",
    "keys",
    "checksum",
    "algorithm",
    "scope",
    "scopes",
    "table",
    "column",
    "class",
    "method",
    "mode",
];

/// Whether a name and a value together are surely enough a secret, where neither was meant for us.
pub(crate) fn is_named_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) && !is_about(name) && looks_secret(value, false)
}

/// Whether a word of an address came from a generator: long, of letters and digits mixed, no words, no id.
pub(crate) fn is_random_word(word: &str) -> bool {
    word.len() >= 24
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=' | b'.'))
        && looks_secret(word, true)
}

fn is_about(name: &str) -> bool {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && snake.ends_with(|c: char| c.is_ascii_lowercase()) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    let last = snake.rsplit(['_', '-']).next().unwrap_or(&snake);
    ABOUT.contains(&last)
}

/// The value that the name around a hit is given, when it looks like a secret.
pub(crate) fn parse_at(text: &[u8], hit: Range<usize>) -> Option<Found> {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if text[hit.end - 1] == b' ' {
        return value(text, hit.clone(), hit.end, Context::Bearer);
    }
    let name_end = text[hit.end..].iter().position(|b| !is_word(b)).map_or(text.len(), |n| hit.end + n);
    let name_start = text[..hit.start]
        .iter()
        .rposition(|b| !is_word(b))
        .map_or(0, |before| before + 1)
        .max(hit.start.saturating_sub(64));
    let name = name_start..name_end;
    // `tokenizer`, `secretary`, `passwordless`: the word goes on, so it is another word.
    if name_end - hit.end > 48 || goes_on(&text[hit.clone()], &text[hit.end..name_end]) {
        return None;
    }
    let mut at = name_end;
    let skip = |from: usize, set: &[u8]| text[from..].iter().take(8).take_while(|b| set.contains(b)).count();
    at += skip(at, b"\"'`]");
    at += skip(at, b" \t");
    let operator = skip(at, b":=");
    if operator == 0 || operator > 2 {
        return None;
    }
    at += operator;
    at += skip(at, b"> \t");
    if is_about(std::str::from_utf8(&text[name.clone()]).ok()?) {
        return None;
    }
    value(text, name, at, Context::Assigned)
}

/// Whether a telling part is the beginning of a longer word of the same case. `passw` is one on purpose.
fn goes_on(part: &[u8], rest: &[u8]) -> bool {
    let last = part[part.len() - 1];
    if part.eq_ignore_ascii_case(b"passw") {
        return false;
    }
    let rest = match rest.first() {
        Some(b's' | b'S') => &rest[1..],
        _ => rest,
    };
    last.is_ascii_lowercase() && rest.first().is_some_and(u8::is_ascii_lowercase)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Assigned,
    Bearer,
}

fn value(text: &[u8], name: Range<usize>, at: usize, context: Context) -> Option<Found> {
    let first = *text.get(at)?;
    let range = if matches!(first, b'"' | b'\'' | b'`') {
        let start = at + 1;
        let length = text[start..].iter().take(512).position(|b| *b == first || *b == b'\n')?;
        if text[start + length] == b'\n' {
            return None;
        }
        start..start + length
    } else {
        let length = text[at..]
            .iter()
            .take(512)
            .position(|b| {
                b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b'}' | b'<')
            })
            .unwrap_or((text.len() - at).min(512));
        at..at + length
    };
    let quoted = range.start != at;
    let text_value = std::str::from_utf8(&text[range.clone()]).ok()?;
    let prefix =
        ["Bearer ", "bearer ", "token ", "Basic "].iter().find(|p| text_value.starts_with(**p)).map_or(0, |p| p.len());
    let range = range.start + prefix..range.end;
    let text_value = &text_value[prefix..];
    let strict = !quoted || context == Context::Bearer;
    looks_secret(text_value, strict).then_some(Found {
        rule: &KEYED,
        range,
        confidence: Confidence::Medium,
        name: Some(name),
    })
}

/// Whether a value in running text looks like it came from a generator.
fn looks_secret(value: &str, strict: bool) -> bool {
    let (mut digits, mut lower, mut upper, mut other) = (0, 0, 0, 0);
    for byte in value.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'a'..=b'z' => lower += 1,
            b'A'..=b'Z' => upper += 1,
            b'!'..=b'~' => other += 1,
            _ => return false,
        }
    }
    let least = if strict { 16 } else { 12 };
    if value.len() < least || digits == 0 || lower + upper == 0 {
        return false;
    }
    // Code, templates, references, paths, addresses.
    if value.contains(['(', '{', '}', '$', '<', '>', '[', ']', ' ', '\\', '|', ',', ';'])
        || value.contains("://")
        || value.starts_with("arn:")
        || value.starts_with(['/', '.', '#', '@', '%', '-'])
        || value.starts_with("os.")
        || value.starts_with("process.")
    {
        return false;
    }
    if other * 4 > value.len() || (value.contains('/') && !(upper > 1 && lower > 1 && digits > 1)) {
        return false;
    }
    if is_words(value) || is_uuid(value) || checks::is_placeholder(value) || checks::has_long_run(value) {
        return false;
    }
    checks::entropy(value) >= if strict { 3.6 } else { 3.3 }
}

/// Words joined by separators (`prod-db-password-2`), as names are and random values are not.
fn is_words(value: &str) -> bool {
    let mut parts = value.split(['-', '_', '.', '/', ':']).peekable();
    let many = value.contains(['-', '_', '.', '/', ':']);
    many && parts.all(|part| {
        part.bytes().all(|b| b.is_ascii_alphabetic())
            || (part.len() <= 5 && part.bytes().all(|b| b.is_ascii_digit()))
            || (part.len() <= 8
                && part.trim_end_matches(|c: char| c.is_ascii_digit()).bytes().all(|b| b.is_ascii_alphabetic()))
    })
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use crate::secrets::{Depth, scan};

    fn named(text: &str) -> Vec<String> {
        scan(text.as_bytes(), Depth::ShapesAndNames).into_iter().map(|f| text[f.range].to_owned()).collect()
    }

    #[test]
    fn a_value_under_a_telling_name_is_found_in_the_syntaxes_of_code_and_settings() {
        for text in [
            "api_key = \"q7Zt4Lm9Xc2Vb8Nr\"",
            "{\"apiKey\": \"q7Zt4Lm9Xc2Vb8Nr\"}",
            "DB_PASSWORD=q7Zt4Lm9Xc2Vb8Nr\n",
            "const token: 'q7Zt4Lm9Xc2Vb8Nr'",
            "headers = {'Authorization': 'Bearer q7Zt4Lm9Xc2Vb8Nr'}",
            "curl -H \"Authorization: Bearer q7Zt4Lm9Xc2Vb8Nr\"",
        ] {
            assert_eq!(named(text), ["q7Zt4Lm9Xc2Vb8Nr"], "{text}");
        }
    }

    #[test]
    fn what_only_speaks_of_secrets_is_not_one() {
        for text in [
            "token = os.environ[\"GITHUB_TOKEN\"]",
            "password = get_password(user1)",
            "secret_name = \"prod/crm/db-password-2024a\"",
            "token_url = \"https://auth.acme.com/oauth2/token\"",
            "api_key = \"your-api-key-1234567\"",
            "password: ${DB_PASSWORD}",
            "MAX_TOKENS=4096",
            "token = \"user-token-field-2\"",
            "secret = \"9f1c3a52-7b1e-4c57-a0a5-0d8e6c1f2b3a\"",
            "tokenizer = \"cl100k_base_2024\"",
        ] {
            assert!(named(text).is_empty(), "{text}: {:?}", named(text));
        }
    }
}
