//! What all formats share: from values in a document to slots.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::credential::{Credential, Minter};
use crate::doc::{Lines, Node, Value, pointer};
use crate::formats::Place;
use crate::found::{AgentDef, FileFacts, Held, Holder, RunsAs, Slot};
use crate::secrets::{self, Confidence, Depth};
use crate::value_class::{Classified, ValueClass, classify};

mod entra;

/// Reads one file into its facts.
pub(crate) struct Reader<'a> {
    pub(crate) minter: &'a Minter,
    pub(crate) facts: FileFacts,
    /// Ids and fingerprints of the credentials of the file.
    known: BTreeSet<String>,
    /// Whether there is a file at a path.
    exists: &'a dyn Fn(&Path) -> bool,
}

/// A value to judge, with where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'s> {
    pub(crate) name: &'s str,
    pub(crate) line: u32,
    pub(crate) pointer: Option<&'s str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(minter: &'a Minter, place: &Place<'a>) -> Self {
        let base = place.path.parent().unwrap_or(Path::new("/"));
        let facts = FileFacts { path: place.path.to_owned(), base: base.to_owned(), ..FileFacts::default() };
        Self { minter, facts, known: BTreeSet::new(), exists: place.exists }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.facts.path.clone()
    }

    pub(crate) fn agent(&mut self, agent: AgentDef) -> usize {
        self.facts.agents.push(agent);
        self.facts.agents.len() - 1
    }

    pub(crate) fn runs_as(&mut self, agent: usize, identity: String, because: &str, line: u32, pointer: &str) {
        let runs_as = RunsAs { identity, because: because.to_owned(), line, pointer: Some(pointer.to_owned()) };
        self.facts.agents[agent].runs_as.push(runs_as);
    }

    pub(crate) fn issue(&mut self, what: impl std::fmt::Display) {
        self.facts.issues.push(format!("{}: {what}", self.facts.path.display()));
    }

    /// Judges a value and keeps what it holds or refers to.
    pub(crate) fn value(&mut self, holder: Holder, spot: Spot<'_>, value: &str) {
        let classified = self.classify(spot.name, value);
        self.keep(holder, spot, &classified);
    }

    /// Judges a document's value and keeps what it holds.
    pub(crate) fn node(&mut self, holder: Holder, name: &str, node: &Node, pointer: &str) {
        if let Some(text) = node.scalar() {
            self.value(holder, Spot { name, line: node.line, pointer: Some(pointer) }, text);
        }
    }

    /// Judges the entries of a map of variables or headers, pairing the halves of AWS keys.
    pub(crate) fn map(&mut self, holder: Holder, map: &Node, base: &str) {
        let entries: Vec<Entry<'_>> = map
            .entries()
            .iter()
            .filter_map(|(name, node)| {
                Some(Entry { name, value: node.scalar()?, line: node.line, pointer: Some(pointer(base, name)) })
            })
            .collect();
        self.entries(holder, &entries);
    }

    /// The same for values that code writes out: there is a line and no pointer.
    pub(crate) fn map_without_pointers(&mut self, holder: Holder, map: &Node) {
        let entries: Vec<Entry<'_>> = map
            .entries()
            .iter()
            .filter_map(|(name, node)| Some(Entry { name, value: node.scalar()?, line: node.line, pointer: None }))
            .collect();
        self.entries(holder, &entries);
    }

    /// One value that code writes out.
    pub(crate) fn node_without_pointer(&mut self, holder: Holder, name: &str, node: &Node) {
        if let Some(text) = node.scalar() {
            self.value(holder, Spot { name, line: node.line, pointer: None }, text);
        }
    }

    /// The same for entries that do not come from a document.
    pub(crate) fn entries(&mut self, holder: Holder, entries: &[Entry<'_>]) {
        let mut paired = vec![false; entries.len()];
        for (at, id) in entries.iter().enumerate().filter(|(_, entry)| is_key_id(entry.value.trim())) {
            let key_id = id.value.trim();
            let secret = entries
                .iter()
                .enumerate()
                .filter(|(other, entry)| *other != at && !paired[*other] && names_aws_secret(entry.name))
                .max_by_key(|(other, entry)| (common_prefix(entry.name, id.name), usize::MAX - other));
            paired[at] = true;
            let Some((other, entry)) = secret else {
                let credential = self.minter.aws_key(key_id, None);
                self.push(holder, id.spot(), ValueClass::Plain, Confidence::High, credential);
                continue;
            };
            let classified = self.classify(entry.name, entry.value);
            if !classified.class.is_hard_coded() && !classified.class.is_reference() {
                let credential = self.minter.aws_key(key_id, None);
                self.push(holder, id.spot(), ValueClass::Plain, Confidence::High, credential);
                continue;
            }
            paired[other] = true;
            let secret = classified.class.is_hard_coded().then_some(classified.part);
            let credential = self.minter.aws_key(key_id, secret);
            self.push(holder, entry.spot(), classified.class, classified.confidence, credential);
        }
        let app = entra::App::among(entries.iter().map(|entry| (entry.name, entry.value)));
        for (entry, _) in entries.iter().zip(&paired).filter(|(_, paired)| !**paired) {
            let first = self.facts.slots.len();
            self.value(holder, entry.spot(), entry.value);
            if let Some(app) = &app
                && entra::is_client_secret(entry.name)
            {
                for slot in &mut self.facts.slots[first..] {
                    app.mark(slot);
                }
            }
        }
    }

    /// A reference that the format itself names: no value to judge.
    pub(crate) fn reference(&mut self, holder: Holder, spot: Spot<'_>, class: ValueClass, target: &str, place: &str) {
        let credential = self.minter.reference(class, place, target);
        self.push(holder, spot, class, Confidence::High, credential);
    }

    /// A variable of the environment that the format itself names.
    pub(crate) fn variable(&mut self, holder: Holder, spot: Spot<'_>, class: ValueClass, variable: &str) {
        let held = Held::Variable(variable.to_owned());
        self.slot(holder, spot, class, Confidence::High, held);
    }

    /// A value that its format says is a secret, whatever its name and look.
    pub(crate) fn declared_secret(&mut self, holder: Holder, spot: Spot<'_>, value: &str) {
        let classified = self.classify(spot.name, value);
        if classified.class == ValueClass::Plain {
            let credential = self.literal(&secrets::KEYED, spot.name, classified.part);
            self.push(holder, spot, ValueClass::Literal, Confidence::Medium, credential);
        } else {
            self.keep(holder, spot, &classified);
        }
    }

    /// A password, with the account that it is for.
    pub(crate) fn password(&mut self, holder: Holder, spot: Spot<'_>, value: &str, user: &str, host: &str) {
        let classified = self.classify(spot.name, value);
        if !matches!(classified.class, ValueClass::Plain | ValueClass::Literal) {
            self.keep(holder, spot, &classified);
            return;
        }
        let credential = self.minter.password(&secrets::SNOWFLAKE_PASSWORD, user, host, value);
        self.push(holder, spot, ValueClass::Literal, Confidence::High, credential);
    }

    /// A secret of a cluster, by its name and the key in it.
    pub(crate) fn cluster_secret(&mut self, holder: Holder, spot: Spot<'_>, namespace: &str, name: &str, key: &str) {
        if name.is_empty() || name.contains("{{") {
            return;
        }
        let place = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        let key = if key.is_empty() { String::new() } else { format!("#{key}") };
        let extent = self.facts.base.to_string_lossy().into_owned();
        self.reference(holder, spot, ValueClass::PlatformRef, &format!("k8s secret {place}{key}"), &extent);
    }

    /// A file with a credential in it.
    pub(crate) fn file(&mut self, holder: Holder, spot: Spot<'_>, path: &str) {
        self.slot(holder, spot, ValueClass::FileRef, Confidence::High, Held::File(path.to_owned()));
    }

    pub(crate) fn push(
        &mut self,
        holder: Holder,
        spot: Spot<'_>,
        class: ValueClass,
        confidence: Confidence,
        credential: Credential,
    ) {
        self.known.insert(credential.id().as_str().to_owned());
        if let Some(fingerprint) = credential.entity.attributes.get("fingerprint").and_then(Json::as_str) {
            self.known.insert(fingerprint.to_owned());
        }
        self.slot(holder, spot, class, confidence, Held::Credential(Box::new(credential)));
    }

    /// Marks the slot that was kept last.
    pub(crate) fn note_last(&mut self, key: &'static str, value: impl Into<Json>) {
        if let Some(slot) = self.facts.slots.last_mut() {
            slot.note = Some((key, value.into()));
        }
    }

    fn slot(&mut self, holder: Holder, spot: Spot<'_>, class: ValueClass, confidence: Confidence, held: Held) {
        self.facts.slots.push(Slot {
            holder,
            name: spot.name.to_owned(),
            line: spot.line,
            pointer: spot.pointer.map(ToOwned::to_owned),
            class,
            confidence,
            held,
            note: None,
        });
    }

    fn classify<'v>(&self, name: &str, value: &'v str) -> Classified<'v> {
        let base = &self.facts.base;
        classify(name, value, &|path| (self.exists)(&base.join(path)))
    }

    fn keep(&mut self, holder: Holder, spot: Spot<'_>, classified: &Classified<'_>) {
        let class = classified.class;
        if let (true, Some(rule)) = (class.is_hard_coded(), classified.rule) {
            let credential = self.literal(rule, spot.name, classified.part);
            self.push(holder, spot, class, classified.confidence, credential);
            return;
        }
        let telling = || names_secret(spot.name) || names_secret(classified.part);
        let held = match class {
            ValueClass::EnvRef if telling() => Held::Variable(classified.part.to_owned()),
            ValueClass::FileRef if spot.name.eq_ignore_ascii_case("AWS_PROFILE") => {
                Held::AwsProfile(classified.part.to_owned())
            }
            ValueClass::FileRef => Held::File(classified.part.to_owned()),
            ValueClass::PromptRef | ValueClass::CiSecretRef if telling() => self.local(class, classified.part),
            ValueClass::VaultRef => Held::Credential(Box::new(self.minter.reference(class, "", classified.part))),
            _ => return,
        };
        self.slot(holder, spot, class, classified.confidence, held);
    }

    /// A reference that means something only where it stands.
    fn local(&self, class: ValueClass, target: &str) -> Held {
        let place = self.facts.base.to_string_lossy();
        Held::Credential(Box::new(self.minter.reference(class, &place, target)))
    }

    /// Looks through all of a document for secrets that no reader of its format looked at.
    pub(crate) fn sweep(&mut self, holder: Holder, node: &Node, name: &str, at: &str) {
        match &node.value {
            Value::Text(text) => {
                let classified = self.classify(name, text);
                let is_sure =
                    classified.confidence == Confidence::High || secrets::is_named_secret(name, classified.part);
                if classified.class.is_hard_coded() && is_sure {
                    self.keep_new(holder, Spot { name, line: node.line, pointer: Some(at) }, &classified);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.sweep(holder, item, name, &format!("{at}/{index}"));
                }
            }
            Value::Map(entries) => {
                for (key, value) in entries {
                    self.sweep(holder, value, key, &pointer(at, key));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn keep_new(&mut self, holder: Holder, spot: Spot<'_>, classified: &Classified<'_>) {
        let Some(rule) = classified.rule else { return };
        let credential = self.literal(rule, spot.name, classified.part);
        self.push_new(holder, spot, classified, credential);
    }

    /// A secret without a shape has no better name than the one it stands under.
    fn literal(&self, rule: &'static secrets::Rule, name: &str, value: &str) -> Credential {
        // What a password's name says was chosen by somebody; anything else was generated.
        let mut credential = if rule.family == "generic" && is_password_name(name) {
            self.minter.password(rule, "", "", value)
        } else {
            self.minter.literal(rule, value)
        };
        if rule.family == "generic" && !name.is_empty() {
            name.clone_into(&mut credential.entity.name);
        }
        credential
    }

    fn push_new(&mut self, holder: Holder, spot: Spot<'_>, classified: &Classified<'_>, credential: Credential) {
        let fingerprint = credential.entity.attributes.get("fingerprint").and_then(Json::as_str);
        let is_new = !self.known.contains(credential.id().as_str())
            && !fingerprint.is_some_and(|fingerprint| self.known.contains(fingerprint));
        if is_new {
            self.push(holder, spot, classified.class, classified.confidence, credential);
        }
    }

    /// Looks through a text that has no better reader.
    pub(crate) fn text(&mut self, holder: Holder, bytes: &[u8], depth: Depth) {
        let found = secrets::scan(bytes, depth);
        if found.is_empty() {
            return;
        }
        let lines = Lines::of_bytes(bytes);
        for one in &found {
            let Ok(value) = std::str::from_utf8(&bytes[one.range.clone()]) else { continue };
            if one.rule.id == secrets::AWS_KEY_ID {
                continue;
            }
            let named = one.name.clone().and_then(|range| std::str::from_utf8(&bytes[range]).ok()).unwrap_or("");
            let is_pair = one.rule.id == secrets::AWS_SECRET.id;
            let credential = match (is_pair, named) {
                (true, key_id) if is_key_id(key_id) => self.minter.aws_key(key_id, Some(value)),
                _ => self.literal(one.rule, named, value),
            };
            let name = if is_pair { "" } else { named };
            let spot = Spot { name, line: lines.of(one.range.start), pointer: None };
            let classified = Classified {
                class: ValueClass::Literal,
                part: value,
                rule: Some(one.rule),
                confidence: one.confidence,
            };
            self.push_new(holder, spot, &classified, credential);
        }
    }
}

/// A variable and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'e> {
    pub(crate) name: &'e str,
    pub(crate) value: &'e str,
    pub(crate) line: u32,
    pub(crate) pointer: Option<String>,
}

impl Entry<'_> {
    fn spot(&self) -> Spot<'_> {
        Spot { name: self.name, line: self.line, pointer: self.pointer.as_deref() }
    }
}

/// Whether a name speaks of a secret; a little wider than for literals, because a reference costs nothing.
fn names_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    secrets::is_secret_name(name)
        || ["_PAT", "_KEY", "_DSN", "_SAS", "_COOKIE", "_SESSION"].iter().any(|end| upper.ends_with(end))
        || ["PAT", "COOKIE", "KEY"].contains(&upper.as_str())
}

fn is_key_id(value: &str) -> bool {
    value.len() == 20
        && ["AKIA", "ASIA", "ABIA", "ACCA"].iter().any(|prefix| value.starts_with(prefix))
        && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && !crate::secrets::checks::is_placeholder(value)
}

fn is_password_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("passw") || lower.contains("pwd")
}

fn names_aws_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace(['-', '_'], "");
    lower.contains("secretaccesskey") || (lower.contains("aws") && lower.contains("secret")) || lower == "secretkey"
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}
