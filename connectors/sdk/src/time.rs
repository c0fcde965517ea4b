//! The one timestamp type: milliseconds since 1970 in UTC, RFC 3339 in text.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, to the millisecond, in UTC. Between the years 0000 and 9999, so that its text is RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an RFC 3339 time such as 2026-11-24T09:00:00Z")]
pub struct InvalidTimestamp(String);

impl Timestamp {
    const MIN_MS: i64 = -62_167_219_200_000;
    const MAX_MS: i64 = 253_402_207_199_999;

    /// From milliseconds since 1970-01-01T00:00:00Z; out of range is clamped.
    pub fn from_millis(ms: i64) -> Self {
        Self(ms.clamp(Self::MIN_MS, Self::MAX_MS))
    }

    /// From seconds since 1970-01-01T00:00:00Z; out of range is clamped.
    pub fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// How long before `later` this was; zero when it was not before.
    pub fn until(self, later: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// This long before; clamped to the range.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This long after; clamped to the range.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Tells the time of day; durations are measured by the runtime, not by this.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = plain::text(self.0) {
            return f.pad(std::str::from_utf8(&text).expect("digits and separators"));
        }
        let moment = jiff::Timestamp::from_millisecond(self.0).expect("clamped on construction");
        fmt::Display::fmt(&moment, f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        if let Some(ms) = plain::millis(text) {
            return Ok(Self(ms));
        }
        text.parse::<jiff::Timestamp>()
            .map(|moment| Self::from_millis(moment.as_millisecond()))
            .map_err(|_| InvalidTimestamp(text.to_owned()))
    }
}

/// Times as nearly all are written, `2026-11-24T09:00:00Z`: an estate of a million things has some millions of them, and
/// this takes a fifth of the time of what reads and writes all forms. Anything else is jiff's.
mod plain {
    const DAY_MS: i64 = 86_400_000;

    /// The text of whole seconds.
    pub(super) fn text(ms: i64) -> Option<[u8; 20]> {
        if ms % 1000 != 0 {
            return None;
        }
        let (days, second) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS) / 1000);
        let (year, month, day) = date(days);
        let mut text = *b"0000-00-00T00:00:00Z";
        let two = |number: i64| -> [u8; 2] {
            let digit = |digit: i64| b'0' + u8::try_from(digit).expect("one digit");
            [digit(number / 10), digit(number % 10)]
        };
        let parts = [year / 100, year % 100, month, day, second / 3600, second / 60 % 60, second % 60];
        for (part, at) in parts.into_iter().zip([0, 2, 5, 8, 11, 14, 17]) {
            text[at..at + 2].copy_from_slice(&two(part));
        }
        Some(text)
    }

    /// The milliseconds of such a text.
    pub(super) fn millis(text: &str) -> Option<i64> {
        let &[a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, b'Z'] = text.as_bytes() else {
            return None;
        };
        let two = |tens: u8, ones: u8| -> Option<i64> {
            (tens.is_ascii_digit() && ones.is_ascii_digit())
                .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        };
        let (year, month, day) = (two(a, b)? * 100 + two(c, d)?, two(e, f)?, two(g, h)?);
        let (hour, minute, second) = (two(i, j)?, two(k, l)?, two(m, n)?);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + i64::from(is_leap),
            1..=12 => 31,
            _ => return None,
        };
        // A leap second is left to jiff.
        let fits = (1..=last).contains(&day) && hour < 24 && minute < 60 && second < 60;
        fits.then(|| days(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, by eras of 400 years that begin in March
    /// (<https://howardhinnant.github.io/date_algorithms.html>, looked at 2026-11-27).
    fn days(year: i64, month: i64, day: i64) -> i64 {
        let year = if month <= 2 { year - 1 } else { year };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// The year, month and day of a day since 1970-01-01.
    fn date(days: i64) -> (i64, i64, i64) {
        let (era, of_era) = ((days + 719_468).div_euclid(146_097), (days + 719_468).rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        (era * 400 + year + carry, month, day)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc_3339() {
        let t: Timestamp = "2026-11-24T10:00:00.5+01:00".parse().unwrap();
        assert_eq!(t.to_string(), "2026-11-24T09:00:00.5Z");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn plain_times_are_read_and_written_as_jiff_does() {
        // A prime number of seconds, so that all hours, days and months come.
        let step = 86_400 * 13 + 7_919;
        for secs in (Timestamp::MIN_MS / 1000..=Timestamp::MAX_MS / 1000).step_by(step) {
            let jiffs = jiff::Timestamp::from_second(secs).unwrap().to_string();
            let time = Timestamp::from_secs(secs);
            assert_eq!(time.to_string(), jiffs);
            assert_eq!(jiffs.parse::<Timestamp>().unwrap(), time);
        }
        for text in [
            "2024-02-29T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-06-30T23:59:60Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01t00:00:00z",
            "+026-01-01T00:00:00Z",
            "2026-01-0١T00:00:0Z",
        ] {
            let jiffs =
                text.parse::<jiff::Timestamp>().ok().map(|moment| Timestamp::from_millis(moment.as_millisecond()));
            assert_eq!(text.parse::<Timestamp>().ok(), jiffs, "{text}");
        }
    }

    #[test]
    fn arithmetic_never_leaves_the_range() {
        let t = Timestamp::from_millis(i64::MAX);
        assert_eq!(t.plus(Duration::from_secs(u64::MAX)), t);
        assert_eq!(t.until(Timestamp::from_secs(0)), Duration::ZERO);
        let _ = Timestamp::from_millis(i64::MIN).to_string();
    }
}
