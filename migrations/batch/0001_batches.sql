-- Files that were uploaded, batches of requests, and what each of their lines was answered.
CREATE TABLE files (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL,
    purpose     TEXT NOT NULL CHECK (purpose IN ('batch', 'batch_output')),
    filename    TEXT NOT NULL,
    -- What has been stored of it; what room is counted by.
    bytes       INTEGER NOT NULL,
    -- 0 while it is being uploaded: then nobody sees it.
    is_complete INTEGER NOT NULL,
    -- Of a batch_output: whose answers it holds, and which of them. It has no chunks.
    batch_id    TEXT,
    is_error    INTEGER,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    -- NULL where only the settings say how long it is kept.
    expires_at  INTEGER,
    -- From then on nobody sees it; its content goes when no batch that is unfinished needs it.
    deleted_at  INTEGER
) STRICT;

CREATE INDEX files_by_project ON files (project_id, id);
CREATE INDEX files_deleted ON files (id) WHERE deleted_at IS NOT NULL;

CREATE TABLE chunks (
    file_id TEXT NOT NULL REFERENCES files (id),
    -- From 0. All have 65,536 bytes but the last.
    number  INTEGER NOT NULL,
    bytes   BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX chunks_by_file ON chunks (file_id, number);

CREATE TABLE batches (
    id                TEXT PRIMARY KEY,
    project_id        TEXT NOT NULL,
    -- Whose limits, budget and rights its lines have.
    key_id            TEXT NOT NULL,
    input_file_id     TEXT NOT NULL,
    endpoint          TEXT NOT NULL,
    completion_window TEXT NOT NULL,
    metadata          TEXT,
    idempotency_key   TEXT,
    -- Seconds that its output files live; NULL where only the settings say.
    output_expires_s  INTEGER,
    status            TEXT NOT NULL CHECK (status IN (
        'validating', 'failed', 'in_progress', 'finalizing', 'completed', 'expired', 'cancelling', 'cancelled')),
    -- While it is finalizing: its window was over before its lines were.
    is_expired        INTEGER NOT NULL DEFAULT 0,
    output_file_id    TEXT,
    error_file_id     TEXT,
    -- A JSON array of what was wrong with its file.
    errors            TEXT,
    total             INTEGER NOT NULL DEFAULT 0,
    completed         INTEGER NOT NULL DEFAULT 0,
    failed            INTEGER NOT NULL DEFAULT 0,
    -- Of the answers, as long as no file holds them.
    output_bytes      INTEGER NOT NULL DEFAULT 0,
    error_bytes       INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    in_progress_at    INTEGER,
    finalizing_at     INTEGER,
    completed_at      INTEGER,
    failed_at         INTEGER,
    expired_at        INTEGER,
    cancelling_at     INTEGER,
    cancelled_at      INTEGER
) STRICT;

CREATE INDEX batches_by_project ON batches (project_id, id);
CREATE INDEX batches_unfinished ON batches (id)
    WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');
CREATE UNIQUE INDEX batches_by_idempotency_key ON batches (project_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

-- The requests of a batch that was found valid; gone when it is finished.
CREATE TABLE lines (
    batch_id  TEXT NOT NULL REFERENCES batches (id),
    -- Of the line in the file, from 1.
    number    INTEGER NOT NULL,
    custom_id TEXT NOT NULL,
    model     TEXT NOT NULL,
    -- Where the request's body stands in the file.
    start     INTEGER NOT NULL,
    length    INTEGER NOT NULL,
    PRIMARY KEY (batch_id, number)
) STRICT;

-- One for each line at most: the output files are made of these.
CREATE TABLE answers (
    batch_id TEXT NOT NULL REFERENCES batches (id),
    number   INTEGER NOT NULL,
    is_error INTEGER NOT NULL,
    line     BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX answers_by_line ON answers (batch_id, number);
