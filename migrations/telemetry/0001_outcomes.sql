-- One row per inference, written by the thousand: it holds what differs from one inference to the next, in few bytes.
-- What repeats is in `profiles`, and instead of indexes, each of which would cost as much as the row, every 1024 rows
-- have a summary in `zones` and `zone_terms` that tells a search whether to look into them.

-- A variant of one revision of a deployment in an environment: what metrics are grouped by.
CREATE TABLE arms (
    id          INTEGER PRIMARY KEY,
    project_id  TEXT NOT NULL,
    deployment  TEXT NOT NULL,
    environment TEXT NOT NULL,
    variant     TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    UNIQUE (project_id, deployment, environment, variant, revision)
) STRICT;

-- All that repeats across outcomes, once per combination. `provider` is of the ordinary inference, whose one attempt
-- went well: `outcomes.attempts` is NULL for it, and `attempt_us` its latency.
CREATE TABLE profiles (
    id            INTEGER PRIMARY KEY,
    arm_id        INTEGER NOT NULL,
    project_id    TEXT NOT NULL,
    origin        TEXT NOT NULL,
    deployment    TEXT NOT NULL,
    environment   TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    variant       TEXT NOT NULL,
    served_by     TEXT,
    model         TEXT NOT NULL,
    prompt        TEXT,
    probability   REAL NOT NULL,
    status        TEXT NOT NULL,
    is_stream     INTEGER NOT NULL,
    finish_reason TEXT,
    provider      TEXT,
    key_id        TEXT NOT NULL
) STRICT;

CREATE INDEX profiles_by_deployment ON profiles (project_id, deployment);

-- `seq` counts outcomes in the order in which they were written. `id` is a ULID in 16 bytes. Durations are microseconds.
CREATE TABLE outcomes (
    seq            INTEGER PRIMARY KEY,
    id             BLOB NOT NULL,
    profile_id     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    unit           TEXT NOT NULL,
    latency_us     INTEGER NOT NULL,
    attempt_us     INTEGER,
    ttft_us        INTEGER,
    input_tokens   INTEGER,
    output_tokens  INTEGER,
    cached_tokens  INTEGER,
    cost_micro_usd INTEGER,
    slices         TEXT,
    attempts       TEXT,
    request_id     TEXT NOT NULL,
    error          TEXT
) STRICT;

-- Zone z holds the rows from seq 1024 z on; it is written when it is full. `profiles` are the ids of those that occur,
-- rising, 4 bytes each, little endian; the moments are inclusive bounds, in Unix milliseconds.
CREATE TABLE zones (
    zone        INTEGER PRIMARY KEY,
    profiles    BLOB NOT NULL,
    created_min INTEGER NOT NULL,
    created_max INTEGER NOT NULL,
    id_min      INTEGER NOT NULL,
    id_max      INTEGER NOT NULL
) STRICT;

-- A Bloom filter per zone and kind of term: id, unit, request, slice. The key is kind * 2^40 + zone, so that those of
-- one kind are read one after the other.
CREATE TABLE zone_terms (
    key  INTEGER PRIMARY KEY,
    bits BLOB NOT NULL
) STRICT;

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
