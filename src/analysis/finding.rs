//! What rules conclude, and how sure they are. Plain values; the report has its own frozen copies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use whosekey_sdk::{EntityId, Evidence, Location};

use super::Meta;
use crate::graph::{Node, ScopeId};

/// Yes, no, or cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// The facts do not suffice.
    CannotTell,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth planning.
    Medium,
    /// Worth doing now.
    High,
    /// Something unknown may be using it at this moment.
    Critical,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Rests on inference.
    Low,
    /// Rests on declarations.
    Medium,
    /// Rests on what platforms say.
    High,
}

/// One fact that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// What: `last_used_at`, `holds`, `policy`.
    pub fact: String,
    /// Its value, for people.
    pub value: String,
    /// `<source>/<scope>` that showed it.
    pub scope: String,
}

/// What a rule concluded about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The reason code.
    pub reason: String,
    /// About what.
    pub subject: EntityId,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One line.
    pub title: String,
    /// One sentence that names the facts.
    pub because: String,
    /// The facts.
    pub evidence: Vec<EvidenceItem>,
    /// OWASP and vendor references.
    pub references: Vec<String>,
    /// Commands, reversible first; one that begins with `# ` is what no command does.
    pub remediation: Vec<String>,
    /// Where in files.
    pub locations: Vec<Location>,
    /// The scopes that must be complete before its absence closes it, as `(source, scope)`.
    pub rests_on: Vec<(String, String)>,
}

impl Finding {
    /// A finding about `subject` with nothing but what the rule says of all its findings; it rests on the scopes that
    /// show the subject.
    pub fn new(meta: &Meta, reason: &'static str, subject: Node<'_>) -> Self {
        debug_assert!(meta.reasons.iter().any(|(code, _)| *code == reason), "{} has no reason {reason}", meta.id);
        let mut finding = Self {
            rule: meta.id.to_owned(),
            reason: reason.to_owned(),
            subject: EntityId::new(subject.id()),
            severity: meta.severity,
            confidence: meta.confidence,
            title: format!("{}: {}", meta.title, subject.label()),
            because: String::new(),
            evidence: Vec::new(),
            references: meta.owasp.iter().map(ToString::to_string).collect(),
            remediation: Vec::new(),
            locations: Vec::new(),
            rests_on: Vec::new(),
        };
        for scope in subject.scopes() {
            finding.rest_on(subject, scope);
        }
        finding
    }

    /// The finding's id.
    pub fn id(&self) -> FindingId {
        FindingId::of(&self.rule, self.subject.as_str())
    }

    /// Adds a scope that must be complete before the finding's absence closes it. `of` is any node of the graph that
    /// the scope belongs to.
    pub fn rest_on(&mut self, of: Node<'_>, scope: ScopeId) {
        let info = of.graph().scope(scope);
        let key = (info.source.clone(), info.scope.clone());
        if let Err(at) = self.rests_on.binary_search(&key) {
            self.rests_on.insert(at, key);
        }
    }

    /// Adds a fact, with the scope that showed it.
    pub fn fact(&mut self, fact: impl Into<String>, value: impl Into<String>, scope: impl Into<String>) {
        self.evidence.push(EvidenceItem { fact: fact.into(), value: value.into(), scope: scope.into() });
    }

    /// Lowers the confidence to what this evidence carries.
    pub fn rely_on(&mut self, evidence: Evidence) {
        self.confidence = self.confidence.min(Confidence::of(evidence));
    }
}

/// A finding's id: of rule and subject alone, so that it is the same finding tomorrow. In text the first 16 hexadecimal
/// digits of the SHA-256 of both, and in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(u64);

impl FindingId {
    /// The id of the finding of a rule about a subject.
    pub fn of(rule: &str, subject: &str) -> Self {
        let hash =
            Sha256::new().chain_update("v1\0").chain_update(rule).chain_update("\0").chain_update(subject).finalize();
        Self(u64::from_be_bytes(hash[..8].try_into().expect("SHA-256 has 32 bytes")))
    }

    /// The id with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        let is_one = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_one.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl std::fmt::Display for FindingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Confidence {
    /// What evidence of this level carries.
    pub fn of(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Inferred => Confidence::Low,
            Evidence::Declared => Confidence::Medium,
            Evidence::Observed | Evidence::Proven => Confidence::High,
        }
    }
}

/// Where a finding is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Found, and nobody has said that it is all right.
    Open,
    /// Muted by hand until a date.
    Muted,
    /// Accepted by policy until a date.
    Accepted,
    /// No longer found, with the scopes that it rests on complete.
    Closed,
}

macro_rules! as_str {
    ($($name:ident { $($variant:ident = $word:literal),+ })+) => {$(
        impl $name {
            /// The word used in reports and the database.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The value with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    )+};
}

as_str! {
    Answer { Yes = "yes", No = "no", CannotTell = "cannot_tell" }
    Severity { Low = "low", Medium = "medium", High = "high", Critical = "critical" }
    Confidence { Low = "low", Medium = "medium", High = "high" }
    Status { Open = "open", Muted = "muted", Accepted = "accepted", Closed = "closed" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_depends_on_rule_and_subject_and_never_changes() {
        let id = FindingId::of("zombie", "aws:AKIA1");
        assert_ne!(id, FindingId::of("orphaned", "aws:AKIA1"));
        insta::assert_snapshot!(id, @"8c591459f1b01478");
        assert_eq!(FindingId::from_text(&id.to_string()), Some(id));
        for text in ["", "8c591459f1b0147", "8C591459F1B01478", "+c591459f1b01478", "8c591459f1b014780"] {
            assert_eq!(FindingId::from_text(text), None, "{text}");
        }
    }
}
