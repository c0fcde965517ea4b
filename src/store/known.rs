//! What a scope's current rows are, held in memory while the scope is being collected: a digest of each thing, a digest of
//! its content, and the version's number. 48 bytes a link, 64 an entity; nothing of the content itself.

use rusqlite::{Connection, params};

use super::StoreError;
use super::body::{PackedUse, UseFacts};
use super::digest::{Digest, DigestMap};

/// What became of a thing in this scan, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// Not seen.
    Unseen,
    /// Seen as it is stored.
    Unchanged,
    /// Seen, and its row waits at this place in the spill.
    Waits(u64),
}

/// One thing that is current in the scope, or new in this scan. There are millions: the fields are packed by hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<E> {
    /// The content: as stored, or as it waits when it is new.
    pub(super) hash: Digest,
    version: i64,
    sight: u64,
    pub(super) extra: E,
}

impl<E> Slot<E> {
    pub(super) fn new(hash: Digest, version: Option<i64>, sight: Sight, extra: E) -> Self {
        Self { hash, version: version.unwrap_or(0), sight: 0, extra }.seen(sight)
    }

    pub(super) fn seen(self, sight: Sight) -> Self {
        let sight = match sight {
            Sight::Unseen => 0,
            Sight::Unchanged => 1,
            Sight::Waits(at) => at + 2,
        };
        Self { sight, ..self }
    }

    /// The current version; `None` when the thing is new. SQLite numbers rows from 1.
    pub(super) fn version(&self) -> Option<i64> {
        (self.version != 0).then_some(self.version)
    }

    pub(super) fn sight(&self) -> Sight {
        match self.sight {
            0 => Sight::Unseen,
            1 => Sight::Unchanged,
            at => Sight::Waits(at - 2),
        }
    }
}

/// A current version that complete scans have missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Absent {
    pub(super) key: Digest,
    pub(super) version: i64,
    /// Complete scans in a row that missed it, at least one.
    pub(super) missed: u32,
}

/// The things of one table in one scope.
#[derive(Debug)]
pub(super) struct Known<E> {
    pub(super) things: DigestMap<Slot<E>>,
    /// By version, rising.
    pub(super) absent: Vec<Absent>,
}

impl<E> Known<E> {
    pub(super) fn empty() -> Self {
        Self { things: DigestMap::default(), absent: Vec::new() }
    }

    /// How many complete scans in a row have missed this version before.
    pub(super) fn missed(&self, version: i64) -> u32 {
        self.absent.binary_search_by_key(&version, |absent| absent.version).map_or(0, |at| self.absent[at].missed)
    }

    /// The current versions that this scan did not see, in the order of the table.
    pub(super) fn unseen(&self) -> Vec<i64> {
        let mut unseen: Vec<i64> =
            self.things.values().filter(|slot| slot.sight() == Sight::Unseen).filter_map(Slot::version).collect();
        unseen.sort_unstable();
        unseen
    }

    /// How many things of the scope had not been missed before this scan, and how many were current at all.
    pub(super) fn present_before(&self) -> (usize, usize) {
        let current = self.things.values().filter(|slot| slot.version().is_some()).count();
        (current - self.absent.len(), current)
    }

    /// How many were seen as they are stored.
    pub(super) fn unchanged(&self) -> u64 {
        self.things.values().filter(|slot| slot.sight() == Sight::Unchanged).count() as u64
    }
}

/// Rows are fetched in the order of the table: in that of the index each would be a page of its own.
const ENTITIES: &str = "SELECT v.id, v.key, v.hash, v.last_used_at, v.use_tracked_since,
        u.version_id, u.last_used_at, u.use_tracked_since
    FROM (SELECT id FROM entity_version WHERE scope_id = ?1 AND to_run IS NULL ORDER BY id) AS c
    CROSS JOIN entity_version AS v ON v.id = c.id
    LEFT JOIN entity_use AS u ON u.version_id = v.id";
const LINKS: &str = "SELECT v.id, v.key, v.hash
    FROM (SELECT id FROM link_version WHERE scope_id = ?1 AND to_run IS NULL ORDER BY id) AS c
    CROSS JOIN link_version AS v ON v.id = c.id";
const COUNT_ENTITIES: &str = "SELECT count(*) FROM entity_version WHERE scope_id = ?1 AND to_run IS NULL";
const COUNT_LINKS: &str = "SELECT count(*) FROM link_version WHERE scope_id = ?1 AND to_run IS NULL";
const ABSENT_ENTITIES: &str = "SELECT v.key, v.id, a.missed FROM entity_absence AS a
    JOIN entity_version AS v ON v.id = a.version_id
    WHERE v.scope_id = ?1 AND v.to_run IS NULL AND a.missed > 0 ORDER BY v.id";
const ABSENT_LINKS: &str = "SELECT v.key, v.id, a.missed FROM link_absence AS a
    JOIN link_version AS v ON v.id = a.version_id
    WHERE v.scope_id = ?1 AND v.to_run IS NULL AND a.missed > 0 ORDER BY v.id";

/// Loads a scope's current entities.
pub(super) fn entities(connection: &Connection, scope_id: i64) -> Result<Known<PackedUse>, StoreError> {
    let mut known = Known::empty();
    known.things.reserve(count(connection, COUNT_ENTITIES, scope_id)?);
    let mut statement = connection.prepare_cached(ENTITIES)?;
    let mut rows = statement.query(params![scope_id])?;
    while let Some(row) = rows.next()? {
        let moved: Option<i64> = row.get(5)?;
        let (last, since) = if moved.is_some() { (row.get(6)?, row.get(7)?) } else { (row.get(3)?, row.get(4)?) };
        let used = UseFacts::from_columns(last, since).packed();
        let slot = Slot::new(Digest(row.get(2)?), Some(row.get(0)?), Sight::Unseen, used);
        known.things.insert(Digest(row.get(1)?), slot);
    }
    known.absent = absent(connection, ABSENT_ENTITIES, scope_id)?;
    Ok(known)
}

/// Loads a scope's current links.
pub(super) fn links(connection: &Connection, scope_id: i64) -> Result<Known<()>, StoreError> {
    let mut known = Known::empty();
    known.things.reserve(count(connection, COUNT_LINKS, scope_id)?);
    let mut statement = connection.prepare_cached(LINKS)?;
    let mut rows = statement.query(params![scope_id])?;
    while let Some(row) = rows.next()? {
        let slot = Slot::new(Digest(row.get(2)?), Some(row.get(0)?), Sight::Unseen, ());
        known.things.insert(Digest(row.get(1)?), slot);
    }
    known.absent = absent(connection, ABSENT_LINKS, scope_id)?;
    Ok(known)
}

fn count(connection: &Connection, sql: &str, scope_id: i64) -> Result<usize, StoreError> {
    let count: i64 = connection.prepare_cached(sql)?.query_row(params![scope_id], |row| row.get(0))?;
    Ok(usize::try_from(count).expect("a count is not negative"))
}

fn absent(connection: &Connection, sql: &str, scope_id: i64) -> Result<Vec<Absent>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope_id], |row| {
        Ok(Absent { key: Digest(row.get(0)?), version: row.get(1)?, missed: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
