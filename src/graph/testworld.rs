//! A graph from a few lines of text, for tests.
//!
//! ```text
//! scope iam partial covers=arn:aws:iam::1:            complete | partial | failed | suspect | unsupported
//! credential aws:AKIA1 created=400d used=never tracked=400d expires=never enabled=true
//! agent agent:1 in=laptops gone=10d alias=login:x attr.environment=prod
//! aws:AKIA1 authenticates_as aws:AIDA1 evidence=declared gone=9d role=team level=admin because=x file=.env
//! use aws:AKIA1 used=3d tracked=30d
//! ```
//!
//! A time is so long before [`now`] (`-3d`: after it); `denied` is a fact denied, and a fact left out is not exposed.
//! `seen=` and `last=` are the first and last scan that showed an entity, both now unless told.
//! `off=8d` is switched off and seen so for eight days; `missing=1d` and `gone=10d` tell when it was first missed.
//! Rows stand in scope `main`, which is complete, unless `in=` names another.

use std::time::Duration;

use whosekey_sdk::{
    AccessLevel, Activity, Attempt, Entity, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Location, Outcome,
    OwnerRole, Timestamp,
};

use super::{EntityRow, Graph, GraphBuilder, LinkRow, ScopeCoverage};

/// 2026-11-24T00:00:00Z.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_secs(1_795_478_400)
}

/// `3d` or `12h` before [`now`].
pub(crate) fn ago(text: &str) -> Timestamp {
    let (text, is_future) = text.strip_prefix('-').map_or((text, false), |text| (text, true));
    let (number, unit) = text.split_at(text.len() - 1);
    let hours = number.parse::<u64>().unwrap() * if unit == "d" { 24 } else { 1 };
    let span = Duration::from_secs(hours * 3600);
    if is_future { now().plus(span) } else { now().minus(span) }
}

/// The graph that these lines describe.
pub(crate) fn world(text: &str) -> Graph {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    build(&lines)
}

/// The graph of these lines, in this order.
pub(crate) fn build(lines: &[&str]) -> Graph {
    let mut builder = GraphBuilder::new();
    if !lines.iter().any(|line| line.starts_with("scope main ")) {
        builder.coverage(coverage("main", "complete", &Words::of(&[])));
    }
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let rest = Words::of(&words[2..]);
        match words[0] {
            "scope" => builder.coverage(coverage(words[1], words[2], &rest)),
            "use" => builder.activity(&Activity {
                subject: words[1].into(),
                last_used_at: rest.value("used").map(ago),
                tracked_since: rest.value("tracked").map(ago),
                because: String::new(),
            }),
            word => match Kind::from_word(word) {
                Some(kind) => builder.entity(entity(kind, words[1], &rest)),
                None => builder.link(link(words[0], words[1], words[2], &rest)),
            },
        }
    }
    builder.build()
}

/// The `key=value` words of a line.
struct Words<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Words<'a> {
    fn of(words: &[&'a str]) -> Self {
        Self(words.iter().filter_map(|word| word.split_once('=')).collect())
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.all(key).next()
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, _)| *k == key).map(|(_, value)| *value)
    }

    fn time(&self, key: &str) -> Fact<Option<Timestamp>> {
        match self.value(key) {
            None => Fact::NotExposed,
            Some("denied") => Fact::Denied,
            Some("never") => Fact::Known(None),
            Some(text) => Fact::Known(Some(ago(text))),
        }
    }

    fn date(&self, key: &str) -> Fact<Timestamp> {
        self.time(key).map(|time| time.unwrap())
    }

    /// When it was first missed, and when it was believed.
    fn end(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let gone = self.value("gone").map(ago);
        (self.value("missing").map(ago).or(gone), gone)
    }

    fn scope(&self) -> (String, String) {
        ("test".to_owned(), self.value("in").unwrap_or("main").to_owned())
    }

    fn attributes(&self) -> impl Iterator<Item = (String, serde_json::Value)> {
        let typed = |value: &str| value.parse::<bool>().map_or_else(|_| value.into(), serde_json::Value::from);
        self.0.iter().filter_map(move |(key, value)| Some((key.strip_prefix("attr.")?.to_owned(), typed(value))))
    }
}

fn coverage(scope: &str, state: &str, words: &Words<'_>) -> ScopeCoverage {
    let outcome = match state {
        "complete" | "suspect" => Outcome::Complete,
        "partial" => Outcome::Partial,
        "failed" | "unsupported" => Outcome::Failed,
        other => panic!("{other} is no state of a scope"),
    };
    let kind = if state == "unsupported" { IssueKind::Unsupported } else { IssueKind::Permission };
    let is_complete = outcome == Outcome::Complete;
    let issues = if is_complete { vec![] } else { vec![Issue::new(kind, "denied by test")] };
    ScopeCoverage {
        source: "test".into(),
        connector: words.value("connector").unwrap_or("replay").into(),
        scope: scope.into(),
        covers: words.all("covers").map(str::to_owned).collect(),
        forgets: words.value("forgets") == Some("true"),
        attempt: Attempt { outcome, records: 0, requests: 0, started_at: now(), finished_at: now(), issues },
        last_complete_at: is_complete.then(now),
        suspect: state == "suspect",
        gone_at: words.value("gone").map(ago),
        left_out_at: words.value("left_out").map(ago),
    }
}

fn entity(kind: Kind, id: &str, words: &Words<'_>) -> EntityRow {
    let (source, scope) = words.scope();
    let (missing_since, gone_at) = words.end();
    let mut entity =
        Entity::new(id, kind, words.value("type").unwrap_or("test.thing"), words.value("name").unwrap_or(""));
    entity.aliases = words.all("alias").map(Into::into).collect();
    entity.created_at = words.date("created");
    entity.last_used_at = words.time("used");
    entity.use_tracked_since = words.date("tracked");
    entity.expires_at = words.time("expires");
    entity.enabled = match (words.value("enabled"), words.value("off")) {
        (_, Some(_)) | (Some("false"), _) => Fact::Known(false),
        (Some("true"), _) => Fact::Known(true),
        (Some("denied"), _) => Fact::Denied,
        _ => Fact::NotExposed,
    };
    entity.attributes = words.attributes().collect();
    let first_seen = words.value("seen").map_or_else(now, ago);
    let disabled_since = words.value("off").map(ago);
    let last_seen = words.value("last").map_or_else(now, ago);
    EntityRow { source, scope, entity, first_seen, last_seen, missing_since, gone_at, disabled_since }
}

fn link(from: &str, kind: &str, to: &str, words: &Words<'_>) -> LinkRow {
    let (source, scope) = words.scope();
    let (missing_since, gone_at) = words.end();
    let kind = LinkKind::from_word(kind).unwrap_or_else(|| panic!("{kind} is no kind of link"));
    let evidence = words.value("evidence").map_or(Evidence::Proven, |word| Evidence::from_word(word).unwrap());
    let mut link = Link::new(from, kind, to, evidence, words.value("because").unwrap_or("test"));
    link.role = words.value("role").map(|word| OwnerRole::from_word(word).unwrap());
    link.level = words.value("level").map(|word| AccessLevel::from_word(word).unwrap());
    link.location = words.value("file").map(|path| Location { path: path.into(), line: Some(1), pointer: None });
    link.attributes = words.attributes().collect();
    LinkRow { source, scope, link, first_seen: now(), missing_since, gone_at }
}
