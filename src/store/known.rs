//! What a scope's current rows are, held in memory while the scope is being collected: a digest of each thing, a digest of
//! its content, and the version's number. 48 bytes a link, 64 an entity; nothing of the content itself.

use std::collections::HashSet;

use rusqlite::{Connection, OpenFlags, params};

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
    /// Seen, and its row waits in the spill, under this number.
    Waits(u64),
}

/// One thing that is current in the scope. There are millions: the fields are packed by hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<E> {
    /// The content as stored.
    pub(super) hash: Digest,
    version: i64,
    sight: u64,
    pub(super) extra: E,
}

impl<E> Slot<E> {
    fn unseen(version: i64, hash: Digest, extra: E) -> Self {
        Self { hash, version, sight: 0, extra }
    }

    /// Notes how the thing was seen last. A row that waited for it is overtaken.
    pub(super) fn see(&mut self, sight: Sight, overtaken: &mut HashSet<u64>) {
        if let Sight::Waits(number) = self.sight() {
            overtaken.insert(number);
        }
        self.sight = match sight {
            Sight::Unseen => 0,
            Sight::Unchanged => 1,
            Sight::Waits(number) => number + 2,
        };
    }

    /// The current version.
    pub(super) fn version(&self) -> i64 {
        self.version
    }

    pub(super) fn sight(&self) -> Sight {
        match self.sight {
            0 => Sight::Unseen,
            1 => Sight::Unchanged,
            number => Sight::Waits(number - 2),
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
        missed(&self.absent, version)
    }

    /// The current versions that this scan did not see, in the order of the table.
    pub(super) fn unseen(&self) -> Vec<i64> {
        let mut unseen: Vec<i64> =
            self.things.values().filter(|slot| slot.sight() == Sight::Unseen).map(Slot::version).collect();
        unseen.sort_unstable();
        unseen
    }

    /// How many things of the scope had not been missed before this scan, and how many were current at all.
    pub(super) fn present_before(&self) -> (usize, usize) {
        let current = self.things.len();
        (current - self.absent.len(), current)
    }

    /// How many were seen as they are stored.
    pub(super) fn unchanged(&self) -> u64 {
        self.things.values().filter(|slot| slot.sight() == Sight::Unchanged).count() as u64
    }
}

/// How many complete scans in a row have missed this version before.
pub(super) fn missed(absent: &[Absent], version: i64) -> u32 {
    absent.binary_search_by_key(&version, |absent| absent.version).map_or(0, |at| absent[at].missed)
}

const ENTITIES: &str = "SELECT v.id, v.key, v.hash, v.last_used_at, v.use_tracked_since FROM entity_version AS v
    WHERE v.scope_id = ?1 AND v.to_run IS NULL";
/// Apart from the entities: few have moved since their version opened, and each would cost a look.
const MOVED: &str = "SELECT v.key, u.last_used_at, u.use_tracked_since
    FROM entity_use AS u CROSS JOIN entity_version AS v ON v.id = u.version_id
    WHERE v.scope_id = ?1 AND v.to_run IS NULL";
const LINKS: &str = "SELECT v.id, v.key, v.hash FROM link_version AS v WHERE v.scope_id = ?1 AND v.to_run IS NULL";
const ABSENT_ENTITIES: &str = "SELECT v.key, v.id, a.missed FROM entity_absence AS a
    JOIN entity_version AS v ON v.id = a.version_id
    WHERE v.scope_id = ?1 AND v.to_run IS NULL AND a.missed > 0 ORDER BY v.id";
const ABSENT_LINKS: &str = "SELECT v.key, v.id, a.missed FROM link_absence AS a
    JOIN link_version AS v ON v.id = a.version_id
    WHERE v.scope_id = ?1 AND v.to_run IS NULL AND a.missed > 0 ORDER BY v.id";

/// A scope of fewer rows is loaded before a second connection would be open. The model test's scopes are small, and shall
/// take this way too.
const WORTH_TWO_READERS: i64 = if cfg!(test) { 40 } else { 200_000 };

/// Loads a scope's current entities and links; when they are many, through two connections at once.
pub(super) fn of_scope(connection: &Connection, scope_id: i64) -> Result<(Known<PackedUse>, Known<()>), StoreError> {
    let entity_way = Way::to(connection, "entity_version", scope_id)?;
    let link_way = Way::to(connection, "link_version", scope_id)?;
    let path = connection.path().filter(|path| !path.is_empty());
    let both = entity_way.rows + link_way.rows;
    let Some(path) = path.filter(|_| both >= WORTH_TWO_READERS && link_way.whole_table) else {
        return Ok((entities(connection, scope_id, &entity_way)?, links(connection, scope_id, &link_way)?));
    };
    // The second reader takes the entities, and as many of the last links as make its half.
    let last_links = (both / 2 - entity_way.rows).max(0);
    let split = link_way.last_id - last_links;
    let (first, last) = (Way { last_id: split, ..link_way }, Way { after_id: split, ..link_way });
    std::thread::scope(|scope| {
        let second = scope.spawn(|| -> Result<_, StoreError> {
            let flags =
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(super::BUSY_TIMEOUT)?;
            let mut links = Vec::new();
            let entities = entities(&connection, scope_id, &entity_way)?;
            each_link(&connection, scope_id, &last, |key, slot| links.push((key, slot)))?;
            Ok((entities, links))
        });
        let mut known = links(connection, scope_id, &first)?;
        let (entities, last) = second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        known.things.extend(last);
        Ok((entities, known))
    })
}

fn entities(connection: &Connection, scope_id: i64, way: &Way) -> Result<Known<PackedUse>, StoreError> {
    let mut known = Known::empty();
    known.things.reserve(way.expected());
    let mut statement = connection.prepare(&way.along(ENTITIES))?;
    let mut rows = statement.query(params![scope_id])?;
    while let Some(row) = rows.next()? {
        let used = UseFacts::from_columns(row.get(3)?, row.get(4)?).packed();
        let slot = Slot::unseen(row.get(0)?, Digest(row.get(2)?), used);
        known.things.insert(Digest(row.get(1)?), slot);
    }
    let mut moved = connection.prepare_cached(MOVED)?;
    let mut rows = moved.query(params![scope_id])?;
    while let Some(row) = rows.next()? {
        let used = UseFacts::from_columns(row.get(1)?, row.get(2)?).packed();
        known.things.entry(Digest(row.get(0)?)).and_modify(|slot| slot.extra = used);
    }
    known.absent = absent(connection, ABSENT_ENTITIES, scope_id)?;
    Ok(known)
}

fn links(connection: &Connection, scope_id: i64, way: &Way) -> Result<Known<()>, StoreError> {
    let mut known = Known::empty();
    known.things.reserve(way.expected());
    each_link(connection, scope_id, way, |key, slot| {
        known.things.insert(key, slot);
    })?;
    known.absent = absent(connection, ABSENT_LINKS, scope_id)?;
    Ok(known)
}

fn each_link(
    connection: &Connection,
    scope_id: i64,
    way: &Way,
    mut each: impl FnMut(Digest, Slot<()>),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(&way.along(LINKS))?;
    let mut rows = statement.query(params![scope_id])?;
    while let Some(row) = rows.next()? {
        each(Digest(row.get(1)?), Slot::unseen(row.get(0)?, Digest(row.get(2)?), ()));
    }
    Ok(())
}

/// How to get at the current rows of a scope.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// How many rows the scope has.
    rows: i64,
    /// A scope that is most of its table is read as the table lies, at a third of the cost of going row by row through
    /// the index. SQLite would take the index for both.
    whole_table: bool,
    /// Read as the table lies: only the rows after this one.
    after_id: i64,
    /// Read as the table lies: the rows up to this one.
    last_id: i64,
}

impl Way {
    fn to(connection: &Connection, table: &str, scope_id: i64) -> Result<Self, StoreError> {
        let count = format!("SELECT count(*) FROM {table} WHERE scope_id = ?1 AND to_run IS NULL");
        let rows: i64 = connection.query_row(&count, params![scope_id], |row| row.get(0))?;
        let last_id: i64 =
            connection.query_row(&format!("SELECT ifnull(max(id), 0) FROM {table}"), [], |row| row.get(0))?;
        Ok(Self { rows, whole_table: rows > last_id / 3, after_id: 0, last_id })
    }

    fn expected(&self) -> usize {
        usize::try_from(self.rows).expect("a count is not negative")
    }

    fn along(&self, sql: &str) -> String {
        if !self.whole_table {
            return sql.to_owned();
        }
        // A plus sign keeps a condition from an index.
        let sql = sql.replace("v.scope_id", "+v.scope_id");
        format!("{sql} AND v.id > {} AND v.id <= {}", self.after_id, self.last_id)
    }
}

fn absent(connection: &Connection, sql: &str, scope_id: i64) -> Result<Vec<Absent>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope_id], |row| {
        Ok(Absent { key: Digest(row.get(0)?), version: row.get(1)?, missed: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
