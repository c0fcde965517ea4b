//! One finished scope becomes rows, in one transaction.

use rusqlite::{CachedStatement, Connection, Transaction, params};
use whosekey_sdk::Attempt;

use super::StoreError;
use super::absence::{self, Drop, Fate, Silence};
use super::intern;
use super::known::{Known, Sight};
use super::spill::{Table, Waiting};
use super::stage::Stage;
use super::{activity, coverage, ended, imprint};

/// What became of the things of one table when a scope was applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Not current before: new, or back after having been gone.
    pub opened: u64,
    /// Seen with another content: one version ended, the next began.
    pub changed: u64,
    /// Seen as stored; cost no write.
    pub unchanged: u64,
    /// Missed by this attempt, and by no complete attempt right before it.
    pub missing: u64,
    /// Gone: enough complete attempts in a row missed them.
    pub closed: u64,
}

impl Tally {
    /// Those that this attempt showed.
    fn current(self) -> u64 {
        self.opened + self.changed + self.unchanged
    }
}

/// What became of a scope when it was applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Its entities.
    pub entities: Tally,
    /// Its links.
    pub links: Tally,
    /// The attempt was complete but missed so much that nothing was closed.
    pub suspect: bool,
}

/// In which scan, and by which rules, a scope is applied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) run_id: i64,
    pub(super) scope_id: i64,
    pub(super) confirm_absence: u32,
    pub(super) silence: Silence,
}

/// Writes what the stage found, judges what it missed, and notes the attempt.
pub(super) fn scope(
    transaction: &Transaction<'_>,
    stage: Stage,
    as_before: Option<(u64, u64)>,
    attempt: &Attempt,
    terms: Terms,
    digest: Option<[u8; 32]>,
) -> Result<Applied, StoreError> {
    coverage::unretire(transaction, terms.scope_id)?;
    let last_complete_run = coverage::last_complete_run(transaction, terms.scope_id)?;
    let mut applied = Applied::default();
    applied.entities.unchanged = stage.entities.unchanged();
    applied.links.unchanged = stage.links.unchanged();
    activity::apply(transaction, &stage.activity, terms)?;
    if let Some((entities, links)) = as_before {
        applied.entities.unchanged = entities;
        applied.links.unchanged = links;
        imprint::save(transaction, terms.scope_id, Some(&stage.imprint.of(entities, links)), digest)?;
        coverage::note_attempt(transaction, terms.scope_id, terms.run_id, attempt, &applied)?;
        return Ok(applied);
    }
    activity::apply_moved(transaction, &stage.moved, terms.run_id)?;

    let missed = Missed::of(transaction, &stage, terms)?;
    applied.suspect = missed.is_suspect(transaction, &stage, terms)?;
    let absences = Absences { terms, suspect: applied.suspect, last_complete_run };
    absences.apply(transaction, Table::Entity, &stage.entities, &missed.entities, &mut applied.entities)?;
    absences.apply(transaction, Table::Link, &stage.links, &missed.links, &mut applied.links)?;

    let (pages, repeated) = (stage.imprint.clone(), stage.repeated);
    let repeated = write_waiting(transaction, stage, terms, &mut applied)? || repeated;
    let pages = pages.of(applied.entities.current(), applied.links.current());
    // What a log that forgets does not show may still be there, and end.
    let is_whole = terms.silence == Silence::Misses && !applied.suspect;
    let (pages, digest) = (Some(&pages).filter(|_| is_whole && !repeated), digest.filter(|_| is_whole));
    imprint::save(transaction, terms.scope_id, pages, digest)?;
    coverage::note_attempt(transaction, terms.scope_id, terms.run_id, attempt, &applied)?;
    Ok(applied)
}

/// The current versions that this attempt missed.
struct Missed {
    entities: Vec<i64>,
    links: Vec<i64>,
}

impl Missed {
    fn of(transaction: &Transaction<'_>, stage: &Stage, terms: Terms) -> Result<Self, StoreError> {
        Ok(match terms.silence {
            Silence::SaysNothing => Self { entities: Vec::new(), links: Vec::new() },
            Silence::Misses => Self { entities: stage.entities.unseen(), links: stage.links.unseen() },
            Silence::MissesTheEnded => Self {
                entities: ended::expired(transaction, &stage.entities.unseen(), terms.run_id)?,
                links: ended::about_what_is_gone(transaction, &stage.links.unseen())?,
            },
        })
    }

    fn is_suspect(&self, transaction: &Transaction<'_>, stage: &Stage, terms: Terms) -> Result<bool, StoreError> {
        if terms.silence != Silence::Misses {
            return Ok(false);
        }
        let entity_drop = drop_of(&stage.entities, &self.entities);
        // A scope that lists links alone is judged by its links.
        if entity_drop.current == 0 {
            return Ok(drop_of(&stage.links, &self.links).is_suspect());
        }
        if !entity_drop.is_suspect() {
            return Ok(false);
        }
        let expired = ended::expired(transaction, &self.entities, terms.run_id)?;
        let newly_missing = first_missed(&stage.entities, &expired);
        Ok(entity_drop.without(expired.len(), newly_missing).is_suspect())
    }
}

fn drop_of<E>(known: &Known<E>, missed: &[i64]) -> Drop {
    let (present, current) = known.present_before();
    Drop { current, present, newly_missing: first_missed(known, missed), unseen: missed.len() }
}

/// How many of these versions no complete attempt had missed before.
fn first_missed<E>(known: &Known<E>, versions: &[i64]) -> usize {
    versions.iter().filter(|version| known.missed(**version) == 0).count()
}

struct Absences {
    terms: Terms,
    suspect: bool,
    last_complete_run: i64,
}

impl Absences {
    fn apply<E>(
        &self,
        transaction: &Transaction<'_>,
        table: Table,
        known: &Known<E>,
        missed: &[i64],
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        let sql = AbsenceSql::of(table);
        let mut back = transaction.prepare_cached(sql.back)?;
        for absent in &known.absent {
            // A version that is about to be replaced takes its absence along into the past.
            if known.things[&absent.key].sight() == Sight::Unchanged {
                back.execute(params![absent.version, self.terms.run_id])?;
            }
        }
        let mut mark = transaction.prepare_cached(sql.mark)?;
        let mut close = transaction.prepare_cached(sql.close)?;
        for &version in missed {
            let before = known.missed(version);
            if before == 0 {
                tally.missing += 1;
            }
            let fate = absence::judge(before, self.terms.confirm_absence, self.suspect);
            let (Fate::Missing(missed) | Fate::Gone(missed)) = fate;
            mark.execute(params![version, missed, self.terms.run_id, self.last_complete_run])?;
            if let Fate::Gone(_) = fate {
                close.execute(params![version, self.terms.run_id])?;
                tally.closed += 1;
            }
        }
        Ok(())
    }
}

struct AbsenceSql {
    back: &'static str,
    mark: &'static str,
    close: &'static str,
}

macro_rules! absence_sql {
    ($version:literal, $absence:literal) => {
        AbsenceSql {
            back: concat!(
                "UPDATE ",
                $absence,
                " SET missed = 0, missing_run = NULL, seen_run = ?2 WHERE version_id = ?1"
            ),
            mark: concat!(
                "INSERT INTO ",
                $absence,
                " (version_id, missed, missing_run, seen_run)
                 SELECT id, ?2, ?3, max(from_run, ?4) FROM ",
                $version,
                " WHERE id = ?1
                 ON CONFLICT (version_id) DO UPDATE SET
                     seen_run = iif(missed = 0, max(seen_run, excluded.seen_run), seen_run),
                     missing_run = ifnull(missing_run, excluded.missing_run),
                     missed = excluded.missed"
            ),
            close: concat!("UPDATE ", $version, " SET to_run = ?2, ended = 'gone' WHERE id = ?1"),
        }
    };
}

impl AbsenceSql {
    fn of(table: Table) -> Self {
        match table {
            Table::Entity => absence_sql!("entity_version", "entity_absence"),
            Table::Link => absence_sql!("link_version", "link_absence"),
        }
    }
}

const INSERT_ENTITY: &str = "INSERT INTO entity_version
    (scope_id, key, hash, from_run, first_run, disabled_run, type_id, last_used_at, use_tracked_since, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const INSERT_LINK: &str = "INSERT INTO link_version (scope_id, key, hash, from_run, first_run, type_id, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const REPLACE_ENTITY: &str = "UPDATE entity_version SET to_run = ?2, ended = 'changed' WHERE id = ?1
    RETURNING first_run, disabled_run";
const REPLACE_LINK: &str = "UPDATE link_version SET to_run = ?2, ended = 'changed' WHERE id = ?1
    RETURNING first_run, NULL";
const FORMER_ENTITY: &str = "SELECT first_run FROM entity_version
    WHERE scope_id = ?1 AND key = ?2 AND to_run IS NOT NULL ORDER BY to_run DESC LIMIT 1";
const FORMER_LINK: &str = "SELECT first_run FROM link_version
    WHERE scope_id = ?1 AND key = ?2 AND to_run IS NOT NULL ORDER BY to_run DESC LIMIT 1";

/// Returns whether one thing waited more than once.
fn write_waiting(
    transaction: &Transaction<'_>,
    stage: Stage,
    terms: Terms,
    applied: &mut Applied,
) -> Result<bool, StoreError> {
    let Stage { spill, overtaken, entity_types, link_types, entities, links, .. } = stage;
    // The maps have done their work, and SQLite's cache can use the memory.
    drop((entities, links));
    let entity_types = intern::entity_types(transaction, &entity_types.values)?;
    let link_types = intern::link_types(transaction, &link_types.values)?;
    let mut entity = Rows::prepare(transaction, Table::Entity, terms)?;
    let mut link = Rows::prepare(transaction, Table::Link, terms)?;
    let (scope_id, run_id) = (terms.scope_id, terms.run_id);
    spill.for_each(&overtaken, |row, body| {
        let (key, hash) = (&row.key.0, &row.hash.0);
        match row.table {
            Table::Entity => {
                let (first_run, disabled_run) = entity.make_room(row, &mut applied.entities)?;
                let disabled_run = row.disabled.then(|| disabled_run.unwrap_or(run_id));
                let type_id = entity_types[row.type_index as usize];
                let (last, since) = (row.last_used_at, row.use_tracked_since);
                entity.insert.execute(params![
                    scope_id,
                    key,
                    hash,
                    run_id,
                    first_run,
                    disabled_run,
                    type_id,
                    last,
                    since,
                    body
                ])?;
            }
            Table::Link => {
                let (first_run, _) = link.make_room(row, &mut applied.links)?;
                let type_id = link_types[row.type_index as usize];
                link.insert.execute(params![scope_id, key, hash, run_id, first_run, type_id, body])?;
            }
        }
        Ok(())
    })
}

/// The statements that write one table's rows.
struct Rows<'c> {
    insert: CachedStatement<'c>,
    replace: CachedStatement<'c>,
    former: CachedStatement<'c>,
    /// Whether anything of this scope was ever closed; while it was not, nothing can have been here before.
    has_past: bool,
    terms: Terms,
}

impl<'c> Rows<'c> {
    fn prepare(connection: &'c Connection, table: Table, terms: Terms) -> Result<Self, StoreError> {
        let (insert, replace, former, past) = match table {
            Table::Entity => (INSERT_ENTITY, REPLACE_ENTITY, FORMER_ENTITY, "entity_version"),
            Table::Link => (INSERT_LINK, REPLACE_LINK, FORMER_LINK, "link_version"),
        };
        let past = format!("SELECT EXISTS (SELECT 1 FROM {past} WHERE scope_id = ?1 AND to_run IS NOT NULL)");
        Ok(Self {
            insert: connection.prepare_cached(insert)?,
            replace: connection.prepare_cached(replace)?,
            former: connection.prepare_cached(former)?,
            has_past: connection.query_row(&past, params![terms.scope_id], |row| row.get(0))?,
            terms,
        })
    }

    /// Ends the version that the row replaces. Returns the first run of the thing, and since which run it is known to be
    /// switched off: a thing that comes back after it was gone keeps the first and not the second.
    fn make_room(&mut self, row: &Waiting, tally: &mut Tally) -> Result<(i64, Option<i64>), StoreError> {
        if let Some(version) = row.replaces {
            tally.changed += 1;
            let carried = self.replace.query_row(params![version, self.terms.run_id], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
            })?;
            return Ok(carried);
        }
        tally.opened += 1;
        let mut first_run = self.terms.run_id;
        if self.has_past {
            let mut rows = self.former.query(params![self.terms.scope_id, row.key.0])?;
            if let Some(row) = rows.next()? {
                first_run = row.get(0)?;
            }
        }
        Ok((first_run, None))
    }
}
