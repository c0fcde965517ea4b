//! Repeated words and their numbers.

use rusqlite::{Connection, OptionalExtension as _, params};
use whosekey_sdk::{AccessLevel, Evidence, Kind, LinkKind, OwnerRole};

use super::StoreError;
use super::body::LinkType;

/// The rows of these kinds and types, made where they were not there.
pub(super) fn entity_types(connection: &Connection, values: &[(Kind, String)]) -> Result<Vec<i64>, StoreError> {
    let mut find = connection.prepare_cached("SELECT id FROM entity_type WHERE kind = ?1 AND name = ?2")?;
    let mut insert = connection.prepare_cached("INSERT INTO entity_type (kind, name) VALUES (?1, ?2)")?;
    values
        .iter()
        .map(|(kind, name)| {
            let word = kind.as_str();
            match find.query_row(params![word, name], |row| row.get(0)).optional()? {
                Some(id) => Ok(id),
                None => Ok(insert.insert(params![word, name])?),
            }
        })
        .collect()
}

/// The rows of these combinations, made where they were not there.
pub(super) fn link_types(connection: &Connection, values: &[LinkType]) -> Result<Vec<i64>, StoreError> {
    let mut find = connection
        .prepare_cached("SELECT id FROM link_type WHERE kind = ?1 AND evidence = ?2 AND role IS ?3 AND level IS ?4")?;
    let mut insert =
        connection.prepare_cached("INSERT INTO link_type (kind, evidence, role, level) VALUES (?1, ?2, ?3, ?4)")?;
    values
        .iter()
        .map(|LinkType { kind, evidence, role, level }| {
            let (kind, evidence) = (kind.as_str(), evidence.as_str());
            let (role, level) = (role.map(OwnerRole::as_str), level.map(AccessLevel::as_str));
            match find.query_row(params![kind, evidence, role, level], |row| row.get(0)).optional()? {
                Some(id) => Ok(id),
                None => Ok(insert.insert(params![kind, evidence, role, level])?),
            }
        })
        .collect()
}

/// A kind by its word.
pub(super) fn kind(word: &str) -> Result<Kind, StoreError> {
    Kind::from_word(word).ok_or_else(|| StoreError::UnknownWord(word.to_owned()))
}

/// A combination by its words.
pub(super) fn link_type(
    kind: &str,
    evidence: &str,
    role: Option<&str>,
    level: Option<&str>,
) -> Result<LinkType, StoreError> {
    let unknown = |word: &str| StoreError::UnknownWord(word.to_owned());
    Ok(LinkType {
        kind: LinkKind::from_word(kind).ok_or_else(|| unknown(kind))?,
        evidence: Evidence::from_word(evidence).ok_or_else(|| unknown(evidence))?,
        role: role.map(|word| OwnerRole::from_word(word).ok_or_else(|| unknown(word))).transpose()?,
        level: level.map(|word| AccessLevel::from_word(word).ok_or_else(|| unknown(word))).transpose()?,
    })
}
