//! Times as they are typed: RFC 3339, a date, or an age such as `7d` or `12h`.

use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use whosekey_sdk::Timestamp;

use super::Environment;

/// `--now`: the clock of all thresholds.
#[derive(Debug, Clone, Args)]
pub(crate) struct NowArgs {
    /// The moment that all thresholds count from [default: the clock]
    #[arg(long, value_name = "T")]
    now: Option<String>,
}

/// The moment that a command takes for now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now(pub(crate) Timestamp);

impl NowArgs {
    /// The moment given, else the clock's.
    pub(crate) fn moment(&self, environment: &Environment) -> anyhow::Result<Now> {
        Ok(Now(self.given(environment)?.unwrap_or_else(|| environment.now())))
    }

    /// The moment given, if any.
    pub(crate) fn given(&self, environment: &Environment) -> anyhow::Result<Option<Timestamp>> {
        let parsed = self.now.as_deref().map(|text| parse(text, environment.now()));
        parsed.transpose().map_err(|error| anyhow!("--now: {error}"))
    }
}

impl Now {
    /// A time typed by the user, seen from this moment.
    pub(crate) fn at(self, text: &str) -> anyhow::Result<Timestamp> {
        parse(text, self.0).map_err(|error| anyhow!(error))
    }

    /// The end of what the user names as the last time: of a date, the end of its day, as in `policy.accept`.
    pub(crate) fn through(self, text: &str) -> anyhow::Result<Timestamp> {
        let moment = self.at(text)?;
        let is_date = text.len() == "2026-11-24".len() && text.contains('-');
        Ok(if is_date { moment.plus(Duration::from_secs(86_400)) } else { moment })
    }

    /// The value of `--as-of`.
    pub(crate) fn as_of(self, text: Option<&str>) -> anyhow::Result<Option<Timestamp>> {
        text.map(|text| self.at(text).map_err(|error| error.context("--as-of"))).transpose()
    }
}

/// The moment that `text` names, seen from `now`.
///
/// # Errors
/// A sentence that says which forms are understood.
fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    if let Ok(midnight) = format!("{text}T00:00:00Z").parse() {
        return Ok(midnight);
    }
    age(text).map(|age| now.minus(age)).ok_or_else(|| {
        format!("{text:?} is not a time: use 2026-11-24T09:00:00Z, 2026-11-24, or an age such as 7d or 12h")
    })
}

fn age(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_dates_and_ages_are_understood() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        assert_eq!(parse("7d", now).unwrap().to_string(), "2026-11-17T09:00:00Z");
        assert_eq!(parse("12h", now).unwrap().to_string(), "2026-11-23T21:00:00Z");
        assert_eq!(parse("2026-01-31", now).unwrap().to_string(), "2026-01-31T00:00:00Z");
        for nonsense in ["", "d", "7", "7x", "yesterday", "99999999999999999999d"] {
            assert!(parse(nonsense, now).is_err(), "{nonsense:?}");
        }
    }
}
