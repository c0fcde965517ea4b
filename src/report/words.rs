//! Facts, times and codes as people say them. Nothing here decides anything.

use serde_json::Value;
use whosekey_sdk::{Fact, Kind, Timestamp};

use super::v1;
use crate::analysis::Answer;

const DAY_MS: i64 = 86_400_000;

/// What is said of a fact that the platform tells nobody.
pub(crate) const NOT_EXPOSED: &str = "not exposed by the platform";
/// What is said of a fact that the platform refused to tell us.
pub(crate) const DENIED: &str = "denied to us";

pub(crate) fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::CannotTell => "cannot tell",
    }
}

/// The plural of a kind, as in `whosekey list identities`.
pub(crate) fn kinds(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => "identities",
        Kind::Credential => "credentials",
        Kind::Agent => "agents",
        Kind::Workload => "workloads",
        Kind::Owner => "owners",
        Kind::Resource => "resources",
    }
}

/// `1 identity`, `2 identities`.
pub(crate) fn kind_count(n: u64, kind: Kind) -> String {
    format!("{n} {}", if n == 1 { kind.as_str() } else { kinds(kind) })
}

/// The name of an entity: its own, or else its id.
pub(crate) fn name(entity: &v1::Entity) -> &str {
    if entity.name.trim().is_empty() { entity.id.as_str() } else { &entity.name }
}

/// A step of what to do.
pub(crate) enum Step<'a> {
    /// For a shell.
    Command(&'a str),
    /// For somebody to read.
    Words(&'a str),
}

/// Which of the two a step is.
pub(crate) fn step(step: &str) -> Step<'_> {
    step.strip_prefix("# ").map_or(Step::Command(step), Step::Words)
}

/// The date of a moment: `2026-11-24`.
pub(crate) fn date(moment: Timestamp) -> String {
    moment.to_string().chars().take_while(|c| *c != 'T').collect()
}

/// The distance between a moment and now: `63 days ago`, `in 2 years`, `today`.
pub(crate) fn distance(moment: Timestamp, now: Timestamp) -> String {
    // Between calendar days: the date stands beside it, and yesterday's date is not "today".
    let days_ago = now.as_millis().div_euclid(DAY_MS) - moment.as_millis().div_euclid(DAY_MS);
    let days = days_ago.abs();
    let amount = match days {
        0 => return "today".to_owned(),
        1 => "1 day".to_owned(),
        2..=119 => format!("{days} days"),
        120..=729 => format!("{} months", days / 30),
        _ => format!("{} years", days / 365),
    };
    if days_ago > 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

/// A date with its distance: `2026-03-01, 63 days ago`.
pub(crate) fn moment(moment: Timestamp, now: Timestamp) -> String {
    format!("{}, {}", date(moment), distance(moment, now))
}

/// How long an attempt took: `0.4 s`, `3 min 20 s`.
pub(crate) fn duration(from: Timestamp, to: Timestamp) -> String {
    let ms = from.until(to).as_millis();
    if ms < 60_000 {
        format!("{}.{} s", ms / 1000, ms % 1000 / 100)
    } else {
        format!("{} min {} s", ms / 60_000, ms / 1000 % 60)
    }
}

/// A fact about an entity: what it is called, what is known, and whether anything is.
pub(crate) struct FactLine {
    pub(crate) label: &'static str,
    pub(crate) text: String,
    pub(crate) known: Known,
}

/// Whether a fact is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Yes,
    NotExposed,
    Denied,
}

/// All facts of an entity, in the order of its life.
pub(crate) fn facts(entity: &v1::Entity, now: Timestamp) -> Vec<FactLine> {
    let never_used = match entity.use_tracked_since {
        Fact::Known(since) => format!("never; use would have been seen since {}", moment(since, now)),
        Fact::NotExposed | Fact::Denied => "never".to_owned(),
    };
    let mut lines = vec![
        line("created", entity.created_at, |at| moment(at, now)),
        line("last used", entity.last_used_at, |at| at.map_or(never_used, |at| moment(at, now))),
    ];
    if matches!(
        (entity.last_used_at, entity.use_tracked_since),
        (Fact::Known(Some(_)), Fact::Known(_)) | (Fact::NotExposed | Fact::Denied, Fact::Known(_))
    ) {
        lines.push(line("use tracked", entity.use_tracked_since, |at| format!("since {}", moment(at, now))));
    }
    lines.push(line("expires", entity.expires_at, |at| at.map_or("never".to_owned(), |at| moment(at, now))));
    lines.push(line("enabled", entity.enabled, |on| if on { "yes".to_owned() } else { "no, switched off".to_owned() }));
    lines
}

fn line<T: Copy>(label: &'static str, fact: Fact<T>, say: impl FnOnce(T) -> String) -> FactLine {
    let (text, known) = match fact {
        Fact::Known(value) => (say(value), Known::Yes),
        Fact::NotExposed => (NOT_EXPOSED.to_owned(), Known::NotExposed),
        Fact::Denied => (DENIED.to_owned(), Known::Denied),
    };
    FactLine { label, text, known }
}

/// A fact as one table cell: a date, `never`, or a word in parentheses when it is not known.
pub(crate) fn fact_cell(fact: Fact<Option<Timestamp>>) -> String {
    match fact {
        Fact::Known(Some(at)) => date(at),
        Fact::Known(None) => "never".to_owned(),
        Fact::NotExposed => "(not exposed)".to_owned(),
        Fact::Denied => "(denied)".to_owned(),
    }
}

/// `path:line`, with the pointer behind it.
pub(crate) fn location(location: &v1::Location) -> String {
    let mut text = location.path.clone();
    if let Some(line) = location.line {
        text.push_str(&format!(":{line}"));
    }
    if let Some(pointer) = &location.pointer {
        text.push_str(&format!("  {pointer}"));
    }
    text
}

/// An attribute's value without the quotes of a JSON string.
pub(crate) fn attribute(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `1 scope`, `2 scopes`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_said_in_the_unit_that_matters() {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let said = |text: &str| distance(text.parse().unwrap(), now);
        assert_eq!(said("2026-11-24T08:00:00Z"), "today");
        assert_eq!(said("2026-11-23T23:00:00Z"), "1 day ago");
        assert_eq!(said("2026-09-22T00:00:00Z"), "63 days ago");
        assert_eq!(said("2025-11-24T00:00:00Z"), "12 months ago");
        assert_eq!(said("2022-11-24T00:00:00Z"), "4 years ago");
        assert_eq!(said("2027-01-01T00:00:00Z"), "in 38 days");
    }

    #[test]
    fn not_told_and_refused_are_said_as_such_and_never_as_never() {
        let never =
            line(
                "last used",
                Fact::Known(None::<Timestamp>),
                |at| if at.is_none() { "never".into() } else { "".into() },
            );
        assert_eq!((never.text.as_str(), never.known), ("never", Known::Yes));
        assert_eq!(line("x", Fact::<bool>::NotExposed, |_| String::new()).text, "not exposed by the platform");
        assert_eq!(line("x", Fact::<bool>::Denied, |_| String::new()).text, "denied to us");
        assert_eq!(fact_cell(Fact::NotExposed), "(not exposed)");
    }
}
