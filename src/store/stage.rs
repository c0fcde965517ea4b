//! A scope in progress: its pages are compared with what is stored as they come, and only what is new or changed waits.
//!
//! Of several records of one stored thing the last counts, by `overtaken`; of a new thing, by the order of the spill.
//!
//! Nothing here writes to the database. A stage that is dropped, because the scan was stopped or died, leaves no trace.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::path::Path;

use rusqlite::Connection;
use whosekey_sdk::{Activity, Entity, Fact, Kind, Link, Outcome, Record, Timestamp};

use super::StoreError;
use super::body::{self, LinkType, PackedUse, UseFacts};
use super::digest::{self, Digest};
use super::imprint::{self, Imprint};
use super::known::{self, Known, Sight};
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
    /// Numbers in the spill of stored things that a later record showed otherwise, perhaps as they are stored.
    pub(super) overtaken: HashSet<u64>,
    /// Unchanged versions whose use facts moved.
    pub(super) moved: BTreeMap<i64, UseFacts>,
    pub(super) activity: BTreeMap<String, Activity>,
    /// The pages so far.
    pub(super) imprint: Imprint,
    /// A stored thing was shown more than once.
    pub(super) repeated: bool,
    /// While all pages so far are those that showed the scope before.
    same: Option<Same>,
    scope_id: Option<i64>,
    /// When the scope was last seen whole, before this scan.
    last_complete: Option<Timestamp>,
}

/// A scope that is shown as it was before, so far: what is stored of it has not been read.
#[derive(Debug)]
struct Same {
    before: Imprint,
    /// What the pages showed, in case that they do not go on as before.
    entities: Vec<Digest>,
    links: Vec<Digest>,
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
        let before = scope_id.map(|scope_id| Imprint::load(connection, scope_id)).transpose()?.flatten();
        let same = before.map(|before| Same { before, entities: Vec::new(), links: Vec::new() });
        let (entities, links) = match scope_id.filter(|_| same.is_none()) {
            Some(scope_id) => known::of_scope(connection, scope_id)?,
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
            imprint: Imprint::default(),
            repeated: false,
            same,
            scope_id,
            last_complete,
        })
    }

    /// How many bytes wait for a scope of which nothing is stored; 0 for any other.
    pub(super) fn bytes_of_new_scope(&self) -> u64 {
        let is_new = self.same.is_none() && self.entities.things.is_empty() && self.links.things.is_empty();
        if is_new { self.spill.bytes() } else { 0 }
    }

    /// Takes a page. Of several records of one thing the last counts, so pages may overlap and repeat.
    pub(super) fn page(&mut self, connection: &Connection, records: &[Record]) -> Result<(), StoreError> {
        let digests = digest::of_page(records);
        let page = imprint::of_page(records, &digests);
        let number = self.imprint.pages.len();
        self.imprint.pages.push(page);
        if self.same.as_ref().is_some_and(|same| same.before.pages.get(number) != Some(&page)) {
            self.compare(connection)?;
        }
        for (record, digests) in records.iter().zip(digests) {
            match (record, digests, &mut self.same) {
                (Record::Activity(activity), ..) => self.activity(activity),
                (Record::Entity(_), Some((key, _)), Some(same)) => same.entities.push(key),
                (Record::Link(_), Some((key, _)), Some(same)) => same.links.push(key),
                (Record::Entity(entity), Some((key, hash)), None) => self.entity(entity, key, hash)?,
                (Record::Link(link), Some((key, hash)), None) => self.link(link, key, hash)?,
                (Record::Entity(_) | Record::Link(_), None, _) => unreachable!("things have digests"),
            }
        }
        Ok(())
    }

    /// Reads what is stored, after all: the pages do not go on as before. What they showed until here was as stored.
    fn compare(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let (Some(same), Some(scope_id)) = (self.same.take(), self.scope_id) else { return Ok(()) };
        (self.entities, self.links) = known::of_scope(connection, scope_id)?;
        let lost = || StoreError::Corrupt { detail: "a row is gone that a scope's pages showed".to_owned() };
        for key in same.entities {
            let slot = self.entities.things.get_mut(&key).ok_or_else(lost)?;
            slot.see(Sight::Unchanged, &mut self.overtaken);
        }
        for key in same.links {
            let slot = self.links.things.get_mut(&key).ok_or_else(lost)?;
            slot.see(Sight::Unchanged, &mut self.overtaken);
        }
        Ok(())
    }

    /// The last page has come. How many entities and links are as they were, when the whole scope is and nothing was read;
    /// else what is stored has been read by now.
    pub(super) fn end(&mut self, connection: &Connection, outcome: Outcome) -> Result<Option<(u64, u64)>, StoreError> {
        let whole = self
            .same
            .as_ref()
            .filter(|same| outcome == Outcome::Complete && same.before.pages.len() == self.imprint.pages.len());
        match whole.map(|same| (same.before.entities, same.before.links)) {
            Some(counts) => Ok(Some(counts)),
            None => self.compare(connection).map(|()| None),
        }
    }

    fn entity(&mut self, entity: &Entity, key: Digest, hash: Digest) -> Result<(), StoreError> {
        let mut used = UseFacts::of(entity);
        let mut replaces = None;
        if let Some(slot) = self.entities.things.get_mut(&key) {
            self.repeated |= slot.sight() != Sight::Unseen;
            let version = slot.version();
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
                slot.see(Sight::Unchanged, &mut self.overtaken);
                return Ok(());
            }
            slot.see(Sight::Waits(self.spill.next()), &mut self.overtaken);
            replaces = Some(version);
        }
        let (last_used_at, use_tracked_since) = used.to_columns();
        let row = Waiting {
            table: Table::Entity,
            key,
            hash,
            replaces,
            type_index: self.entity_types.number(
                |(kind, type_name)| *kind == entity.kind && *type_name == entity.type_name,
                || (entity.kind, entity.type_name.clone()),
            ),
            disabled: entity.enabled == Fact::Known(false),
            last_used_at,
            use_tracked_since,
        };
        self.spill.push(&row, |out| body::write_entity(entity, out))
    }

    fn link(&mut self, link: &Link, key: Digest, hash: Digest) -> Result<(), StoreError> {
        let mut replaces = None;
        if let Some(slot) = self.links.things.get_mut(&key) {
            self.repeated |= slot.sight() != Sight::Unseen;
            if slot.hash == hash {
                slot.see(Sight::Unchanged, &mut self.overtaken);
                return Ok(());
            }
            slot.see(Sight::Waits(self.spill.next()), &mut self.overtaken);
            replaces = Some(slot.version());
        }
        let row = Waiting {
            table: Table::Link,
            key,
            hash,
            replaces,
            type_index: self.link_types.number(|known| *known == LinkType::of(link), || LinkType::of(link)),
            disabled: false,
            last_used_at: None,
            use_tracked_since: None,
        };
        self.spill.push(&row, |out| body::write_link(link, out))
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
