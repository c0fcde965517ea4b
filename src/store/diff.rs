//! What appeared, changed and went between two times.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::{Connection, params};
use whosekey_sdk::{Entity, EntityId, Timestamp};

use super::body::{self, UseFacts};
use super::load::{Runs, entity_types};
use super::{Store, StoreError};
use crate::analysis::Finding;

/// What became of one entity. Sources and scopes are merged: an entity is there as long as any of them shows it.
#[derive(Debug, Clone, PartialEq)]
pub enum EntityChange {
    /// There at the second time and not at the first.
    Appeared(Entity),
    /// There at both times, with another content. Use alone is no change.
    Changed {
        /// At the first time.
        before: Box<Entity>,
        /// At the second time.
        after: Box<Entity>,
    },
    /// There at the first time and gone at the second.
    Gone(Entity),
}

/// What became of one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingChange {
    /// Not closed at the second time, and at the first not there or closed.
    Appeared(Finding),
    /// Closed at the second time and not at the first.
    Closed(Finding),
}

/// What changed between two times.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diff {
    /// By id; where several scopes show a change, the change that the oldest of them shows.
    pub entities: Vec<EntityChange>,
    /// By rule and subject.
    pub findings: Vec<FindingChange>,
}

impl Store {
    /// Compares the state as of `from` with the state as of `to`; each is the state after the last scan that had begun
    /// by then.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn diff(&self, from: Timestamp, to: Timestamp) -> Result<Diff, StoreError> {
        let moment = self.connection.unchecked_transaction()?;
        let before = Runs::as_of(&moment, Some(from))?.latest;
        let after = Runs::as_of(&moment, Some(to))?.latest;
        Ok(Diff { entities: entities(&moment, before, after)?, findings: findings(&moment, from, to)? })
    }
}

const TOUCHED: &str = "SELECT v.key, v.scope_id, v.hash, v.type_id, v.body, v.from_run, v.to_run
    FROM entity_version AS v
    WHERE (v.from_run > min(?1, ?2) AND v.from_run <= max(?1, ?2))
        OR (v.to_run > min(?1, ?2) AND v.to_run <= max(?1, ?2))
    ORDER BY v.id";
const STANDING: &str = "SELECT key FROM entity_version WHERE from_run <= min(?1, ?2)
    AND (to_run IS NULL OR to_run > max(?1, ?2))";

/// One scope's view of an entity at the two times.
#[derive(Default)]
struct View {
    before: Option<([u8; 16], Entity)>,
    after: Option<([u8; 16], Entity)>,
}

fn entities(connection: &Connection, before: i64, after: i64) -> Result<Vec<EntityChange>, StoreError> {
    let types = entity_types(connection)?;
    let mut views: BTreeMap<[u8; 16], BTreeMap<i64, View>> = BTreeMap::new();
    let mut statement = connection.prepare_cached(TOUCHED)?;
    let mut rows = statement.query(params![before, after])?;
    while let Some(row) = rows.next()? {
        let (from_run, to_run): (i64, Option<i64>) = (row.get(5)?, row.get(6)?);
        let stood_at = |run: i64| from_run <= run && to_run.is_none_or(|to_run| to_run > run);
        if !stood_at(before) && !stood_at(after) {
            continue;
        }
        let (kind, type_name) = &types[&row.get(3)?];
        let untold = UseFacts::from_columns(None, None);
        let entity = body::read_entity(&row.get::<_, String>(4)?, *kind, type_name, untold)?;
        let view = views.entry(row.get(0)?).or_default().entry(row.get(1)?).or_default();
        let side = if stood_at(before) { &mut view.before } else { &mut view.after };
        *side = Some((row.get(2)?, entity));
    }
    let standing = standing(connection, &views, before, after)?;
    let mut changes: Vec<(EntityId, EntityChange)> = Vec::new();
    for (key, scopes) in views {
        let there_before = standing.contains(&key) || scopes.values().any(|view| view.before.is_some());
        let there_after = standing.contains(&key) || scopes.values().any(|view| view.after.is_some());
        let mut views = scopes.into_values();
        let change = match (there_before, there_after) {
            (false, false) => None,
            (false, true) => views.find_map(|view| view.after).map(|(_, entity)| EntityChange::Appeared(entity)),
            (true, false) => views.find_map(|view| view.before).map(|(_, entity)| EntityChange::Gone(entity)),
            (true, true) => views.find_map(|view| match (view.before, view.after) {
                (Some((old, before)), Some((new, after))) if old != new => {
                    Some(EntityChange::Changed { before: Box::new(before), after: Box::new(after) })
                }
                _ => None,
            }),
        };
        changes.extend(change.map(|change| (id(&change).clone(), change)));
    }
    changes.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(changes.into_iter().map(|(_, change)| change).collect())
}

fn id(change: &EntityChange) -> &EntityId {
    match change {
        EntityChange::Appeared(entity) | EntityChange::Gone(entity) => &entity.id,
        EntityChange::Changed { after, .. } => &after.id,
    }
}

/// Which of these entities another scope showed all the while, unchanged.
fn standing(
    connection: &Connection,
    views: &BTreeMap<[u8; 16], BTreeMap<i64, View>>,
    before: i64,
    after: i64,
) -> Result<HashSet<[u8; 16]>, StoreError> {
    let mut standing = HashSet::new();
    if views.is_empty() {
        return Ok(standing);
    }
    let mut statement = connection.prepare_cached(STANDING)?;
    let mut rows = statement.query(params![before, after])?;
    while let Some(row) = rows.next()? {
        let key: [u8; 16] = row.get(0)?;
        if views.contains_key(&key) {
            standing.insert(key);
        }
    }
    Ok(standing)
}

fn findings(connection: &Connection, from: Timestamp, to: Timestamp) -> Result<Vec<FindingChange>, StoreError> {
    let before = not_closed(connection, from)?;
    let after = not_closed(connection, to)?;
    let mut changes = Vec::new();
    let mut body = connection.prepare_cached("SELECT body FROM finding WHERE id = ?1")?;
    let mut finding = |id: &String| -> Result<Finding, StoreError> {
        Ok(serde_json::from_str(&body.query_row(params![id], |row| row.get::<_, String>(0))?)?)
    };
    for id in after.difference(&before) {
        changes.push(FindingChange::Appeared(finding(id)?));
    }
    for id in before.difference(&after) {
        changes.push(FindingChange::Closed(finding(id)?));
    }
    let order = |change: &FindingChange| match change {
        FindingChange::Appeared(finding) | FindingChange::Closed(finding) => {
            (finding.rule.clone(), finding.subject.clone())
        }
    };
    changes.sort_by_key(order);
    Ok(changes)
}

fn not_closed(connection: &Connection, at: Timestamp) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT finding_id FROM finding_life
         WHERE status <> 'closed' AND from_at <= ?1 AND (to_at IS NULL OR to_at > ?1)",
    )?;
    let ids = statement.query_map(params![at.as_millis()], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}
