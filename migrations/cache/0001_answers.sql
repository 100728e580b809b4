-- Answers that serve again, by the SHA-256 of what was asked. All of it may be thrown away at any time.

-- The answers of one deployment. A purge marks the row, and with it all of them at once; they go a few at a time, and
-- the row after the last one.
CREATE TABLE holdings (
    id            INTEGER PRIMARY KEY,
    deployment_id TEXT NOT NULL,
    entries       INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    is_purged     INTEGER NOT NULL CHECK (is_purged IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX holdings_by_deployment ON holdings (deployment_id) WHERE is_purged = 0;

-- Milliseconds since 1970. `facts` is JSON; `seal` is a sum over the row, since a page of a damaged file may read well
-- and say something else.
CREATE TABLE answers (
    id         INTEGER PRIMARY KEY,
    key        BLOB NOT NULL UNIQUE,
    holding    INTEGER NOT NULL REFERENCES holdings (id),
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    seal       INTEGER NOT NULL,
    facts      TEXT NOT NULL,
    body       BLOB NOT NULL
) STRICT;

CREATE INDEX answers_by_end ON answers (expires_at);
CREATE INDEX answers_by_holding ON answers (holding);

-- The latest moment at which something was written: a clock that is before it has gone back, and no age can be told.
CREATE TABLE clock (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    latest INTEGER NOT NULL
) STRICT;
