-- What schema/migrations add up to. Generated; a test compares. Times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE run (
    -- One scan. Its time is the clock that the scan was given; everything that a scan writes is dated by it.
    id INTEGER PRIMARY KEY,            -- rises with every scan; also the fence that refuses an overtaken writer
    started_at INTEGER NOT NULL,       -- the time of the scan
    finished_at INTEGER,               -- when its last scope ended; NULL while it runs, and for ever after a crash
    confirm_absence INTEGER NOT NULL,  -- complete scans in a row that must miss a thing before it is gone
    CONSTRAINT run_confirms_at_least_once CHECK (confirm_absence >= 1)
) STRICT;

CREATE TABLE source (
    -- One configured connector instance. A source that leaves the configuration stays, and so does what it showed.
    id INTEGER PRIMARY KEY,                       -- interned
    name TEXT NOT NULL,                           -- the name in the configuration
    connector TEXT NOT NULL,                      -- the connector's name, as of the latest scan
    CONSTRAINT source_name_once UNIQUE (name)
) STRICT;

CREATE TABLE scope (
    -- One listing of one source that is seen whole or not. The list of a source's scopes is the scope named `*`.
    id INTEGER PRIMARY KEY,                       -- interned
    source_id INTEGER NOT NULL REFERENCES source (id), -- whose listing
    name TEXT NOT NULL,                           -- unique within the source, stable from scan to scan
    covers TEXT NOT NULL,                         -- JSON array: prefixes of which this scope is the listing
    first_run INTEGER NOT NULL REFERENCES run (id), -- the first scan that knew it
    missed_lists INTEGER NOT NULL DEFAULT 0,      -- complete lists of scopes, in a row, that did not have it
    gone_run INTEGER REFERENCES run (id),         -- the scan whose list confirmed that it is gone; NULL while it exists
    CONSTRAINT scope_name_once UNIQUE (source_id, name),
    CONSTRAINT scope_covers_is_json CHECK (json_valid(covers)),
    CONSTRAINT scope_missed_lists_counts CHECK (missed_lists >= 0)
) STRICT;

CREATE TABLE scope_attempt (
    -- The coverage ledger: every attempt at every scope. The one thing that a scan of an unchanged estate writes.
    id INTEGER PRIMARY KEY,                       -- in order of application
    scope_id INTEGER NOT NULL REFERENCES scope (id), -- which scope
    run_id INTEGER NOT NULL REFERENCES run (id),  -- in which scan
    outcome TEXT NOT NULL,                        -- complete, partial or failed
    records INTEGER NOT NULL,                     -- records received
    requests INTEGER NOT NULL,                    -- requests sent to the platform
    started_at INTEGER NOT NULL,                  -- when it began
    finished_at INTEGER NOT NULL,                 -- when it ended
    issues TEXT NOT NULL,                         -- JSON array of what the world did to it
    suspect INTEGER NOT NULL,                     -- 1: complete, but missed so much that nothing was closed
    opened INTEGER NOT NULL,                      -- versions of entities and links opened for things not there before
    changed INTEGER NOT NULL,                     -- versions closed and reopened because their content changed
    missing INTEGER NOT NULL,                     -- entities and links that this attempt was the first to miss
    closed INTEGER NOT NULL,                      -- entities and links that this attempt confirmed as gone
    CONSTRAINT scope_attempt_outcome_is_known CHECK (outcome IN ('complete', 'partial', 'failed')),
    CONSTRAINT scope_attempt_issues_is_json CHECK (json_valid(issues)),
    CONSTRAINT scope_attempt_suspect_is_flag CHECK (suspect IN (0, 1)),
    CONSTRAINT scope_attempt_only_complete_misses CHECK (outcome = 'complete' OR (missing = 0 AND closed = 0)),
    CONSTRAINT scope_attempt_suspect_closes_nothing CHECK (suspect = 0 OR closed = 0)
) STRICT;

CREATE INDEX scope_attempt_by_scope ON scope_attempt (scope_id, run_id);

CREATE INDEX scope_attempt_complete ON scope_attempt (scope_id, run_id) WHERE outcome = 'complete';

CREATE TABLE entity_type (
    -- Kinds and types of entities, interned.
    id INTEGER PRIMARY KEY, -- interned
    kind TEXT NOT NULL,     -- identity, credential, agent, workload, owner or resource
    name TEXT NOT NULL,     -- the platform's kind of thing, such as aws.iam-user
    CONSTRAINT entity_type_once UNIQUE (kind, name)
) STRICT;

CREATE TABLE link_type (
    -- What links say and how they are known, interned.
    id INTEGER PRIMARY KEY, -- interned
    kind TEXT NOT NULL,     -- what the link says, such as runs_as
    evidence TEXT NOT NULL, -- proven, observed, declared or inferred
    role TEXT,              -- for owned_by: what the owner is
    level TEXT              -- for can_access: what it lets do
) STRICT;

CREATE UNIQUE INDEX link_type_once ON link_type (kind, evidence, ifnull(role, ''), ifnull(level, ''));

CREATE TABLE entity_version (
    -- What one scope of one source showed of one entity, from run to run. Log and current state are the same rows.
    id INTEGER PRIMARY KEY,                       -- the version
    scope_id INTEGER NOT NULL REFERENCES scope (id), -- which scope showed it
    key BLOB NOT NULL,                            -- digest of the entity's id; the same in every scope
    hash BLOB NOT NULL,                           -- digest of the content without its use facts
    from_run INTEGER NOT NULL REFERENCES run (id), -- the first scan that showed this content
    to_run INTEGER REFERENCES run (id),           -- the first scan in which it no longer held; NULL while current
    ended TEXT,                                   -- why it ended: changed, gone, scope_gone; NULL while current
    first_run INTEGER NOT NULL,                   -- the first scan that ever showed the entity in this scope
    disabled_run INTEGER,                         -- the first of the unbroken row of scans that showed it switched off
    type_id INTEGER NOT NULL REFERENCES entity_type (id), -- kind and type
    last_used_at INTEGER,                         -- as this version opened: NULL not exposed, -2^63 denied, 2^63-1 known never
    use_tracked_since INTEGER,                    -- as this version opened: NULL not exposed, -2^63 denied
    body TEXT NOT NULL,                           -- JSON: id, name, aliases, other facts, attributes
    CONSTRAINT entity_version_key_is_digest CHECK (length(key) = 16),
    CONSTRAINT entity_version_hash_is_digest CHECK (length(hash) = 16),
    CONSTRAINT entity_version_interval CHECK (to_run >= from_run),
    CONSTRAINT entity_version_ends_for_a_reason CHECK ((to_run IS NULL) = (ended IS NULL)),
    -- Not IN (…): SQLite builds its list anew for each row, which doubles the cost of an insertion.
    CONSTRAINT entity_version_ended_is_known CHECK (ended = 'changed' OR ended = 'gone' OR ended = 'scope_gone')
) STRICT;

CREATE UNIQUE INDEX entity_version_current ON entity_version (scope_id, key) WHERE to_run IS NULL;

CREATE INDEX entity_version_closed ON entity_version (scope_id, key, to_run) WHERE to_run IS NOT NULL;

CREATE TABLE link_version (
    -- What one scope of one source showed of one link, from run to run.
    id INTEGER PRIMARY KEY,                       -- the version
    scope_id INTEGER NOT NULL REFERENCES scope (id), -- which scope showed it
    key BLOB NOT NULL,                            -- digest of ends, kind, role, level, because and place
    hash BLOB NOT NULL,                           -- digest of the content
    from_run INTEGER NOT NULL REFERENCES run (id), -- the first scan that showed this content
    to_run INTEGER REFERENCES run (id),           -- the first scan in which it no longer held; NULL while current
    ended TEXT,                                   -- why it ended: changed, gone, scope_gone; NULL while current
    first_run INTEGER NOT NULL,                   -- the first scan that ever showed the link in this scope
    type_id INTEGER NOT NULL REFERENCES link_type (id), -- kind, evidence, role, level
    body TEXT NOT NULL,                           -- JSON: ends, because, location, attributes
    CONSTRAINT link_version_key_is_digest CHECK (length(key) = 16),
    CONSTRAINT link_version_hash_is_digest CHECK (length(hash) = 16),
    CONSTRAINT link_version_interval CHECK (to_run >= from_run),
    CONSTRAINT link_version_ends_for_a_reason CHECK ((to_run IS NULL) = (ended IS NULL)),
    -- Not IN (…): SQLite builds its list anew for each row, which doubles the cost of an insertion.
    CONSTRAINT link_version_ended_is_known CHECK (ended = 'changed' OR ended = 'gone' OR ended = 'scope_gone')
) STRICT;

CREATE UNIQUE INDEX link_version_current ON link_version (scope_id, key) WHERE to_run IS NULL;

CREATE INDEX link_version_closed ON link_version (scope_id, key, to_run) WHERE to_run IS NOT NULL;

CREATE TABLE entity_absence (
    -- Versions that a complete scan missed. Narrow, so that marking a large entity rewrites nothing of it.
    version_id INTEGER PRIMARY KEY REFERENCES entity_version (id), -- which version
    missed INTEGER NOT NULL,     -- complete scans in a row that missed it; 0 once it was seen again
    missing_run INTEGER,         -- the first of them; NULL once it was seen again
    seen_run INTEGER NOT NULL,   -- the last scan known to have shown it
    CONSTRAINT entity_absence_missed_since CHECK ((missed = 0) = (missing_run IS NULL))
) STRICT;

CREATE TABLE link_absence (
    -- Versions of links that a complete scan missed.
    version_id INTEGER PRIMARY KEY REFERENCES link_version (id), -- which version
    missed INTEGER NOT NULL,     -- complete scans in a row that missed it; 0 once it was seen again
    missing_run INTEGER,         -- the first of them; NULL once it was seen again
    seen_run INTEGER NOT NULL,   -- the last scan known to have shown it
    CONSTRAINT link_absence_missed_since CHECK ((missed = 0) = (missing_run IS NULL))
) STRICT;

CREATE TABLE entity_use (
    -- The use facts of a version after they moved. Outside the version, so that use alone opens no new one.
    version_id INTEGER PRIMARY KEY REFERENCES entity_version (id), -- which version
    last_used_at INTEGER,        -- NULL not exposed, -2^63 denied, 2^63-1 known never
    use_tracked_since INTEGER,   -- NULL not exposed, -2^63 denied
    moved_run INTEGER NOT NULL   -- the scan that moved them last
) STRICT;

CREATE TABLE activity (
    -- Use that a scope saw of something that it does not list, such as an audit log's. Never closed: a use stays true.
    scope_id INTEGER NOT NULL REFERENCES scope (id), -- which scope saw it
    subject TEXT NOT NULL,       -- what was used: an id or an alias
    last_used_at INTEGER,        -- the latest use that it saw; NULL: none since tracked_since
    tracked_since INTEGER,       -- since when it would have seen use; NULL: not known
    because TEXT NOT NULL,       -- what it was used for
    moved_run INTEGER NOT NULL,  -- the scan that changed this row last
    CONSTRAINT activity_once PRIMARY KEY (scope_id, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
    -- What a rule concluded about a subject, in its latest form.
    id TEXT PRIMARY KEY,         -- depends on rule and subject alone
    rule TEXT NOT NULL,          -- the rule's id
    subject TEXT NOT NULL,       -- the entity it is about
    body TEXT NOT NULL,          -- JSON of the finding
    first_seen INTEGER NOT NULL, -- when it was first concluded
    last_seen INTEGER,           -- when it was last concluded; NULL: whenever findings were last saved
    CONSTRAINT finding_body_is_json CHECK (json_valid(body))
) STRICT;

CREATE TABLE finding_life (
    -- A finding's statuses, from time to time; the open interval is its status now.
    id INTEGER PRIMARY KEY,                          -- the interval
    finding_id TEXT NOT NULL REFERENCES finding (id), -- whose status
    status TEXT NOT NULL,                            -- open, muted, accepted or closed
    from_at INTEGER NOT NULL,                        -- since when
    to_at INTEGER,                                   -- until when; NULL: now
    CONSTRAINT finding_life_status_is_known CHECK (status IN ('open', 'muted', 'accepted', 'closed'))
) STRICT;

CREATE UNIQUE INDEX finding_life_current ON finding_life (finding_id) WHERE to_at IS NULL;

CREATE TABLE mute (
    -- Findings that somebody muted by hand. Kept apart from the finding: a mute outlives the finding's closing.
    finding_id TEXT PRIMARY KEY, -- which finding
    reason TEXT NOT NULL,        -- why
    until INTEGER NOT NULL,      -- until when
    muted_at INTEGER NOT NULL,   -- since when
    CONSTRAINT mute_has_a_reason CHECK (reason <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    -- Single values.
    name TEXT PRIMARY KEY,  -- findings_saved_at: when findings were last saved
    value INTEGER NOT NULL  -- the value
) STRICT, WITHOUT ROWID;

CREATE VIEW entity_current AS
    -- The current state: what the latest scans showed, missing things included until they are gone.
    SELECT
        v.id AS version_id, s.name AS source, c.name AS scope, t.kind, t.name AS type,
        v.body ->> '$.id' AS id, v.body ->> '$.name' AS name,
        f.started_at AS first_seen, m.started_at AS missing_since, v.body
    FROM entity_version AS v
    JOIN scope AS c ON c.id = v.scope_id
    JOIN source AS s ON s.id = c.source_id
    JOIN entity_type AS t ON t.id = v.type_id
    JOIN run AS f ON f.id = v.first_run
    LEFT JOIN entity_absence AS a ON a.version_id = v.id
    LEFT JOIN run AS m ON m.id = a.missing_run
    WHERE v.to_run IS NULL;

CREATE VIEW link_current AS
    -- The current links, missing ones included until they are gone.
    SELECT
        v.id AS version_id, s.name AS source, c.name AS scope, v.body ->> '$.from' AS "from", t.kind,
        v.body ->> '$.to' AS "to", t.evidence, t.role, t.level,
        f.started_at AS first_seen, m.started_at AS missing_since, v.body
    FROM link_version AS v
    JOIN scope AS c ON c.id = v.scope_id
    JOIN source AS s ON s.id = c.source_id
    JOIN link_type AS t ON t.id = v.type_id
    JOIN run AS f ON f.id = v.first_run
    LEFT JOIN link_absence AS a ON a.version_id = v.id
    LEFT JOIN run AS m ON m.id = a.missing_run
    WHERE v.to_run IS NULL;

CREATE TABLE scope_memory (
    -- What the latest attempt at a scope asked to be told at the next, so as to ask the platform less. Never evidence.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id), -- whose
    run_id INTEGER NOT NULL REFERENCES run (id),        -- the scan that left it
    body BLOB NOT NULL                                  -- the connector's own form: validators and what they stood for
) STRICT;

CREATE TABLE forgetting_scope (
    -- A scope whose source forgets: what it showed stands until it has expired, or what it is about is gone.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id) -- which scope
) STRICT;

CREATE INDEX entity_version_gone ON entity_version (key) WHERE ended = 'gone' OR ended = 'scope_gone';

CREATE TABLE scope_imprint (
    -- How a scope was last shown, while it is as it was shown then, whole. Who shows the same again changes nothing.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id), -- which scope
    pages BLOB,  -- how many entities and links, then a digest of each page; NULL where a thing was shown twice
    digest BLOB, -- of all that was shown, where its carrier could tell; NULL else
    CONSTRAINT scope_imprint_says_something CHECK (pages IS NOT NULL OR digest IS NOT NULL)
) STRICT;

CREATE TABLE scope_settings (
    -- The settings that choose a source's scopes, as they were when a list last had this one.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id), -- which scope
    digest BLOB NOT NULL,                         -- of those settings
    left_out_run INTEGER REFERENCES run (id),     -- the first scan whose settings left it out; NULL while they do not
    CONSTRAINT scope_settings_digest_is_digest CHECK (length(digest) = 32)
) STRICT;
