-- One row per inference. Ids are ULIDs, so the primary key is in order of time and inserts append.
CREATE TABLE outcomes (
    id             TEXT PRIMARY KEY,
    project_id     TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    origin         TEXT NOT NULL,
    deployment     TEXT NOT NULL,
    environment    TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    variant        TEXT NOT NULL,
    served_by      TEXT,
    model          TEXT NOT NULL,
    prompt         TEXT,
    unit           TEXT NOT NULL,
    probability    REAL NOT NULL,
    status         TEXT NOT NULL,
    is_stream      INTEGER NOT NULL,
    finish_reason  TEXT,
    latency_ms     REAL NOT NULL,
    ttft_ms        REAL,
    input_tokens   INTEGER,
    output_tokens  INTEGER,
    cached_tokens  INTEGER,
    cost_micro_usd INTEGER,
    slices         TEXT,
    attempts       TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    key_id         TEXT NOT NULL,
    error          TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX outcomes_by_deployment ON outcomes (project_id, deployment, id);

CREATE TABLE outcome_slices (
    project_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    outcome_id TEXT NOT NULL,
    PRIMARY KEY (project_id, name, value, outcome_id)
) STRICT, WITHOUT ROWID;

-- Answers to POSTs that carried an Idempotency-Key; the same shape as in the control file.
CREATE TABLE idempotency (
    project_id  TEXT NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status      INTEGER NOT NULL,
    headers     TEXT NOT NULL,
    body        BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (project_id, route, key)
) STRICT;

CREATE INDEX idempotency_by_age ON idempotency (created_at);
