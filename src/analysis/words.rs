//! Facts in words, for evidence and sentences. Dates without the time of day: verdicts count in days.

use std::time::Duration;

use whosekey_sdk::{Fact, Timestamp};

use super::policy::DAY;
use crate::graph::Node;

/// A time that may be known to be *never*.
pub fn optional(fact: Fact<Option<Timestamp>>) -> String {
    match fact {
        Fact::Known(Some(at)) => at.to_string(),
        Fact::Known(None) => "never".to_owned(),
        Fact::NotExposed => "not exposed".to_owned(),
        Fact::Denied => "denied".to_owned(),
    }
}

/// A time.
pub fn time(fact: Fact<Timestamp>) -> String {
    optional(fact.map(Some))
}

/// A flag.
pub fn flag(fact: Fact<bool>) -> String {
    match fact {
        Fact::Known(value) => value.to_string(),
        Fact::NotExposed => "not exposed".to_owned(),
        Fact::Denied => "denied".to_owned(),
    }
}

/// Why a thing is switched off, where its platform tells: `archived`.
pub fn switched_off_because(node: Node<'_>) -> Option<String> {
    (node.enabled() == Fact::Known(false)).then(|| node.attribute("switched_off"))?
}

/// The day of a moment, in UTC.
pub fn day(at: Timestamp) -> String {
    let mut text = at.to_string();
    text.truncate(text.find('T').unwrap_or(text.len()));
    text
}

/// `1 day`, `90 days`; shorter spans in hours.
pub fn span(duration: Duration) -> String {
    let (number, unit) = if duration.is_zero() || duration >= DAY {
        (duration.as_secs() / DAY.as_secs(), "day")
    } else {
        (duration.as_secs() / 3600, "hour")
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_spans_read_as_people_say_them() {
        let at = Timestamp::from_secs(1_795_478_400);
        assert_eq!(day(at), "2026-11-24");
        assert_eq!((span(DAY), span(90 * DAY), span(DAY / 2)), ("1 day".into(), "90 days".into(), "12 hours".into()));
        assert_eq!(optional(Fact::Known(None)), "never");
    }
}
