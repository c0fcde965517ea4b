//! Findings and their life as it is stored. What a finding's status is to be, `analysis` decides; here it is kept, with
//! the times at which it changed.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use whosekey_sdk::Timestamp;

use super::{Store, StoreError};
use crate::analysis::Status;
use crate::analysis::lifecycle::{Mute, StoredFinding};

const SAVED_AT: &str = "findings_saved_at";
const ALL: &str = "SELECT f.id, f.body, f.first_seen, f.last_seen, l.status, l.from_at, m.reason, m.until, m.muted_at
    FROM finding AS f
    JOIN finding_life AS l ON l.finding_id = f.id AND l.to_at IS NULL
    LEFT JOIN mute AS m ON m.finding_id = f.id
    ORDER BY f.id";

impl Store {
    /// All findings that ever were, closed ones included, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn findings(&self) -> Result<Vec<StoredFinding>, StoreError> {
        let moment = self.connection.unchecked_transaction()?;
        let saved_at = saved_at(&moment)?;
        let mut statement = moment.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        let mut findings = Vec::new();
        while let Some(row) = rows.next()? {
            findings.push(finding(row, saved_at)?);
        }
        Ok(findings)
    }

    /// Saves these findings' forms and statuses in one transaction; findings that are not among them stay as they are,
    /// and what did not change costs no write.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing is saved.
    pub fn save_findings(&mut self, findings: &[StoredFinding], now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = saved_at(&transaction)?;
        if before != Some(now) {
            if let Some(before) = before {
                keep_last_seen(&transaction, findings, before, now)?;
            }
            transaction.execute(
                "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                params![SAVED_AT, now.as_millis()],
            )?;
        }
        for finding in findings {
            save(&transaction, finding, now)?;
        }
        Ok(transaction.commit()?)
    }

    /// Mutes a finding by hand. Its status follows when findings are next judged and saved.
    ///
    /// # Errors
    /// [`StoreError::UnknownFinding`] when there is none with this id.
    pub fn mute(&mut self, id: &str, mute: &Mute) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        require(&transaction, id)?;
        transaction.execute(
            "INSERT INTO mute (finding_id, reason, until, muted_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (finding_id) DO UPDATE SET reason = excluded.reason, until = excluded.until,
                 muted_at = excluded.muted_at",
            params![id, mute.reason, mute.until.as_millis(), mute.muted_at.as_millis()],
        )?;
        Ok(transaction.commit()?)
    }

    /// Takes a mute back. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError::UnknownFinding`] when there is no finding with this id.
    pub fn unmute(&mut self, id: &str) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        require(&transaction, id)?;
        let removed = transaction.execute("DELETE FROM mute WHERE finding_id = ?1", params![id])?;
        transaction.commit()?;
        Ok(removed > 0)
    }
}

fn saved_at(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut find = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(find.query_row(params![SAVED_AT], |row| row.get(0)).optional()?.map(Timestamp::from_millis))
}

/// "Whenever findings were last saved" is about to mean another time: what is not seen now keeps the earlier one.
fn keep_last_seen(
    transaction: &Transaction<'_>,
    findings: &[StoredFinding],
    before: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seen: std::collections::HashSet<&str> =
        findings.iter().filter(|finding| finding.last_seen == now).map(|finding| finding.id.as_str()).collect();
    let floating: Vec<String> = transaction
        .prepare_cached("SELECT id FROM finding WHERE last_seen IS NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut keep = transaction.prepare_cached("UPDATE finding SET last_seen = ?2 WHERE id = ?1")?;
    for id in floating.iter().filter(|id| !seen.contains(id.as_str())) {
        keep.execute(params![id, before.as_millis()])?;
    }
    Ok(())
}

fn save(transaction: &Transaction<'_>, stored: &StoredFinding, now: Timestamp) -> Result<(), StoreError> {
    let StoredFinding { finding, id, status, first_seen, last_seen, closed_at, mute: _ } = stored;
    let last_seen = (*last_seen != now).then(|| last_seen.as_millis());
    transaction
        .prepare_cached(
            "INSERT INTO finding (id, rule, subject, body, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, first_seen = excluded.first_seen,
                 last_seen = excluded.last_seen
             WHERE body <> excluded.body OR first_seen <> excluded.first_seen OR last_seen IS NOT excluded.last_seen",
        )?
        .execute(params![
            id,
            finding.rule,
            finding.subject.as_str(),
            serde_json::to_string(finding)?,
            first_seen.as_millis(),
            last_seen
        ])?;
    let since = match (status, closed_at) {
        (Status::Closed, Some(closed_at)) => *closed_at,
        _ => now,
    };
    let current: Option<String> = transaction
        .prepare_cached("SELECT status FROM finding_life WHERE finding_id = ?1 AND to_at IS NULL")?
        .query_row(params![id], |row| row.get(0))
        .optional()?;
    if current.as_deref() != Some(word(*status)) {
        transaction
            .prepare_cached("UPDATE finding_life SET to_at = ?2 WHERE finding_id = ?1 AND to_at IS NULL")?
            .execute(params![id, since.as_millis()])?;
        transaction
            .prepare_cached("INSERT INTO finding_life (finding_id, status, from_at) VALUES (?1, ?2, ?3)")?
            .execute(params![id, word(*status), since.as_millis()])?;
    }
    Ok(())
}

fn require(connection: &Connection, id: &str) -> Result<(), StoreError> {
    let mut find = connection.prepare_cached("SELECT 1 FROM finding WHERE id = ?1")?;
    if find.exists(params![id])? { Ok(()) } else { Err(StoreError::UnknownFinding(id.to_owned())) }
}

fn finding(row: &Row<'_>, saved_at: Option<Timestamp>) -> Result<StoredFinding, StoreError> {
    let time = |column: usize| row.get::<_, i64>(column).map(Timestamp::from_millis);
    let status = status(&row.get::<_, String>(4)?)?;
    let first_seen = time(2)?;
    let last_seen = match row.get::<_, Option<i64>>(3)? {
        Some(at) => Timestamp::from_millis(at),
        None => saved_at.unwrap_or(first_seen),
    };
    let mute = match row.get::<_, Option<String>>(6)? {
        Some(reason) => Some(Mute { reason, until: time(7)?, muted_at: time(8)? }),
        None => None,
    };
    Ok(StoredFinding {
        finding: serde_json::from_str(&row.get::<_, String>(1)?)?,
        id: row.get(0)?,
        status,
        first_seen,
        last_seen,
        closed_at: if status == Status::Closed { Some(time(5)?) } else { None },
        mute,
    })
}

/// The word that stands in the database.
fn word(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Muted => "muted",
        Status::Accepted => "accepted",
        Status::Closed => "closed",
    }
}

fn status(word: &str) -> Result<Status, StoreError> {
    match word {
        "open" => Ok(Status::Open),
        "muted" => Ok(Status::Muted),
        "accepted" => Ok(Status::Accepted),
        "closed" => Ok(Status::Closed),
        other => Err(StoreError::UnknownWord(other.to_owned())),
    }
}
