//! The lines of the connector protocol (`schema/protocol.md`): what a connector program and a recording consist of.
//!
//! A line is a JSON object with exactly one of the keys below, so it is read as a struct of options and then checked.
//! Serde's untagged enum would read the line into a tree first, which costs more than all the rest of a replay, and
//! would call every mistake "did not match any variant"; so only the writing side is one.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Issue, Record};

/// The protocol version this build speaks.
pub const VERSION: u32 = 1;

/// One line of an answer or of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Line {
    /// An observation.
    Record {
        /// The record.
        record: Record,
    },
    /// Something the world did to the scope.
    Issue {
        /// The issue.
        issue: Issue,
    },
    /// A scope that exists (in the answer to `scopes`, or under `{"collect":"*"}` of a recording).
    Scope {
        /// Its name.
        scope: String,
        /// See [`crate::Scope::covers`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        covers: Vec<String>,
        /// See [`crate::Scope::forgets`].
        #[serde(default, skip_serializing_if = "crate::scope::is_false")]
        forgets: bool,
    },
    /// Recordings: the scope whose lines follow.
    Collect {
        /// Its name, or `*` for the list of scopes.
        collect: String,
    },
    /// The end marker.
    Done {
        /// Always true.
        #[schemars(extend("const" = true))]
        done: bool,
    },
    /// The versions that a connector program speaks; its first line.
    Versions {
        /// The versions.
        v: Vec<u32>,
    },
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawLine::deserialize(deserializer)?;
        let keys = [
            raw.record.is_some(),
            raw.issue.is_some(),
            raw.scope.is_some(),
            raw.collect.is_some(),
            raw.done.is_some(),
            raw.v.is_some(),
        ];
        if keys.into_iter().filter(|there| *there).count() != 1 {
            return Err(D::Error::custom("a line has exactly one of the keys record, issue, scope, collect, done, v"));
        }
        match raw {
            RawLine { record: Some(record), .. } => Ok(Line::Record { record }),
            RawLine { issue: Some(issue), .. } => Ok(Line::Issue { issue }),
            RawLine { scope: Some(scope), covers, forgets, .. } => Ok(Line::Scope { scope, covers, forgets }),
            RawLine { collect: Some(collect), .. } => Ok(Line::Collect { collect }),
            RawLine { done: Some(true), .. } => Ok(Line::Done { done: true }),
            RawLine { v: Some(v), .. } => Ok(Line::Versions { v }),
            _ => Err(D::Error::custom("`done` is always true")),
        }
    }
}

/// A line before it is known which one it is. Keys that are not known are those of a newer writer, and are passed over.
#[derive(Deserialize)]
struct RawLine {
    record: Option<Record>,
    issue: Option<Issue>,
    scope: Option<String>,
    #[serde(default)]
    covers: Vec<String>,
    #[serde(default)]
    forgets: bool,
    collect: Option<String>,
    done: Option<bool>,
    v: Option<Vec<u32>>,
}

/// The JSON schema of a line: `schema/record.v1.json`.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Line);
    schema.insert("$id".to_owned(), "urn:whosekey:schema:record:v1".into());
    schema.insert("title".to_owned(), "whosekey connector protocol, version 1: one line".into());
    schema.to_value()
}

/// What a connector program is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// The protocol version.
    pub v: u32,
    /// What to do.
    #[serde(rename = "do")]
    pub action: Action,
    /// For `collect`: which scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The source's own settings, as configured.
    pub config: serde_json::Value,
}

/// What a connector program can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// List the scopes.
    Scopes,
    /// Collect one scope.
    Collect,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_comes_back_as_it_was_written() {
        for text in [
            r#"{"record":{"link":{"from":"a","kind":"holds","to":"b","evidence":"proven","because":"x"}}}"#,
            r#"{"issue":{"kind":"rate_limit","message":"m"}}"#,
            r#"{"scope":"a/users","covers":["aws:"]}"#,
            r#"{"scope":"a/log","forgets":true}"#,
            r#"{"collect":"a/users"}"#,
            r#"{"done":true}"#,
            r#"{"v":[1]}"#,
        ] {
            let line: Line = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&line).unwrap(), text);
        }
    }

    #[test]
    fn a_line_of_no_kind_or_of_two_is_refused() {
        for text in ["{}", "[]", "1", r#"{"done":false}"#, r#"{"done":true,"collect":"x"}"#, r#"{"future":1}"#] {
            assert!(serde_json::from_str::<Line>(text).is_err(), "{text}");
        }
        let newer: Line = serde_json::from_str(r#"{"done":true,"took_ms":5}"#).unwrap();
        assert_eq!(newer, Line::Done { done: true });
    }

    #[test]
    fn a_mistake_inside_a_record_is_named() {
        let error = serde_json::from_str::<Line>(r#"{"record":{"entity":{"id":"a","kind":"robot"}}}"#).unwrap_err();
        assert!(error.to_string().contains("unknown variant `robot`"), "{error}");
    }
}
