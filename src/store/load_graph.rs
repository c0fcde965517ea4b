//! A state, straight into a graph: the way of millions of rows.
//!
//! Three threads in a row: this one steps through SQLite and copies, the second reads the JSON bodies without copying
//! them again, the third hands them to the builder. Batches go through bounded channels, so memory does not grow with
//! the estate, and come out in the order in which they were read. What they say is the same as by [`Store::load`]; a test
//! compares.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::ScopedJoinHandle;

use rusqlite::Connection;
use whosekey_sdk::{Fact, Kind, Location, Timestamp};

use super::body::{EntityText, LinkText, LinkType, Text, UseFacts};
use super::load::{self, Life, Runs};
use super::load_coverage::{self, ScopeRow};
use super::{CACHE_KIB, Store, StoreError};
use crate::graph::{BuilderScope, EntityParts, Graph, GraphBuilder, LinkParts, Seen};

/// SQLite's page cache while a graph is loaded, in KiB.
const SMALL_CACHE_KIB: i64 = 8 * 1024;
/// Bytes of bodies in a batch.
const BATCH_BYTES: usize = 1 << 20;
/// Batches under way between two threads.
const BATCHES_AHEAD: usize = 4;

impl Store {
    /// The graph of the state as of a time, or of the latest. All of it is one moment's state, whatever is being scanned
    /// meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn graph(&self, as_of: Option<Timestamp>) -> Result<Graph, StoreError> {
        // Each page is read once: a large cache would only hold memory that the graph needs.
        self.connection.pragma_update(None, "cache_size", -SMALL_CACHE_KIB)?;
        let moment = self.connection.unchecked_transaction()?;
        let runs = Runs::as_of(&moment, as_of)?;
        let mut builder = GraphBuilder::new();
        let scopes = load_coverage::load(&moment, &runs, |coverage| builder.coverage(coverage))?;
        let known = Known {
            scopes: scopes.iter().map(|(id, scope)| (*id, builder.scope(&scope.source, &scope.name))).collect(),
            entity_types: load::entity_types(&moment)?,
            link_types: load::link_types(&moment)?,
        };
        builder.reserve(versions(&moment, "entity_version")?, versions(&moment, "link_version")?);
        let mut builder = std::thread::scope(|threads| {
            let (lines, reading) = sync_channel(BATCHES_AHEAD);
            let (texts, parsed) = sync_channel(BATCHES_AHEAD);
            let parser = threads.spawn(move || parse(&reading, &texts));
            let known = &known;
            let taker = threads.spawn(move || {
                parsed.into_iter().for_each(|texts| take(texts, known, &mut builder));
                builder
            });
            let read = read(&moment, &scopes, &runs, &lines);
            drop(lines);
            let (parsed, builder) = (join(parser), join(taker));
            read.and(parsed).map(|()| builder)
        })?;
        load::activities(&moment, &scopes, &runs, |row| builder.activity(&row.activity))?;
        moment.finish()?;
        self.connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        Ok(builder.build())
    }
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// At most so many versions there are: rows are never deleted.
fn versions(connection: &Connection, table: &str) -> Result<usize, StoreError> {
    let last: i64 = connection.query_row(&format!("SELECT ifnull(max(id), 0) FROM {table}"), [], |row| row.get(0))?;
    Ok(usize::try_from(last).expect("ids begin at one"))
}

/// What rows refer to.
struct Known {
    scopes: HashMap<i64, BuilderScope>,
    entity_types: HashMap<i64, (Kind, String)>,
    link_types: HashMap<i64, LinkType>,
}

/// Rows as they were read, their bodies one after the other in `bodies`, which end where `ends` says.
struct Lines<L> {
    bodies: String,
    lines: Vec<(L, usize)>,
}

struct EntityLine {
    scope_id: i64,
    type_id: i64,
    used: UseFacts,
    seen: Seen,
    disabled_since: Option<Timestamp>,
}

struct LinkLine {
    scope_id: i64,
    type_id: i64,
    first_seen: Timestamp,
    missing_since: Option<Timestamp>,
    gone_at: Option<Timestamp>,
}

enum Batch<E, L> {
    Entities(E),
    Links(L),
}

type Read = Batch<Lines<EntityLine>, Lines<LinkLine>>;
type Parsed = Batch<Texts<(EntityLine, EntityPlaces)>, Texts<(LinkLine, LinkPlaces)>>;

/// Steps through both tables. Ends early, and quietly, when nobody takes the rows any more: whoever stopped says why.
fn read(
    connection: &Connection,
    scopes: &HashMap<i64, ScopeRow>,
    runs: &Runs,
    to: &SyncSender<Read>,
) -> Result<(), StoreError> {
    let mut lines = Lines::new();
    load::each_row(connection, load::ENTITIES, runs.latest, |row| {
        let scope_id = row.get(0)?;
        let Life { first_seen, last_seen, missing_since, gone_at } = load::life(row, &scopes[&scope_id], runs)?;
        let line = EntityLine {
            scope_id,
            type_id: row.get(1)?,
            used: load::used(row, runs)?,
            seen: Seen { first_seen, last_seen, missing_since, gone_at },
            disabled_since: load::disabled_since(row, runs)?,
        };
        lines.push(line, load::text(row, 2)?, |lines| drop(to.send(Batch::Entities(lines))));
        Ok(())
    })?;
    drop(to.send(Batch::Entities(lines)));
    let mut lines = Lines::new();
    load::each_row(connection, load::LINKS, runs.latest, |row| {
        let scope_id = row.get(0)?;
        let Life { first_seen, missing_since, gone_at, .. } = load::life(row, &scopes[&scope_id], runs)?;
        let line = LinkLine { scope_id, type_id: row.get(1)?, first_seen, missing_since, gone_at };
        lines.push(line, load::text(row, 2)?, |lines| drop(to.send(Batch::Links(lines))));
        Ok(())
    })?;
    drop(to.send(Batch::Links(lines)));
    Ok(())
}

impl<L> Lines<L> {
    fn new() -> Self {
        Self { bodies: String::with_capacity(BATCH_BYTES), lines: Vec::new() }
    }

    /// Adds a row; a batch that is full goes to `send`.
    fn push(&mut self, line: L, body: &str, send: impl FnOnce(Self)) {
        self.bodies.push_str(body);
        self.lines.push((line, self.bodies.len()));
        if self.bodies.len() >= BATCH_BYTES {
            send(std::mem::replace(self, Self::new()));
        }
    }
}

/// Where a text stands in a batch's texts: from, to.
type Place = (u32, u32);

/// Rows whose texts are known by place.
struct Texts<L> {
    texts: String,
    aliases: Vec<Place>,
    lines: Vec<L>,
}

struct EntityPlaces {
    id: Place,
    name: Place,
    /// Where in [`Texts::aliases`] its own end.
    aliases_end: usize,
    created_at: Fact<Timestamp>,
    expires_at: Fact<Option<Timestamp>>,
    enabled: Fact<bool>,
    attributes: Place,
}

struct LinkPlaces {
    from: Place,
    to: Place,
    because: Place,
    location: Option<Box<Location>>,
    attributes: Place,
}

/// Reads the bodies, until there are no more or nobody takes them.
fn parse(from: &Receiver<Read>, to: &SyncSender<Parsed>) -> Result<(), StoreError> {
    for batch in from {
        let parsed = match batch {
            Batch::Entities(lines) => Batch::Entities(lines.parse(entity_places)?),
            Batch::Links(lines) => Batch::Links(lines.parse(link_places)?),
        };
        if to.send(parsed).is_err() {
            break;
        }
    }
    Ok(())
}

impl<L> Lines<L> {
    fn parse<P>(
        self,
        places: impl Fn(&str, &mut Places<'_>) -> Result<P, serde_json::Error>,
    ) -> Result<Texts<(L, P)>, StoreError> {
        let Self { bodies, lines } = self;
        let mut known = Places { bodies: &bodies, unescaped: String::new(), aliases: Vec::new() };
        let mut parsed = Vec::with_capacity(lines.len());
        let mut from = 0;
        for (line, until) in lines {
            parsed.push((line, places(&bodies[from..until], &mut known)?));
            from = until;
        }
        let Places { unescaped, aliases, .. } = known;
        let mut texts = bodies;
        texts.push_str(&unescaped);
        Ok(Texts { texts, aliases, lines: parsed })
    }
}

/// Finds the places of texts in a batch.
struct Places<'b> {
    bodies: &'b str,
    /// Texts that stand escaped in their bodies, which they come after.
    unescaped: String,
    aliases: Vec<Place>,
}

impl Places<'_> {
    fn of(&mut self, text: Text<'_>) -> Place {
        if text.0.is_empty() {
            // One that is left out stands nowhere.
            return (0, 0);
        }
        let from = match &text.0 {
            Cow::Borrowed(text) => text.as_ptr().addr() - self.bodies.as_ptr().addr(),
            Cow::Owned(text) => {
                let from = self.bodies.len() + self.unescaped.len();
                self.unescaped.push_str(text);
                from
            }
        };
        let place = |at: usize| u32::try_from(at).expect("a batch is far smaller");
        (place(from), place(from + text.0.len()))
    }
}

fn entity_places(body: &str, places: &mut Places<'_>) -> Result<EntityPlaces, serde_json::Error> {
    let EntityText { id, name, aliases, created_at, expires_at, enabled, attributes } = serde_json::from_str(body)?;
    for alias in aliases {
        let place = places.of(alias);
        places.aliases.push(place);
    }
    Ok(EntityPlaces {
        id: places.of(id),
        name: places.of(name),
        aliases_end: places.aliases.len(),
        created_at,
        expires_at,
        enabled,
        attributes: places
            .of(attributes.map_or_else(Text::default, |attributes| Text(Cow::Borrowed(attributes.get())))),
    })
}

fn link_places(body: &str, places: &mut Places<'_>) -> Result<LinkPlaces, serde_json::Error> {
    let LinkText { from, to, because, location, attributes } = serde_json::from_str(body)?;
    Ok(LinkPlaces {
        from: places.of(from),
        to: places.of(to),
        because: places.of(because),
        location: location.map(Box::new),
        attributes: places
            .of(attributes.map_or_else(Text::default, |attributes| Text(Cow::Borrowed(attributes.get())))),
    })
}

impl<L> Texts<L> {
    fn at(&self, (from, to): Place) -> &str {
        &self.texts[from as usize..to as usize]
    }
}

/// Hands a batch to the builder.
fn take(batch: Parsed, known: &Known, builder: &mut GraphBuilder) {
    match batch {
        Batch::Entities(texts) => {
            let mut aliases_from = 0;
            for (line, places) in &texts.lines {
                let (kind, type_name) = &known.entity_types[&line.type_id];
                let parts = EntityParts {
                    id: texts.at(places.id),
                    kind: *kind,
                    type_name,
                    name: texts.at(places.name),
                    created_at: places.created_at,
                    last_used_at: line.used.last_used_at,
                    use_tracked_since: line.used.use_tracked_since,
                    expires_at: places.expires_at,
                    enabled: places.enabled,
                    attributes: texts.at(places.attributes),
                    seen: line.seen,
                    disabled_since: line.disabled_since,
                };
                let aliases = texts.aliases[aliases_from..places.aliases_end].iter().map(|place| texts.at(*place));
                builder.entity_parts(known.scopes[&line.scope_id], &parts, aliases);
                aliases_from = places.aliases_end;
            }
        }
        Batch::Links(texts) => {
            for (line, places) in &texts.lines {
                let LinkType { kind, evidence, role, level } = known.link_types[&line.type_id];
                let parts = LinkParts {
                    from: texts.at(places.from),
                    kind,
                    to: texts.at(places.to),
                    evidence,
                    because: texts.at(places.because),
                    role,
                    level,
                    location: places.location.as_deref(),
                    attributes: texts.at(places.attributes),
                    first_seen: line.first_seen,
                    missing_since: line.missing_since,
                    gone_at: line.gone_at,
                };
                builder.link_parts(known.scopes[&line.scope_id], &parts);
            }
        }
    }
}
