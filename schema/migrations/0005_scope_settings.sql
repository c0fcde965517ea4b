-- Scopes that are not listed because the settings leave them out are not gone.

CREATE TABLE scope_settings (
    -- The settings that choose a source's scopes, as they were when a list last had this one.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id), -- which scope
    digest BLOB NOT NULL,                         -- of those settings
    left_out_run INTEGER REFERENCES run (id),     -- the first scan whose settings left it out; NULL while they do not
    CONSTRAINT scope_settings_digest_is_digest CHECK (length(digest) = 32)
) STRICT;
