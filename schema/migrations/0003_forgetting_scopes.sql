-- Scopes that are logs with a window: their silence ends nothing.

CREATE TABLE forgetting_scope (
    -- A scope whose source forgets: what it showed stands until it has expired, or what it is about is gone.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id) -- which scope
) STRICT;

CREATE INDEX entity_version_gone ON entity_version (key) WHERE ended = 'gone' OR ended = 'scope_gone';
