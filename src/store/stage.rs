//! A scope in progress: its pages are compared with what is stored as they come, and only what is new or changed waits.
//!
//! Nothing here writes to the database. A stage that is dropped, because the scan was stopped or died, leaves no trace.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet, btree_map};
use std::hash::Hash;
use std::path::Path;

use rusqlite::Connection;
use whosekey_sdk::{Activity, Entity, Fact, Kind, Link, Record, Timestamp};

use super::StoreError;
use super::body::{self, LinkType, PackedUse, UseFacts};
use super::digest::{self, Digest};
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
    /// Numbers in the spill that a later record of the same thing has overtaken.
    pub(super) overtaken: HashSet<u64>,
    /// Unchanged versions whose use facts moved.
    pub(super) moved: BTreeMap<i64, UseFacts>,
    pub(super) activity: BTreeMap<String, Activity>,
    /// When the scope was last seen whole, before this scan.
    last_complete: Option<Timestamp>,
}

/// Repeated values, numbered as they come.
#[derive(Debug)]
pub(super) struct Interned<T> {
    pub(super) values: Vec<T>,
    numbers: HashMap<T, u32>,
    last: usize,
}

impl<T: Hash + Eq + Clone> Interned<T> {
    fn new() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new(), last: 0 }
    }

    /// The number of a value, which is only made when it is another one than the last.
    fn number(&mut self, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u32 {
        if !self.values.get(self.last).is_some_and(is) {
            let number = *self.numbers.entry(make()).or_insert_with_key(|value| {
                self.values.push(value.clone());
                u32::try_from(self.values.len() - 1).expect("memory ends before")
            });
            self.last = number as usize;
        }
        u32::try_from(self.last).expect("it came from one")
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
        })
    }

    /// Takes a page. Of several records of one thing the last counts, so pages may overlap and repeat.
    pub(super) fn page(&mut self, records: &[Record]) -> Result<(), StoreError> {
        for (record, digests) in records.iter().zip(digest::of_page(records)) {
            match (record, digests) {
                (Record::Entity(entity), Some((key, hash))) => self.entity(entity, key, hash)?,
                (Record::Link(link), Some((key, hash))) => self.link(link, key, hash)?,
                (Record::Activity(activity), _) => self.activity(activity),
                (Record::Entity(_) | Record::Link(_), None) => unreachable!("things have digests"),
            }
        }
        Ok(())
    }

    fn entity(&mut self, entity: &Entity, key: Digest, hash: Digest) -> Result<(), StoreError> {
        let mut used = UseFacts::of(entity);
        let place = self.entities.things.entry(key);
        let slot = match &place {
            Entry::Occupied(occupied) => Some(*occupied.get()),
            Entry::Vacant(_) => None,
        };
        let version = slot.and_then(|slot| slot.version());
        if let (Some(slot), Some(version)) = (slot, version) {
            let watched_until = self.last_complete.filter(|_| known::missed(&self.entities.absent, version) == 0);
            let before = slot.extra.unpacked();
            used = used::join(before, used, watched_until);
            if !self.moved.is_empty() {
                self.moved.remove(&version);
            }
            if slot.hash == hash {
                if used != before {
                    self.moved.insert(version, used);
                }
                overtake(&mut self.overtaken, slot.sight());
                place.insert_entry(slot.seen(Sight::Unchanged));
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
            type_index: self.entity_types.number(
                |(kind, type_name)| *kind == entity.kind && *type_name == entity.type_name,
                || (entity.kind, entity.type_name.clone()),
            ),
            disabled: entity.enabled == Fact::Known(false),
            last_used_at,
            use_tracked_since,
        };
        let number = self.spill.push(&row, |out| body::write_entity(entity, out))?;
        let slot = wait(slot, hash, used.packed(), number, &mut self.overtaken);
        place.insert_entry(slot);
        Ok(())
    }

    fn link(&mut self, link: &Link, key: Digest, hash: Digest) -> Result<(), StoreError> {
        let place = self.links.things.entry(key);
        let slot = match &place {
            Entry::Occupied(occupied) => Some(*occupied.get()),
            Entry::Vacant(_) => None,
        };
        let version = slot.and_then(|slot| slot.version());
        if let Some(slot) = slot
            && slot.hash == hash
        {
            if version.is_some() {
                overtake(&mut self.overtaken, slot.sight());
                place.insert_entry(slot.seen(Sight::Unchanged));
            }
            return Ok(());
        }
        let row = Waiting {
            table: Table::Link,
            key,
            hash,
            replaces: version,
            type_index: self.link_types.number(|known| *known == LinkType::of(link), || LinkType::of(link)),
            disabled: false,
            last_used_at: None,
            use_tracked_since: None,
        };
        let number = self.spill.push(&row, |out| body::write_link(link, out))?;
        let slot = wait(slot, hash, (), number, &mut self.overtaken);
        place.insert_entry(slot);
        Ok(())
    }

    fn activity(&mut self, activity: &Activity) {
        match self.activity.entry(activity.subject.as_str().to_owned()) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(activity.clone());
            }
            btree_map::Entry::Occupied(mut occupied) => {
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

/// The slot of a thing whose row begins to wait. A stored thing keeps its stored content there, so that a later record can
/// be found unchanged again.
fn wait<E>(slot: Option<Slot<E>>, hash: Digest, extra: E, number: u64, overtaken: &mut HashSet<u64>) -> Slot<E> {
    let Some(slot) = slot else { return Slot::new(hash, None, Sight::Waits(number), extra) };
    overtake(overtaken, slot.sight());
    match slot.version() {
        Some(_) => slot.seen(Sight::Waits(number)),
        None => Slot::new(hash, None, Sight::Waits(number), extra),
    }
}

fn overtake(overtaken: &mut HashSet<u64>, sight: Sight) {
    if let Sight::Waits(number) = sight {
        overtaken.insert(number);
    }
}
