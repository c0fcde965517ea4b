//! Small texts: durations, dates, near misses, and values shown in messages.

use std::time::Duration;

use crate::Timestamp;
use crate::settings::leak::looks_secret;

/// The longest part of a value that a message repeats, in characters.
const SHOWN_CHARS: usize = 60;

/// A value in quotes for a message: control characters escaped, cut when long, and never what is shaped like a secret.
pub fn shown(value: &str) -> String {
    if looks_secret(value) {
        return "(a value shaped like a secret, not shown)".to_owned();
    }
    format!("\"{}\"", escaped(value))
}

/// As [`shown`], without quotes: for names that are part of a path.
pub(super) fn plain(name: &str) -> String {
    if looks_secret(name) { "(not shown)".to_owned() } else { escaped(name) }
}

fn escaped(value: &str) -> String {
    let mut text = String::new();
    for (n, c) in value.chars().enumerate() {
        if n == SHOWN_CHARS {
            text.push('…');
            break;
        }
        if c.is_control() || is_bidi_or_invisible(c) { text.extend(c.escape_unicode()) } else { text.push(c) }
    }
    text
}

fn is_bidi_or_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The candidate that was probably meant.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate)
        })
        .filter(|(score, _)| *score > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

/// Two hundred years: longer is a slip of the finger, and near the end of what clocks can count.
const LONGEST_SECONDS: u64 = 200 * 366 * 86_400;

/// `90d`, `12h`, `30m`, `45s`, `2w`, or several from large to small: `1d12h`. `None` for anything else.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds: u64 = 0;
    let mut last_unit = u64::MAX;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: u64 = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes().get(digits)? {
            b'w' => 7 * 86_400,
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        seconds = seconds.checked_add(count.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    (seconds <= LONGEST_SECONDS).then(|| Duration::from_secs(seconds))
}

/// The first moment, in UTC, of a day such as `2027-01-31`.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // The time parser takes shorter and longer forms too; a day has one.
    (text.len() == "2027-01-31".len()).then(|| format!("{text}T00:00:00Z").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(parse_duration("90d"), Some(Duration::from_secs(90 * 86_400)));
        assert_eq!(parse_duration("1d12h"), Some(Duration::from_secs(36 * 3_600)));
        assert_eq!(parse_duration("0d"), Some(Duration::ZERO));
        for text in
            ["", "90", "d", "90 d", "-1d", "1h1d", "1d1d", "1y", "99999999999999999999d", "9999999999999999d", "80000d"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_days_in_utc() {
        assert_eq!(parse_date("2027-01-31"), Some("2027-01-31T00:00:00Z".parse().unwrap()));
        for text in ["", "2027-02-30", "31.01.2027", "tomorrow", "2027-01-31T00:00:00Z"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_near_miss_is_named_and_a_far_one_is_not() {
        let keys = ["connector", "schedule", "timezone"];
        assert_eq!(closest("conector", keys), Some("connector"));
        assert_eq!(closest("Schedul", keys), Some("schedule"));
        assert_eq!(closest("files", keys), None);
    }

    #[test]
    fn what_is_shown_is_escaped_and_short() {
        assert_eq!(shown("a\u{1b}[31m\u{202e}"), r#""a\u{1b}[31m\u{202e}""#);
        assert_eq!(shown(&"x".repeat(1_000)).chars().count(), 63);
        assert!(!shown("ghp_abcdefghijklmnopqrstuvwxyz0123456789").contains("ghp_"));
    }
}
