//! The pass over a text.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::rules::{AWS_KEY_ID, AWS_SECRET, AZURE_SIGNATURE, DSN, RULES, Rule, Shape, URL_PARAMETER, URL_PASSWORD};
use super::{Confidence, Found, aws, checks, dsn, jwt, keyed, pem};

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The shapes of providers, connection strings, tokens and keys.
    Shapes,
    /// Those, and values that stand under a telling name.
    ShapesAndNames,
}

enum Target {
    Rule(&'static Rule),
    Name,
}

struct Automaton {
    shapes: AhoCorasick,
    targets: Vec<Target>,
}

static AUTOMATON: LazyLock<Automaton> = LazyLock::new(|| {
    let mut patterns: Vec<&str> = Vec::new();
    let mut targets = Vec::new();
    for rule in RULES.iter().chain([&DSN]) {
        for anchor in rule.anchors {
            patterns.push(anchor);
            targets.push(Target::Rule(rule));
        }
    }
    for name in keyed::ANCHORS {
        patterns.push(name);
        targets.push(Target::Name);
    }
    let shapes = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(&patterns)
        .expect("a few dozen short patterns fit");
    Automaton { shapes, targets }
});

/// All secrets of a text, by where they begin. Where two overlap, the more certain one stays.
pub(crate) fn scan(text: &[u8], depth: Depth) -> Vec<Found> {
    let automaton = &*AUTOMATON;
    let mut found: Vec<Found> = Vec::new();
    let mut named_until = 0;
    for hit in automaton.shapes.find_overlapping_iter(text) {
        match &automaton.targets[hit.pattern().as_usize()] {
            Target::Rule(rule) => take(text, rule, hit.start(), &mut found),
            Target::Name if depth == Depth::ShapesAndNames && hit.end() > named_until => {
                if let Some(named) = keyed::parse_at(text, hit.start()..hit.end()) {
                    named_until = named.range.end;
                    found.push(named);
                }
            }
            Target::Name => {}
        }
    }
    without_overlaps(found)
}

/// The first secret with a provider's shape in a value.
pub(crate) fn first_in(value: &str) -> Option<Found> {
    scan(value.as_bytes(), Depth::Shapes).into_iter().find(|found| found.rule.id != AWS_KEY_ID)
}

fn take(text: &[u8], rule: &'static Rule, at: usize, found: &mut Vec<Found>) {
    match &rule.shape {
        Shape::Pattern { regex, back, check } => {
            let Some(range) = (at.saturating_sub(*back)..=at).find_map(|start| {
                let end = start + regex.find(&text[start..])?.end();
                (end > at && bounded(text, start, end)).then_some(start..end)
            }) else {
                return;
            };
            let Ok(value) = std::str::from_utf8(&text[range.clone()]) else { return };
            if checks::is_placeholder(value) {
                return;
            }
            let Some(confidence) = check(value) else { return };
            if rule.id == AWS_KEY_ID
                && let Some(secret) = aws::secret_near(text, &range)
            {
                found.push(Found { rule: &AWS_SECRET, range: secret, confidence, name: Some(range.clone()) });
            }
            found.push(Found { rule, range, confidence, name: None });
        }
        Shape::Jwt => {
            if let Some(range) = jwt_at(text, at) {
                found.push(Found { rule, range, confidence: Confidence::High, name: None });
            }
        }
        Shape::Pem => {
            if let Some(range) = pem::parse_at(text, at) {
                found.push(Found { rule, range, confidence: Confidence::High, name: None });
            }
        }
        Shape::Url => take_url(text, at, found),
        Shape::Derived => {}
    }
}

fn take_url(text: &[u8], at: usize, found: &mut Vec<Found>) {
    let Some(url) = dsn::parse_at(text, at) else { return };
    // A token in place of the name or the password is found by its own shape, and better known by it.
    let account = if url.user.is_empty() { url.password.clone() } else { url.user.start..url.password.end };
    if account.len() >= 20 && scan(&text[account], Depth::Shapes).iter().any(|inner| inner.rule.id != AWS_KEY_ID) {
        return;
    }
    if is_signature(&text[url.scheme.start..url.end]) {
        found.push(Found {
            rule: &AZURE_SIGNATURE,
            range: url.scheme.start..url.end,
            confidence: Confidence::High,
            name: None,
        });
        return;
    }
    if is_secret_part(text, &url.password) {
        let is_database = url.is_database(text);
        let rule = if is_database { &DSN } else { &URL_PASSWORD };
        // Text about URLs is full of `user:pass@host`; a connection string is written to connect.
        let password = std::str::from_utf8(&text[url.password.clone()]).unwrap_or("");
        let is_sure = is_database || (password.len() >= 8 && checks::entropy(password) >= 2.75);
        let confidence = if is_sure { Confidence::High } else { Confidence::Medium };
        found.push(Found { rule, range: url.scheme.start..url.end, confidence, name: None });
    }
    for (name, value) in url.parameters {
        let looks_random = std::str::from_utf8(&text[value.clone()])
            .is_ok_and(|value| value.len() >= 12 && checks::entropy(value) >= 3.0 && !checks::has_long_run(value));
        if looks_random && is_secret_part(text, &value) {
            found.push(Found { rule: &URL_PARAMETER, range: value, confidence: Confidence::Medium, name: Some(name) });
        }
    }
}

/// Whether a URL is signed as Azure's storage signs: a version, an end and a signature of 32 bytes in base64.
fn is_signature(url: &[u8]) -> bool {
    let has = |mark: &[u8]| memchr::memmem::find(url, mark).is_some();
    let signature = memchr::memmem::find(url, b"sig=").map(|at| &url[at + 4..]);
    let length = signature.map_or(0, |rest| rest.iter().position(|b| *b == b'&').unwrap_or(rest.len()));
    has(b"sv=") && has(b"se=") && length >= 44
}

/// Whether a part of a URL is a value and not a reference, a template or a stand-in.
fn is_secret_part(text: &[u8], part: &Range<usize>) -> bool {
    let Ok(value) = std::str::from_utf8(&text[part.clone()]) else { return false };
    const STAND_INS: &[&str] = &["password", "passwd", "pass", "pwd", "secret", "token", "pw", "changeit", "key"];
    value.len() >= 3
        && !value.contains(['$', '{', '}', '%', '<', '(', '*', '[', ' '])
        && !checks::is_placeholder(value)
        && !STAND_INS.contains(&value.to_ascii_lowercase().as_str())
        || is_percent_encoded(value)
}

fn is_percent_encoded(value: &str) -> bool {
    value.contains('%')
        && !value.contains(['$', '{', '<', '(', '*'])
        && value
            .split('%')
            .skip(1)
            .all(|rest| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit))
        && !checks::is_placeholder(value)
}

/// Bytes of one part of a token.
const MAX_JWT_PART: usize = 8192;

fn jwt_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let part = |start: usize| text[start..].iter().take(MAX_JWT_PART).take_while(|b| is_part(b)).count();
    // A text of nothing but beginnings would otherwise be read again for each of them.
    let escaped = at >= 2 && text[at - 2] == b'\\';
    if at > 0 && is_part(&text[at - 1]) && !escaped {
        return None;
    }
    let header = part(at);
    let body_start = at + header + 1;
    if header < 10 || text.get(at + header) != Some(&b'.') || text.get(body_start..body_start + 3) != Some(b"eyJ") {
        return None;
    }
    let body = part(body_start);
    let signature_start = body_start + body + 1;
    if text.get(body_start + body) != Some(&b'.') {
        return None;
    }
    let end = signature_start + part(signature_start);
    if end - signature_start < 16 || !bounded(text, at, end) {
        return None;
    }
    jwt::claims(std::str::from_utf8(&text[at..end]).ok()?)?;
    Some(at..end)
}

/// Whether a value stands alone: not the middle of a longer word. What looks like a letter before it may be the end of
/// an escape (`\n`, `%20`) instead.
fn bounded(text: &[u8], start: usize, end: usize) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let before = |n: usize| start.checked_sub(n).map(|at| text[at]);
    let left = match before(1) {
        None => true,
        Some(b'n' | b't' | b'r') if before(2) == Some(b'\\') => true,
        Some(b) if b.is_ascii_hexdigit() && before(3) == Some(b'%') => true,
        Some(b'-' | b'/' | b'+') if text[start] == b's' || text[start].is_ascii_uppercase() => {
            // `risk-sk-…`, or the middle of base64.
            !before(2).is_some_and(|b| b.is_ascii_alphanumeric())
        }
        Some(b) => !word(b),
    };
    left && !text.get(end).is_some_and(|b| word(*b))
}

fn without_overlaps(mut found: Vec<Found>) -> Vec<Found> {
    // An AWS pair keeps both of its halves: the id is public and stands alone.
    found.sort_by(|a, b| {
        let rank = |f: &Found| (f.rule.id == super::rules::KEYED.id || f.rule.id == URL_PARAMETER.id, f.confidence);
        let (a_weak, a_sure) = rank(a);
        let (b_weak, b_sure) = rank(b);
        a_weak
            .cmp(&b_weak)
            .then(b_sure.cmp(&a_sure))
            .then(a.range.start.cmp(&b.range.start))
            .then(b.range.len().cmp(&a.range.len()))
    });
    // Kept ranges do not overlap, so only the one that begins last before an end can reach into it.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for one in found {
        let nearest = taken.range(..one.range.end).next_back();
        if nearest.is_none_or(|(_, end)| *end <= one.range.start) {
            taken.insert(one.range.start, one.range.end);
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| one.range.start);
    kept
}
