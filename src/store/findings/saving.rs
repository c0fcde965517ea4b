//! Findings on their way into the database: what is to stand there is compared with what does, and only the difference is
//! written.
//!
//! Both sides are walked in the order of the ids, some thousand at a time, so neither is ever held whole.

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use rusqlite::{Transaction, params};
use whosekey_sdk::Timestamp;

use crate::analysis::lifecycle::{Form, Life, StoredFinding};
use crate::analysis::{Finding, Found, Status};
use crate::store::StoreError;

/// Findings whose words are held at once.
const AT_ONCE: usize = 4096;
/// After every id: those are hexadecimal.
const AFTER_ALL: &str = "g";

/// Saves all findings. `before` is when findings were last saved, if that was at another time than `now`.
pub(super) fn save(
    transaction: &Transaction<'_>,
    findings: &[StoredFinding],
    in_words: impl Fn(&Found) -> Finding + Sync,
    before: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut order: Vec<&StoredFinding> = findings.iter().collect();
    order.sort_by_key(|stored| stored.life.id);
    // Who makes two names with one id hides one of two things that are theirs; it shall not stop a scan.
    order.dedup_by_key(|stored| stored.life.id);
    let mut from = String::new();
    for chunk in order.chunks(AT_ONCE) {
        let row = |stored: &&StoredFinding| match &stored.form {
            Form::Found(found) => Wanted::of(&stored.life, in_words(found), now),
            Form::Kept(finding) => Wanted::of(&stored.life, finding.as_ref().clone(), now),
        };
        let rows: Vec<Wanted> = chunk.par_iter().map(row).collect::<Result<_, _>>()?;
        let until = rows.last().expect("a chunk has an element").id.clone();
        write(transaction, &compare(transaction, &rows, (&from, &until), before)?)?;
        from = until;
    }
    write(transaction, &compare(transaction, &[], (&from, AFTER_ALL), before)?)
}

/// A finding as it is to stand in the database.
struct Wanted {
    id: String,
    rule: String,
    subject: String,
    body: String,
    first_seen: i64,
    /// `None`: whenever findings were last saved, which is now.
    last_seen: Option<i64>,
    status: Status,
    /// Since when it has its status, if it had another.
    since: i64,
}

impl Wanted {
    fn of(life: &Life, finding: Finding, now: Timestamp) -> Result<Self, serde_json::Error> {
        let Life { id, status, first_seen, last_seen, closed_at, mute: _ } = life;
        let since = closed_at.filter(|_| *status == Status::Closed).unwrap_or(now);
        Ok(Self {
            id: id.to_string(),
            body: serde_json::to_string(&finding)?,
            rule: finding.rule,
            subject: finding.subject.to_string(),
            first_seen: first_seen.as_millis(),
            last_seen: (*last_seen != now).then(|| last_seen.as_millis()),
            status: *status,
            since: since.as_millis(),
        })
    }
}

/// What is to be written.
enum Step<'w> {
    Insert(&'w Wanted),
    Update(&'w Wanted),
    /// Its status is another one from now on.
    Turn(&'w Wanted),
    /// "Whenever findings were last saved" is about to mean another time: what is not seen now keeps the earlier one.
    KeepLastSeen {
        id: String,
        last_seen: Timestamp,
    },
}

/// Compares the rows of a stretch of ids, from one (exclusive) to another (inclusive), with those that are stored.
fn compare<'w>(
    transaction: &Transaction<'_>,
    wanted: &'w [Wanted],
    (from, until): (&str, &str),
    before: Option<Timestamp>,
) -> Result<Vec<Step<'w>>, StoreError> {
    let mut stored = transaction.prepare_cached(
        "SELECT f.id, f.body, f.first_seen, f.last_seen, l.status
         FROM finding AS f LEFT JOIN finding_life AS l ON l.finding_id = f.id AND l.to_at IS NULL
         WHERE f.id > ?1 AND f.id <= ?2 ORDER BY f.id",
    )?;
    let mut rows = stored.query(params![from, until])?;
    let mut steps = Vec::new();
    let mut wanted = wanted.iter().peekable();
    while let Some(row) = rows.next()? {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let id = text(0)?;
        while let Some(new) = wanted.next_if(|new| new.id.as_str() < id) {
            steps.extend([Step::Insert(new), Step::Turn(new)]);
        }
        let last_seen: Option<i64> = row.get(3)?;
        match wanted.next_if(|known| known.id == id) {
            Some(known) => {
                if (known.first_seen, known.last_seen) != (row.get(2)?, last_seen) || known.body != text(1)? {
                    steps.push(Step::Update(known));
                }
                if row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)? != Some(known.status.as_str()) {
                    steps.push(Step::Turn(known));
                }
            }
            None => {
                let floating = before.filter(|_| last_seen.is_none());
                steps.extend(floating.map(|last_seen| Step::KeepLastSeen { id: id.to_owned(), last_seen }));
            }
        }
    }
    steps.extend(wanted.flat_map(|new| [Step::Insert(new), Step::Turn(new)]));
    Ok(steps)
}

fn write(transaction: &Transaction<'_>, steps: &[Step<'_>]) -> Result<(), StoreError> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO finding (id, rule, subject, body, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut update =
        transaction.prepare_cached("UPDATE finding SET body = ?2, first_seen = ?3, last_seen = ?4 WHERE id = ?1")?;
    let mut keep = transaction.prepare_cached("UPDATE finding SET last_seen = ?2 WHERE id = ?1")?;
    let mut end =
        transaction.prepare_cached("UPDATE finding_life SET to_at = ?2 WHERE finding_id = ?1 AND to_at IS NULL")?;
    let mut begin =
        transaction.prepare_cached("INSERT INTO finding_life (finding_id, status, from_at) VALUES (?1, ?2, ?3)")?;
    for step in steps {
        match step {
            Step::Insert(Wanted { id, rule, subject, body, first_seen, last_seen, .. }) => {
                insert.execute(params![id, rule, subject, body, first_seen, last_seen])?;
            }
            Step::Update(Wanted { id, body, first_seen, last_seen, .. }) => {
                update.execute(params![id, body, first_seen, last_seen])?;
            }
            Step::Turn(Wanted { id, status, since, .. }) => {
                end.execute(params![id, since])?;
                begin.execute(params![id, status.as_str(), since])?;
            }
            Step::KeepLastSeen { id, last_seen } => {
                keep.execute(params![id, last_seen.as_millis()])?;
            }
        }
    }
    Ok(())
}
