//! One scan's way into the database.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Transaction, TransactionBehavior, params};
use whosekey_sdk::{Attempt, Record, Scope, Timestamp};

use super::absence::Silence;
use super::apply::{self, Applied, Terms};
use super::left_out::Settings;
use super::stage::Stage;
use super::{BUSY_TIMEOUT, Store, StoreError, before, coverage, memory};

/// Writes one scan. Pages of many scopes may come interleaved; each scope is applied as a whole when it ends. Dropping
/// the writer, or the process, in mid-scan loses the scopes that had not ended and nothing else.
#[derive(Debug)]
pub struct Writer<'s> {
    store: &'s mut Store,
    run_id: i64,
    confirm_absence: u32,
    sources: HashMap<String, Source>,
    latest: Timestamp,
    #[cfg(test)]
    pub(super) believe_every_silence: bool,
}

#[derive(Debug)]
struct Source {
    id: i64,
    settings: Settings,
    stages: HashMap<String, Stage>,
    listed: HashMap<String, Scope>,
    memories: HashMap<String, Vec<u8>>,
    digests: HashMap<String, [u8; 32]>,
}

impl Store {
    /// Begins a scan of these sources, `(name, connector)`, at the time `now`, which dates everything that it writes.
    /// `confirm_absence` is how many complete scans in a row must miss a thing before it is gone; 0 counts as 1. The
    /// caller holds the [`super::ScanLock`].
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn begin_run<N: AsRef<str>, C: AsRef<str>>(
        &mut self,
        now: Timestamp,
        sources: &[(N, C)],
        confirm_absence: u32,
    ) -> Result<Writer<'_>, StoreError> {
        let confirm_absence = confirm_absence.max(1);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO run (started_at, confirm_absence) VALUES (?1, ?2)",
            params![now.as_millis(), confirm_absence],
        )?;
        let run_id = transaction.last_insert_rowid();
        let mut known = HashMap::new();
        for (name, connector) in sources {
            let id = coverage::source(&transaction, name.as_ref(), connector.as_ref())?;
            let (stages, listed, memories, digests) = Default::default();
            let source = Source { id, settings: Settings::default(), stages, listed, memories, digests };
            known.insert(name.as_ref().to_owned(), source);
        }
        transaction.commit()?;
        Ok(Writer {
            store: self,
            run_id,
            confirm_absence,
            sources: known,
            latest: now,
            #[cfg(test)]
            believe_every_silence: false,
        })
    }
}

impl Writer<'_> {
    /// Notes the digest of the settings that choose a source's scopes. A scope that a list under other settings lacks is
    /// left out, and not gone.
    ///
    /// # Errors
    /// When the source was not announced.
    pub fn source_settings(&mut self, source: &str, digest: [u8; 32]) -> Result<(), StoreError> {
        find(&mut self.sources, source)?.settings = digest;
        Ok(())
    }

    /// Applies a source's list of scopes: the attempt at its scope `*`. A scope that enough complete lists in a row did
    /// not have is gone, with everything in it. In the result, the entities are scopes.
    ///
    /// # Errors
    /// When the source was not announced, or the database cannot be written.
    pub fn source_listed(&mut self, source: &str, scopes: &[Scope], attempt: &Attempt) -> Result<Applied, StoreError> {
        #[cfg(test)]
        let attempt = &self.believed(attempt);
        let silence = Silence::of(attempt.outcome);
        self.latest = self.latest.max(attempt.finished_at);
        let state = find(&mut self.sources, source)?;
        state.listed.extend(scopes.iter().map(|scope| (scope.name.clone(), scope.clone())));
        let transaction = fenced(self.store, self.run_id)?;
        let scope_id = coverage::scope(&transaction, state.id, coverage::LIST, None, self.run_id)?;
        let terms = Terms { run_id: self.run_id, scope_id, confirm_absence: self.confirm_absence, silence };
        let applied = coverage::list(&transaction, state.id, scopes, &state.settings, attempt, terms)?;
        transaction.commit()?;
        // What waits for a scope was compared with rows that may just have been closed. A gone scope that is being
        // collected all the same is compared anew.
        if applied.entities.closed > 0 {
            state.stages.retain(|name, _| scopes.iter().any(|scope| scope.name == *name));
        }
        Ok(applied)
    }

    /// Announces a scope that may not have been listed, and what is to be known of it.
    ///
    /// # Errors
    /// When the source was not announced.
    pub fn scope_started(&mut self, source: &str, scope: &Scope) -> Result<(), StoreError> {
        let state = find(&mut self.sources, source)?;
        state.listed.insert(scope.name.clone(), scope.clone());
        Ok(())
    }

    /// Takes a page of a scope. Nothing is written until the scope ends.
    ///
    /// # Errors
    /// When the source was not announced, or what is stored cannot be read.
    pub fn page(&mut self, source: &str, scope: &str, records: &[Record]) -> Result<(), StoreError> {
        let state = find(&mut self.sources, source)?;
        if !state.stages.contains_key(scope) {
            let stage = load(self.store, state.id, scope)?;
            state.stages.insert(scope.to_owned(), stage);
        }
        let stage = state.stages.get_mut(scope).expect("it was just made where it was not there");
        stage.page(&self.store.connection, records)
    }

    /// Notes the digest of all that a scope shows, by its carrier. Where it is seen whole, whoever shows it again under this
    /// digest shows nothing new; see [`Store::before`].
    ///
    /// # Errors
    /// When the source was not announced.
    pub fn scope_digest(&mut self, source: &str, scope: &str, digest: [u8; 32]) -> Result<(), StoreError> {
        find(&mut self.sources, source)?.digests.insert(scope.to_owned(), digest);
        Ok(())
    }

    /// Notes a complete attempt at a scope that is as it was by [`Store::before`], and was not shown again.
    ///
    /// # Errors
    /// As [`finish_scope`](Self::finish_scope), and when it is not as it was.
    pub fn finish_unchanged(
        &mut self,
        source: &str,
        scope: &str,
        attempt: &Attempt,
        digest: [u8; 32],
    ) -> Result<Applied, StoreError> {
        self.latest = self.latest.max(attempt.finished_at);
        let state = find(&mut self.sources, source)?;
        let listed = state.listed.get(scope);
        let remembered = state.memories.remove(scope);
        let transaction = fenced(self.store, self.run_id)?;
        if before::of_scope(&transaction, state.id, scope)? != Some(digest) {
            return Err(StoreError::NotAsBefore { scope: scope.to_owned() });
        }
        let scope_id = coverage::scope(&transaction, state.id, scope, listed, self.run_id)?;
        coverage::unretire(&transaction, scope_id)?;
        let applied = Applied::default();
        coverage::note_attempt(&transaction, scope_id, self.run_id, attempt, &applied)?;
        if let Some(body) = remembered {
            memory::remember(&transaction, scope_id, self.run_id, &body)?;
        }
        transaction.commit()?;
        Ok(applied)
    }

    /// Keeps, with the scope when it ends, what its connector wants to be told at the next attempt.
    ///
    /// # Errors
    /// When the source was not announced.
    pub fn remember(&mut self, source: &str, scope: &str, body: Vec<u8>) -> Result<(), StoreError> {
        find(&mut self.sources, source)?.memories.insert(scope.to_owned(), body);
        Ok(())
    }

    /// Applies a scope that ended, whatever its outcome, in one transaction. What it showed is opened and updated; what
    /// it did not show is missed only by a complete attempt.
    ///
    /// # Errors
    /// When the source was not announced, a newer scan has begun, or the database cannot be written; then nothing of the
    /// scope is applied.
    pub fn finish_scope(&mut self, source: &str, scope: &str, attempt: &Attempt) -> Result<Applied, StoreError> {
        #[cfg(test)]
        let attempt = &self.believed(attempt);
        let silence = Silence::of(attempt.outcome);
        self.latest = self.latest.max(attempt.finished_at);
        let state = find(&mut self.sources, source)?;
        let mut stage = match state.stages.remove(scope) {
            Some(stage) => stage,
            None => load(self.store, state.id, scope)?,
        };
        let as_before = stage.end(&self.store.connection, attempt.outcome)?;
        let digest = state.digests.remove(scope);
        let remembered = state.memories.remove(scope);
        let (source_id, listed) = (state.id, state.listed.get(scope));
        let (run_id, confirm_absence) = (self.run_id, self.confirm_absence);
        let is_filling = self.store.begin_filling(stage.bytes_of_new_scope())?;
        let apply = || {
            let transaction = fenced(self.store, run_id)?;
            let scope_id = coverage::scope(&transaction, source_id, scope, listed, run_id)?;
            let silence = if coverage::forgets(&transaction, scope_id)? { silence.of_a_log() } else { silence };
            let terms = Terms { run_id, scope_id, confirm_absence, silence };
            let applied = apply::scope(&transaction, stage, as_before, attempt, terms, digest)?;
            if let Some(body) = remembered {
                memory::remember(&transaction, scope_id, run_id, &body)?;
            }
            transaction.commit()?;
            Ok(applied)
        };
        let applied = apply();
        if is_filling {
            // What went wrong first is what is told.
            let ended = self.store.end_filling();
            return applied.and_then(|applied| ended.map(|()| applied));
        }
        applied
    }

    /// Ends the scan in good order, and gives the write-ahead log's room back if no reader needs it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn finish(self) -> Result<(), StoreError> {
        let transaction = fenced(self.store, self.run_id)?;
        memory::forget_gone(&transaction)?;
        transaction
            .execute("UPDATE run SET finished_at = ?2 WHERE id = ?1", params![self.run_id, self.latest.as_millis()])?;
        transaction.commit()?;
        // What comes now is judging, which reads each page once and needs the memory.
        self.store.connection.release_memory()?;
        // Not worth waiting for: while a reader needs the log, it stays, and the next scan cuts it back.
        let connection = &self.store.connection;
        connection.busy_timeout(Duration::ZERO)?;
        let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        connection.busy_timeout(BUSY_TIMEOUT)?;
        match checkpoint {
            Ok(0) => {}
            Ok(_) => tracing::debug!("the write-ahead log is kept for now: a reader is using it"),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be folded into the database"),
        }
        Ok(())
    }

    /// The model test proves its worth by failing when every attempt is taken for a complete one.
    #[cfg(test)]
    fn believed(&self, attempt: &Attempt) -> Attempt {
        let mut attempt = attempt.clone();
        if self.believe_every_silence {
            attempt.outcome = whosekey_sdk::Outcome::Complete;
        }
        attempt
    }
}

fn find<'m>(sources: &'m mut HashMap<String, Source>, name: &str) -> Result<&'m mut Source, StoreError> {
    sources.get_mut(name).ok_or_else(|| StoreError::UnknownSource(name.to_owned()))
}

fn load(store: &Store, source_id: i64, scope: &str) -> Result<Stage, StoreError> {
    let connection = &store.connection;
    let scope_id = coverage::find_scope(connection, source_id, scope)?;
    let last_complete = match scope_id {
        Some(scope_id) => coverage::last_complete_at(connection, scope_id)?,
        None => None,
    };
    Stage::load(connection, scope_id, last_complete, store.path.parent().unwrap_or(Path::new("/")))
}

/// A transaction of this run, as long as no newer one has begun: a writer that lost its lock, or never had it, must not
/// write what it compared with rows that are no longer the current ones.
fn fenced(store: &mut Store, run_id: i64) -> Result<Transaction<'_>, StoreError> {
    let transaction = store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let newest: i64 = transaction.query_row("SELECT max(id) FROM run", [], |row| row.get(0))?;
    if newest != run_id {
        return Err(StoreError::Superseded { ours: run_id, newer: newest });
    }
    Ok(transaction)
}
