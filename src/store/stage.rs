//! A scope in progress: its pages are compared with what is stored as they come, and only what is new or changed waits.
//!
//! Nothing here writes to the database. A stage that is dropped, because the scan was stopped or died, leaves no trace.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::path::Path;

use rusqlite::Connection;
use whosekey_sdk::{Activity, Entity, Fact, Kind, Link, Record, Timestamp};

use super::StoreError;
use super::body::{self, LinkType, PackedUse, UseFacts};
use super::digest::Digester;
use super::known::{self, Known, Sight, Slot};
use super::spill::{Spill, Table, Waiting};
use super::used;

/// What one scope showed so far in this scan.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) entities: Known<PackedUse>,
    pub(super) links: Known<()>,
    pub(super) entity_types: Interned<(Kind, String)>,
    pub(super) link_types: Interned<LinkType>,
    pub(super) spill: Spill,
    /// Places in the spill that a later record of the same thing has overtaken.
    pub(super) overtaken: HashSet<u64>,
    /// Unchanged versions whose use facts moved.
    pub(super) moved: BTreeMap<i64, UseFacts>,
    pub(super) activity: BTreeMap<String, Activity>,
    /// When the scope was last seen whole, before this scan.
    last_complete: Option<Timestamp>,
    digester: Digester,
}

/// Repeated values and their numbers.
#[derive(Debug)]
pub(super) struct Interned<T> {
    pub(super) values: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T: Hash + Eq + Clone> Interned<T> {
    fn new() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new() }
    }

    fn number(&mut self, value: T) -> u32 {
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            u32::try_from(self.values.len() - 1).expect("types are few")
        })
    }
}

impl Stage {
    /// A stage for a scope, by what is stored of it; `scope_id` is `None` for a scope not seen before.
    pub(super) fn load(
        connection: &Connection,
        scope_id: Option<i64>,
        last_complete: Option<Timestamp>,
        spill_dir: &Path,
    ) -> Result<Self, StoreError> {
        let (entities, links) = match scope_id {
            Some(scope_id) => (known::entities(connection, scope_id)?, known::links(connection, scope_id)?),
            None => (Known::empty(), Known::empty()),
        };
        Ok(Self {
            entities,
            links,
            entity_types: Interned::new(),
            link_types: Interned::new(),
            spill: Spill::new(spill_dir),
            overtaken: HashSet::new(),
            moved: BTreeMap::new(),
            activity: BTreeMap::new(),
            last_complete,
            digester: Digester::default(),
        })
    }

    /// Takes a page. Of several records of one thing the last counts, so pages may overlap and repeat.
    pub(super) fn page(&mut self, records: &[Record]) -> Result<(), StoreError> {
        for record in records {
            match record {
                Record::Entity(entity) => self.entity(entity)?,
                Record::Link(link) => self.link(link)?,
                Record::Activity(activity) => self.activity(activity),
            }
        }
        Ok(())
    }

    fn entity(&mut self, entity: &Entity) -> Result<(), StoreError> {
        let key = self.digester.entity_key(entity.id.as_str());
        let hash = self.digester.entity_hash(entity);
        let mut used = UseFacts::of(entity);
        let slot = self.entities.things.get(&key).copied();
        let version = slot.and_then(|slot| slot.version());
        if let (Some(slot), Some(version)) = (slot, version) {
            let watched_until = self.last_complete.filter(|_| self.entities.missed(version) == 0);
            used = used::join(slot.extra.unpacked(), used, watched_until);
            self.moved.remove(&version);
            if slot.hash == hash {
                if used != slot.extra.unpacked() {
                    self.moved.insert(version, used);
                }
                self.overtake(slot.sight());
                self.entities.things.insert(key, slot.seen(Sight::Unchanged));
                return Ok(());
            }
        } else if slot.is_some_and(|slot| slot.hash == hash && slot.extra == used.packed()) {
            return Ok(());
        }
        let (last_used_at, use_tracked_since) = used.to_columns();
        let row = Waiting {
            table: Table::Entity,
            key,
            hash,
            replaces: version,
            type_index: self.entity_types.number((entity.kind, entity.type_name.clone())),
            disabled: entity.enabled == Fact::Known(false),
            last_used_at,
            use_tracked_since,
        };
        let at = self.spill.push(&row, |out| body::write_entity(entity, out))?;
        if let Some(slot) = slot {
            self.overtake(slot.sight());
        }
        // A stored thing keeps its stored content here, so that a later record can be found unchanged again.
        let slot = match slot {
            Some(stored) if version.is_some() => stored.seen(Sight::Waits(at)),
            _ => Slot::new(hash, None, Sight::Waits(at), used.packed()),
        };
        self.entities.things.insert(key, slot);
        Ok(())
    }

    fn link(&mut self, link: &Link) -> Result<(), StoreError> {
        let key = self.digester.link_key(link);
        let hash = self.digester.link_hash(link);
        let slot = self.links.things.get(&key).copied();
        let version = slot.and_then(|slot| slot.version());
        if let Some(slot) = slot
            && slot.hash == hash
        {
            if version.is_some() {
                self.overtake(slot.sight());
                self.links.things.insert(key, slot.seen(Sight::Unchanged));
            }
            return Ok(());
        }
        let row = Waiting {
            table: Table::Link,
            key,
            hash,
            replaces: version,
            type_index: self.link_types.number(LinkType::of(link)),
            disabled: false,
            last_used_at: None,
            use_tracked_since: None,
        };
        let at = self.spill.push(&row, |out| body::write_link(link, out))?;
        if let Some(slot) = slot {
            self.overtake(slot.sight());
        }
        let slot = match slot {
            Some(stored) if version.is_some() => stored.seen(Sight::Waits(at)),
            _ => Slot::new(hash, None, Sight::Waits(at), ()),
        };
        self.links.things.insert(key, slot);
        Ok(())
    }

    fn overtake(&mut self, sight: Sight) {
        if let Sight::Waits(at) = sight {
            self.overtaken.insert(at);
        }
    }

    fn activity(&mut self, activity: &Activity) {
        match self.activity.entry(activity.subject.as_str().to_owned()) {
            Entry::Vacant(vacant) => {
                vacant.insert(activity.clone());
            }
            Entry::Occupied(mut occupied) => {
                let before = occupied.get_mut();
                if activity.last_used_at >= before.last_used_at {
                    before.because.clone_from(&activity.because);
                }
                before.last_used_at = used::later(before.last_used_at, activity.last_used_at);
                // Two parts of one log in one scan: the subject was watched from the earlier beginning on.
                before.tracked_since = match (before.tracked_since, activity.tracked_since) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
        }
    }
}
