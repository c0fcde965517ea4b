//! Digests by which the writer recognises what it has stored: a *key* says which thing, a *hash* says what it is like.
//!
//! SHA-256, cut to 128 bits. Faster hashes (xxh3) would do if names and tags were ours; they are whatever anybody on a
//! platform typed, and who can choose two contents with one hash can hide a change from the inventory. With the SHA
//! instructions of current processors a record costs a quarter of a microsecond.
//!
//! The fields are fed with their lengths, so that no two records run together into the same bytes. Every struct is taken
//! apart by name: a new field that is forgotten here does not compile.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hash, Hasher};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use whosekey_sdk::{Entity, Fact, Link, Location, Timestamp};

/// The first 128 bits of a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest(pub(super) [u8; 16]);

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

/// A map by digest. A digest is a hash already, so hashing it again would be for nothing.
pub(super) type DigestMap<V> = HashMap<Digest, V, BuildHasherDefault<FirstWord>>;

/// Takes the one word that [`Digest`] hands over as the hash.
#[derive(Debug, Default)]
pub(super) struct FirstWord(u64);

impl Hasher for FirstWord {
    fn write(&mut self, _: &[u8]) {
        unreachable!("a digest hashes to one word")
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Digests one record after the other in a buffer of its own.
#[derive(Debug, Default)]
pub(super) struct Digester {
    buffer: Vec<u8>,
}

impl Digester {
    /// Which entity this is; the same in every scope.
    pub(super) fn entity_key(&mut self, id: &str) -> Digest {
        self.buffer.clear();
        self.buffer.push(b'E');
        self.buffer.extend_from_slice(id.as_bytes());
        self.finish()
    }

    /// What the entity is like, its use facts left out: they move with every use, and live elsewhere.
    pub(super) fn entity_hash(&mut self, entity: &Entity) -> Digest {
        let Entity {
            id,
            kind,
            type_name,
            name,
            aliases,
            created_at,
            last_used_at: _,
            use_tracked_since: _,
            expires_at,
            enabled,
            attributes,
        } = entity;
        self.buffer.clear();
        self.text(id.as_str());
        self.text(kind.as_str());
        self.text(type_name);
        self.text(name);
        self.count(aliases.len());
        for alias in aliases {
            self.text(alias.as_str());
        }
        self.fact(created_at, |this, at| this.time(*at));
        self.fact(expires_at, |this, at| this.optional(at.as_ref(), |this, at| this.time(*at)));
        self.fact(enabled, |this, enabled| this.buffer.push(u8::from(*enabled)));
        self.map(attributes);
        self.finish()
    }

    /// Which link this is. Two policies that grant one level, or two places that hold one key, are two links, so `because`
    /// and the place belong to the key; the line of a place that has a pointer does not, as it moves with every edit above.
    pub(super) fn link_key(&mut self, link: &Link) -> Digest {
        let Link { from, kind, to, evidence: _, because, role, level, location, attributes: _ } = link;
        self.buffer.clear();
        self.buffer.push(b'L');
        self.text(from.as_str());
        self.text(kind.as_str());
        self.text(to.as_str());
        self.text(because);
        self.optional(role.as_ref(), |this, role| this.text(role.as_str()));
        self.optional(level.as_ref(), |this, level| this.text(level.as_str()));
        self.optional(location.as_ref(), |this, Location { path, line, pointer }| {
            this.text(path);
            match pointer {
                Some(pointer) => this.text(pointer),
                None => this.optional(line.as_ref(), |this, line| this.buffer.extend_from_slice(&line.to_le_bytes())),
            }
        });
        self.finish()
    }

    /// What the link is like beyond its key.
    pub(super) fn link_hash(&mut self, link: &Link) -> Digest {
        let Link { from: _, kind: _, to: _, evidence, because: _, role: _, level: _, location, attributes } = link;
        self.buffer.clear();
        self.text(evidence.as_str());
        self.optional(location.as_ref().and_then(|location| location.line.as_ref()), |this, line| {
            this.buffer.extend_from_slice(&line.to_le_bytes());
        });
        self.map(attributes);
        self.finish()
    }

    fn finish(&self) -> Digest {
        let full = Sha256::digest(&self.buffer);
        Digest(full[..16].try_into().expect("SHA-256 has 32 bytes"))
    }

    fn count(&mut self, count: usize) {
        self.buffer.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn time(&mut self, at: Timestamp) {
        self.buffer.extend_from_slice(&at.as_millis().to_le_bytes());
    }

    fn optional<T>(&mut self, value: Option<&T>, feed: impl FnOnce(&mut Self, &T)) {
        self.buffer.push(u8::from(value.is_some()));
        if let Some(value) = value {
            feed(self, value);
        }
    }

    fn fact<T>(&mut self, fact: &Fact<T>, feed: impl FnOnce(&mut Self, &T)) {
        match fact {
            Fact::NotExposed => self.buffer.push(0),
            Fact::Denied => self.buffer.push(1),
            Fact::Known(value) => {
                self.buffer.push(2);
                feed(self, value);
            }
        }
    }

    fn map(&mut self, map: &BTreeMap<String, Value>) {
        self.count(map.len());
        for (key, value) in map {
            self.text(key);
            self.value(value);
        }
    }

    /// Attributes are JSON; objects are fed in the order of their keys, whatever map serde_json is built with.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.buffer.push(0),
            Value::Bool(flag) => self.buffer.extend_from_slice(&[1, u8::from(*flag)]),
            Value::Number(number) => {
                self.buffer.push(2);
                self.text(&number.to_string());
            }
            Value::String(text) => {
                self.buffer.push(3);
                self.text(text);
            }
            Value::Array(values) => {
                self.buffer.push(4);
                self.count(values.len());
                values.iter().for_each(|value| self.value(value));
            }
            Value::Object(members) => {
                self.buffer.push(5);
                self.count(members.len());
                let sorted: BTreeMap<_, _> = members.iter().collect();
                for (key, value) in sorted {
                    self.text(key);
                    self.value(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whosekey_sdk::{Evidence, Kind, LinkKind};

    use super::*;

    #[test]
    fn use_alone_does_not_change_the_hash() {
        let mut digester = Digester::default();
        let entity = Entity::new("aws:AIDA1", Kind::Identity, "aws.iam-user", "ci");
        let before = digester.entity_hash(&entity);
        let used = Entity { last_used_at: Fact::Known(None), use_tracked_since: Fact::Denied, ..entity.clone() };
        assert_eq!(digester.entity_hash(&used), before);
        for changed in [
            Entity { name: "cd".into(), ..entity.clone() },
            Entity { enabled: Fact::Known(true), ..entity.clone() },
            Entity { expires_at: Fact::Known(None), ..entity.clone() },
            Entity { created_at: Fact::Denied, ..entity.clone() },
            entity.clone().alias("arn:1"),
            entity.clone().attribute("path", json!({"a": [1, "1", null]})),
            Entity { kind: Kind::Agent, ..entity.clone() },
        ] {
            assert_ne!(digester.entity_hash(&changed), before, "{changed:?}");
        }
    }

    #[test]
    fn fields_do_not_run_together() {
        let mut digester = Digester::default();
        let entity = |aliases: &[&str]| {
            aliases.iter().fold(Entity::new("x:1", Kind::Agent, "t", "n"), |entity, alias| entity.alias(*alias))
        };
        assert_ne!(digester.entity_hash(&entity(&["ab", "c"])), digester.entity_hash(&entity(&["a", "bc"])));
    }

    #[test]
    fn a_line_that_moves_is_the_same_link_when_a_pointer_names_the_place() {
        let mut digester = Digester::default();
        let at = |line, pointer: Option<&str>| {
            Link::new("agent:1", LinkKind::Holds, "aws:AKIA1", Evidence::Proven, "env").location(Location {
                path: "/x".into(),
                line: Some(line),
                pointer: pointer.map(Into::into),
            })
        };
        assert_eq!(digester.link_key(&at(1, Some("/a"))), digester.link_key(&at(2, Some("/a"))));
        assert_ne!(digester.link_hash(&at(1, Some("/a"))), digester.link_hash(&at(2, Some("/a"))));
        assert_ne!(digester.link_key(&at(1, None)), digester.link_key(&at(2, None)));
        assert_ne!(digester.link_key(&at(1, Some("/a"))), digester.link_key(&at(1, Some("/b"))));
    }
}
