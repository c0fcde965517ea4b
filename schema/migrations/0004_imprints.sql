CREATE TABLE scope_imprint (
    -- How a scope was last shown, while it is as it was shown then, whole. Who shows the same again changes nothing.
    scope_id INTEGER PRIMARY KEY REFERENCES scope (id), -- which scope
    pages BLOB,  -- how many entities and links, then a digest of each page; NULL where a thing was shown twice
    digest BLOB, -- of all that was shown, where its carrier could tell; NULL else
    CONSTRAINT scope_imprint_says_something CHECK (pages IS NOT NULL OR digest IS NOT NULL)
) STRICT;
