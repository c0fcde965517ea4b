//! Findings and their life as it is stored. What a finding's status is to be, `analysis` decides; here it is kept, with
//! the times at which it changed.
//!
//! There may be hundreds of thousands. Their lives are read without their words, and words are made, compared and
//! dropped again some thousand at a time.

mod saving;

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params, params_from_iter};
use whosekey_sdk::Timestamp;

use super::{Store, StoreError};
use crate::analysis::lifecycle::{Form, Life, Mute, StoredFinding};
use crate::analysis::{Finding, FindingId, Found, Status};

const SAVED_AT: &str = "findings_saved_at";
/// The lives of findings, with the intervals that fit.
macro_rules! lives_sql {
    ($interval:literal) => {
        concat!(
            "SELECT f.id, f.first_seen, f.last_seen, l.status, l.from_at, m.reason, m.until, m.muted_at
             FROM finding AS f
             JOIN finding_life AS l ON l.finding_id = f.id AND ",
            $interval,
            " LEFT JOIN mute AS m ON m.finding_id = f.id
             ORDER BY f.id"
        )
    };
}
/// Apart from those of a time, for there is an index over the open intervals alone.
const LIVES: &str = lives_sql!("l.to_at IS NULL");
const LIVES_AS_OF: &str = lives_sql!("l.from_at <= ?1 AND (l.to_at IS NULL OR l.to_at > ?1)");

impl Store {
    /// Where all findings that ever were are in their lives, closed ones included, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn lives(&self) -> Result<Vec<Life>, StoreError> {
        self.lives_by(LIVES, &[])
    }

    fn lives_by(&self, sql: &str, at: &[i64]) -> Result<Vec<Life>, StoreError> {
        let moment = self.connection.unchecked_transaction()?;
        let saved_at = saved_at(&moment)?;
        let mut statement = moment.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(at))?;
        let mut lives = Vec::new();
        while let Some(row) = rows.next()? {
            lives.push(life(row, saved_at)?);
        }
        Ok(lives)
    }

    /// The forms of the findings with these ids, in this order.
    ///
    /// # Errors
    /// When the database cannot be read, or has no such finding.
    pub fn forms(&self, ids: &[FindingId]) -> Result<Vec<Finding>, StoreError> {
        let mut find = self.connection.prepare_cached("SELECT body FROM finding WHERE id = ?1")?;
        let form = |id: &FindingId| -> Result<Finding, StoreError> {
            let body = find.query_row(params![id.to_string()], |row| row.get::<_, String>(0)).optional()?;
            Ok(serde_json::from_str(&body.ok_or_else(|| StoreError::UnknownFinding(id.to_string()))?)?)
        };
        ids.iter().map(form).collect()
    }

    /// All findings with their lives and forms, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn findings(&self) -> Result<Vec<StoredFinding>, StoreError> {
        self.with_forms(self.lives()?)
    }

    /// The findings that there were at a time, by id, with the status that they had then. Their form is the latest, and
    /// so is their mute.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn findings_as_of(&self, at: Timestamp) -> Result<Vec<StoredFinding>, StoreError> {
        self.with_forms(self.lives_by(LIVES_AS_OF, &[at.as_millis()])?)
    }

    fn with_forms(&self, lives: Vec<Life>) -> Result<Vec<StoredFinding>, StoreError> {
        let ids: Vec<FindingId> = lives.iter().map(|life| life.id).collect();
        let forms = self.forms(&ids)?.into_iter().map(|finding| Form::Kept(Box::new(finding)));
        Ok(lives.into_iter().zip(forms).map(|(life, form)| StoredFinding { life, form }).collect())
    }

    /// Up to two ids of findings that begin like this: whether one does, and whether it is the only one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn findings_beginning(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT id FROM finding WHERE substr(id, 1, length(?1)) = ?1 AND id >= ?1 ORDER BY id LIMIT 2";
        let mut find = self.connection.prepare_cached(sql)?;
        let ids = find.query_map(params![prefix], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Saves these findings' forms and statuses in one transaction; findings that are not among them stay as they are,
    /// and what did not change costs no write. `in_words` says what the rules have found; it is called from several
    /// threads.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing is saved.
    pub fn save_findings(
        &mut self,
        findings: &[StoredFinding],
        in_words: impl Fn(&Found) -> Finding + Sync,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = saved_at(&transaction)?;
        if before != Some(now) {
            transaction.execute(
                "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                params![SAVED_AT, now.as_millis()],
            )?;
        }
        saving::save(&transaction, findings, in_words, before.filter(|before| *before != now), now)?;
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

fn require(connection: &Connection, id: &str) -> Result<(), StoreError> {
    let mut find = connection.prepare_cached("SELECT 1 FROM finding WHERE id = ?1")?;
    if find.exists(params![id])? { Ok(()) } else { Err(StoreError::UnknownFinding(id.to_owned())) }
}

fn life(row: &Row<'_>, saved_at: Option<Timestamp>) -> Result<Life, StoreError> {
    let time = |column: usize| row.get::<_, i64>(column).map(Timestamp::from_millis);
    let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    let id = FindingId::from_text(id).ok_or_else(|| StoreError::UnknownWord(id.to_owned()))?;
    let word = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
    let status = Status::from_word(word).ok_or_else(|| StoreError::UnknownWord(word.to_owned()))?;
    let first_seen = time(1)?;
    let last_seen = match row.get::<_, Option<i64>>(2)? {
        Some(at) => Timestamp::from_millis(at),
        None => saved_at.unwrap_or(first_seen),
    };
    let mute = match row.get::<_, Option<String>>(5)? {
        Some(reason) => Some(Box::new(Mute { reason, until: time(6)?, muted_at: time(7)? })),
        None => None,
    };
    let closed_at = if status == Status::Closed { Some(time(4)?) } else { None };
    Ok(Life { id, status, first_seen, last_seen, closed_at, mute })
}
