//! A small estate on disk: recordings, a configuration, a database; and the binary run over it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// A directory with `whosekey.toml`, one recording and a database, thrown away at the end.
pub(crate) struct Estate {
    directory: tempfile::TempDir,
}

/// The day on which most tests happen.
pub(crate) const TODAY: &str = "2026-11-24T00:00:00Z";

impl Estate {
    pub(crate) fn new() -> Self {
        let estate = Self { directory: tempfile::tempdir().unwrap() };
        estate.configure("");
        estate.record(&[]);
        estate
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes the configuration: one replay source and whatever `more` adds.
    pub(crate) fn configure(&self, more: &str) {
        let text = format!(
            "database = \"whosekey.db\"\n[sources.recorded]\nconnector = \"replay\"\nfiles = [\"estate.ndjson\"]\n{more}"
        );
        std::fs::write(self.path("whosekey.toml"), text).unwrap();
    }

    /// Replaces the recording by these scopes.
    pub(crate) fn record(&self, scopes: &[Scope]) {
        let lines: Vec<String> = scopes.iter().flat_map(|scope| scope.lines.iter().map(Value::to_string)).collect();
        std::fs::write(self.path("estate.ndjson"), lines.join("\n") + "\n").unwrap();
    }

    /// The command, in an environment that holds nothing of the machine's.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whosekey"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Scans at a time and gives the report; the exit code must be one of the good ones.
    pub(crate) fn scan_at(&self, now: &str) -> Report {
        let output = self.run(&["scan", "--now", now, "--format", "json"]);
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{:?}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Report(serde_json::from_slice(&output.stdout).unwrap())
    }

    /// Scans today.
    pub(crate) fn scan(&self) -> Report {
        self.scan_at(TODAY)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// One scope of a recording.
#[derive(Clone)]
pub(crate) struct Scope {
    lines: Vec<Value>,
}

/// A scope with these records that ends well.
pub(crate) fn scope(name: &str, records: &[Value]) -> Scope {
    let mut lines = vec![json!({ "collect": name })];
    lines.extend(records.iter().map(|record| json!({ "record": record })));
    lines.push(json!({ "done": true }));
    Scope { lines }
}

/// The list of the scopes of a recording; `log` is the one that forgets.
pub(crate) fn listing(names: &[&str], log: &str) -> Scope {
    let mut lines = vec![json!({ "collect": "*" })];
    lines.extend(names.iter().map(|name| json!({ "scope": name })));
    lines.push(json!({ "scope": log, "forgets": true }));
    lines.push(json!({ "done": true }));
    Scope { lines }
}

impl Scope {
    /// The same, with an issue before its end.
    pub(crate) fn with_issue(mut self, kind: &str, message: &str) -> Self {
        let end = self.lines.len() - 1;
        self.lines.insert(end, json!({ "issue": { "kind": kind, "message": message } }));
        self
    }

    /// The same, cut before its end marker.
    pub(crate) fn cut(mut self) -> Self {
        self.lines.pop();
        self
    }
}

/// An entity with these further fields.
pub(crate) fn entity(id: &str, kind: &str, more: Value) -> Value {
    let mut entity = json!({ "id": id, "kind": kind, "type": format!("test.{kind}"), "name": id });
    for (key, value) in more.as_object().unwrap() {
        entity[key] = value.clone();
    }
    json!({ "entity": entity })
}

pub(crate) fn link(from: &str, kind: &str, to: &str) -> Value {
    json!({ "link": { "from": from, "kind": kind, "to": to, "evidence": "proven", "because": "test" } })
}

/// A known fact.
pub(crate) fn known(value: impl Into<Value>) -> Value {
    json!({ "state": "known", "value": value.into() })
}

/// An identity that can authenticate by a key of its own which was used yesterday, owned by Ada.
pub(crate) fn live_user(id: &str, key: &str) -> Vec<Value> {
    vec![
        entity(id, "identity", json!({ "created_at": known("2024-01-01T00:00:00Z"), "enabled": known(true) })),
        entity(
            key,
            "credential",
            json!({
                "created_at": known("2024-01-01T00:00:00Z"),
                "use_tracked_since": known("2020-01-01T00:00:00Z"),
                "last_used_at": known("2026-11-23T00:00:00Z"),
                "expires_at": known(Value::Null),
                "enabled": known(true),
            }),
        ),
        link(key, "authenticates_as", id),
        link(id, "owned_by", "email:ada@example.com"),
    ]
}

/// A report, as parsed JSON with shortcuts.
pub(crate) struct Report(pub(crate) Value);

impl Report {
    pub(crate) fn entity(&self, id: &str) -> &Value {
        self.0["entities"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entity| entity["id"] == id)
            .unwrap_or_else(|| panic!("no entity {id} in {:#}", self.0["entities"]))
    }

    /// `(verdict, because)` of one entity.
    pub(crate) fn verdict(&self, id: &str, rule: &str) -> (String, String) {
        let verdict = &self.entity(id)["verdicts"][rule];
        (
            verdict["verdict"].as_str().unwrap_or_else(|| panic!("{id} has no {rule} verdict")).to_owned(),
            verdict["because"].as_str().unwrap_or_default().to_owned(),
        )
    }

    /// The open finding of a rule about a subject.
    pub(crate) fn finding(&self, rule: &str, subject: &str) -> Option<&Value> {
        self.0["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["rule"] == rule && f["subject"] == subject && f["status"] == "open")
    }

    pub(crate) fn coverage(&self, scope: &str) -> &Value {
        self.0["coverage"].as_array().unwrap().iter().find(|c| c["scope"] == scope).unwrap()
    }
}
