-- What connectors want to be told at their next scan.

CREATE TABLE scope_memory (
    -- What the latest attempt at a scope asked to be told at the next, so as to ask the platform less. Never evidence.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id), -- whose
    run_id INTEGER NOT NULL REFERENCES run (id),        -- the scan that left it
    body BLOB NOT NULL                                  -- the connector's own form: validators and what they stood for
) STRICT;
