//! A state, now or as of a time, streamed in the row types of the graph.
//!
//! As of a time: the state after the last scan that had begun by then. Two things are kept in their latest form alone, and
//! an older state says of them only what it could have said then: use that was seen later leaves the fact untold, and a
//! thing that went missing later is there.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};
use whosekey_sdk::{Activity, EndRef, Fact, Kind, Timestamp};

use super::body::{self, LinkType, UseFacts};
use super::load_coverage::{self, ScopeRow};
use super::{Store, StoreError, intern};
use crate::graph::{ActivityRow, EntityRow, LinkRow, ScopeCoverage};

/// Versions that were current, and the last version of each thing that was gone.
macro_rules! versions_sql {
    ($columns:literal, $version:literal, $joins:literal) => {
        concat!(
            "SELECT v.scope_id, v.type_id, v.body, v.from_run, v.to_run, v.first_run, a.missing_run, a.seen_run",
            $columns,
            " FROM ",
            $version,
            " AS v ",
            $joins,
            "
            WHERE v.from_run <= ?1 AND (v.to_run IS NULL OR v.to_run > ?1 OR (v.ended <> 'changed'
                AND NOT EXISTS (SELECT 1 FROM ",
            $version,
            " AS n WHERE n.scope_id = v.scope_id AND n.key = v.key
                    AND n.to_run IS NULL AND n.from_run <= ?1)
                AND NOT EXISTS (SELECT 1 FROM ",
            $version,
            " AS n WHERE n.scope_id = v.scope_id AND n.key = v.key
                    AND n.to_run IS NOT NULL AND n.to_run >= v.to_run AND n.id > v.id AND n.from_run <= ?1)))
            ORDER BY v.id"
        )
    };
}

pub(super) const ENTITIES: &str = versions_sql!(
    ", v.disabled_run, v.last_used_at, v.use_tracked_since, u.moved_run, u.last_used_at, u.use_tracked_since",
    "entity_version",
    "LEFT JOIN entity_absence AS a ON a.version_id = v.id LEFT JOIN entity_use AS u ON u.version_id = v.id"
);
pub(super) const LINKS: &str = versions_sql!("", "link_version", "LEFT JOIN link_absence AS a ON a.version_id = v.id");

impl Store {
    /// Streams the scopes alone, by source and name, with the latest attempt at each.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn coverage(&self, on_coverage: impl FnMut(ScopeCoverage)) -> Result<(), StoreError> {
        let moment = self.connection.unchecked_transaction()?;
        let runs = Runs::as_of(&moment, None)?;
        load_coverage::load(&moment, &runs, on_coverage)?;
        Ok(moment.finish()?)
    }

    /// Streams the state as of a time, or the latest: the scopes by source and name, then the entities, the links, and
    /// what logs showed of use, each in a fixed order. All of it is one moment's state, whatever is being scanned
    /// meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn load(
        &self,
        as_of: Option<Timestamp>,
        on_coverage: impl FnMut(ScopeCoverage),
        mut on_entity: impl FnMut(EntityRow),
        mut on_link: impl FnMut(LinkRow),
        on_activity: impl FnMut(ActivityRow),
    ) -> Result<(), StoreError> {
        // A read transaction: the five queries see one state.
        let moment = self.connection.unchecked_transaction()?;
        let runs = Runs::as_of(&moment, as_of)?;
        let scopes = load_coverage::load(&moment, &runs, on_coverage)?;
        let types = entity_types(&moment)?;
        each_row(&moment, ENTITIES, runs.latest, |row| {
            on_entity(entity(row, &scopes, &types, &runs)?);
            Ok(())
        })?;
        let types = link_types(&moment)?;
        each_row(&moment, LINKS, runs.latest, |row| {
            on_link(link(row, &scopes, &types, &runs)?);
            Ok(())
        })?;
        activities(&moment, &scopes, &runs, on_activity)?;
        Ok(moment.finish()?)
    }
}

/// The times of the runs up to the one that the state is of.
pub(super) struct Runs {
    /// That one; 0 when none had begun.
    pub(super) latest: i64,
    /// By the run's id: those are given out one after the other.
    times: Vec<Timestamp>,
}

impl Runs {
    /// The runs that had begun by this time.
    pub(super) fn as_of(connection: &Connection, as_of: Option<Timestamp>) -> Result<Self, StoreError> {
        let until = as_of.map_or(i64::MAX, Timestamp::as_millis);
        let latest = connection.query_row(
            "SELECT ifnull(max(id), 0) FROM run WHERE started_at <= ?1",
            params![until],
            |row| row.get(0),
        )?;
        let mut statement = connection.prepare_cached("SELECT id, started_at FROM run ORDER BY id")?;
        let mut rows = statement.query([])?;
        let mut times = Vec::new();
        while let Some(row) = rows.next()? {
            let time = Timestamp::from_millis(row.get(1)?);
            times.resize(place(row.get(0)?) + 1, time);
        }
        Ok(Self { latest, times })
    }

    pub(super) fn time(&self, run_id: i64) -> Timestamp {
        *self.times.get(place(run_id)).expect("foreign keys hold: a run is never deleted")
    }

    /// The time of a run, if it was by then.
    pub(super) fn time_by_then(&self, run_id: Option<i64>) -> Option<Timestamp> {
        run_id.filter(|run_id| *run_id <= self.latest).map(|run_id| self.time(run_id))
    }
}

fn place(run_id: i64) -> usize {
    usize::try_from(run_id).expect("runs are numbered from 1")
}

pub(super) fn each_row(
    connection: &Connection,
    sql: &str,
    latest: i64,
    mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![latest])?;
    while let Some(row) = rows.next()? {
        each(row)?;
    }
    Ok(())
}

/// What entities and links have in common.
pub(super) struct Life {
    pub(super) first_seen: Timestamp,
    pub(super) last_seen: Timestamp,
    pub(super) missing_since: Option<Timestamp>,
    pub(super) gone_at: Option<Timestamp>,
}

pub(super) fn life(row: &Row<'_>, scope: &ScopeRow, runs: &Runs) -> Result<Life, StoreError> {
    let from_run: i64 = row.get(3)?;
    let gone_at = runs.time_by_then(row.get(4)?);
    let missing_since = runs.time_by_then(row.get(6)?);
    let seen_run: Option<i64> = row.get::<_, Option<i64>>(7)?.filter(|run_id| *run_id <= runs.latest);
    let confirmed = match (missing_since, gone_at) {
        // It was there in every complete scan so far.
        (None, None) => scope.last_complete_run.max(seen_run.unwrap_or(0)),
        _ => seen_run.unwrap_or(0),
    };
    Ok(Life {
        first_seen: runs.time(row.get(5)?),
        last_seen: runs.time(confirmed.max(from_run)),
        // A thing whose whole scope is gone was never missed on its own.
        missing_since: missing_since.or(gone_at),
        gone_at,
    })
}

fn entity(
    row: &Row<'_>,
    scopes: &HashMap<i64, ScopeRow>,
    types: &HashMap<i64, (Kind, String)>,
    runs: &Runs,
) -> Result<EntityRow, StoreError> {
    let scope = &scopes[&row.get(0)?];
    let (kind, type_name) = &types[&row.get(1)?];
    let Life { first_seen, last_seen, missing_since, gone_at } = life(row, scope, runs)?;
    Ok(EntityRow {
        source: scope.source.clone(),
        scope: scope.name.clone(),
        entity: body::read_entity(text(row, 2)?, *kind, type_name, used(row, runs)?)?,
        first_seen,
        last_seen,
        missing_since,
        gone_at,
        disabled_since: disabled_since(row, runs)?,
    })
}

pub(super) fn disabled_since(row: &Row<'_>, runs: &Runs) -> Result<Option<Timestamp>, StoreError> {
    Ok(row.get::<_, Option<i64>>(8)?.map(|run_id| runs.time(run_id)))
}

pub(super) fn used(row: &Row<'_>, runs: &Runs) -> Result<UseFacts, StoreError> {
    let opening = UseFacts::from_columns(row.get(9)?, row.get(10)?);
    Ok(match row.get::<_, Option<i64>>(11)? {
        None => opening,
        Some(moved_run) => {
            let moved = UseFacts::from_columns(row.get(12)?, row.get(13)?);
            if moved_run <= runs.latest { moved } else { known_by_then(moved, runs) }
        }
    })
}

/// What a later statement about use says of an earlier time. A use after that time hides the one before it.
fn known_by_then(moved: UseFacts, runs: &Runs) -> UseFacts {
    let last_used_at = match moved.last_used_at {
        Fact::Known(Some(at)) if runs.latest > 0 && at <= runs.time(runs.latest) => moved.last_used_at,
        Fact::Known(None) => Fact::Known(None),
        Fact::Known(Some(_)) | Fact::NotExposed | Fact::Denied => Fact::NotExposed,
    };
    UseFacts { last_used_at, ..moved }
}

fn link(
    row: &Row<'_>,
    scopes: &HashMap<i64, ScopeRow>,
    types: &HashMap<i64, LinkType>,
    runs: &Runs,
) -> Result<LinkRow, StoreError> {
    let scope = &scopes[&row.get(0)?];
    let link_type = types[&row.get(1)?];
    let Life { first_seen, missing_since, gone_at, .. } = life(row, scope, runs)?;
    Ok(LinkRow {
        source: scope.source.clone(),
        scope: scope.name.clone(),
        link: body::read_link(text(row, 2)?, link_type)?,
        first_seen,
        missing_since,
        gone_at,
    })
}

pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, StoreError> {
    Ok(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
}

pub(super) fn activities(
    connection: &Connection,
    scopes: &HashMap<i64, ScopeRow>,
    runs: &Runs,
    mut on_activity: impl FnMut(ActivityRow),
) -> Result<(), StoreError> {
    let sql = "SELECT scope_id, subject, last_used_at, tracked_since, because, moved_run FROM activity
        WHERE scope_id IN (SELECT id FROM scope WHERE first_run <= ?1) ORDER BY scope_id, subject";
    each_row(connection, sql, runs.latest, |row| {
        let last_used_at = row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis);
        let known_then =
            row.get::<_, i64>(5)? <= runs.latest || last_used_at.is_none_or(|at| at <= runs.time(runs.latest));
        if known_then {
            let scope = &scopes[&row.get(0)?];
            on_activity(ActivityRow {
                source: scope.source.clone(),
                scope: scope.name.clone(),
                activity: Activity {
                    subject: EndRef::new(text(row, 1)?),
                    last_used_at,
                    tracked_since: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis),
                    because: row.get(4)?,
                },
            });
        }
        Ok(())
    })
}

pub(super) fn entity_types(connection: &Connection) -> Result<HashMap<i64, (Kind, String)>, StoreError> {
    let mut types = HashMap::new();
    let mut statement = connection.prepare_cached("SELECT id, kind, name FROM entity_type")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        types.insert(row.get(0)?, (intern::kind(text(row, 1)?)?, row.get(2)?));
    }
    Ok(types)
}

pub(super) fn link_types(connection: &Connection) -> Result<HashMap<i64, LinkType>, StoreError> {
    let mut types = HashMap::new();
    let mut statement = connection.prepare_cached("SELECT id, kind, evidence, role, level FROM link_type")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (role, level): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        let link_type = intern::link_type(text(row, 1)?, text(row, 2)?, role.as_deref(), level.as_deref())?;
        types.insert(row.get(0)?, link_type);
    }
    Ok(types)
}
