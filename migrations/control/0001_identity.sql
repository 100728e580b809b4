-- Who may do what, what was done, and which POSTs were answered already.
CREATE TABLE projects (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO projects (id, name, created_at) VALUES ('default', 'default', 0);

CREATE TABLE keys (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id),
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    -- HMAC-SHA256 of the secret under the server's pepper: the secret itself is nowhere.
    digest      BLOB NOT NULL,
    deployments TEXT,
    environment TEXT NOT NULL DEFAULT 'production',
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER
) STRICT;

CREATE INDEX keys_by_project ON keys (project_id, id);

CREATE TABLE audit (
    sequence   INTEGER PRIMARY KEY,
    project_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    resource   TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    before     TEXT NOT NULL,
    after      TEXT NOT NULL,
    request_id TEXT NOT NULL,
    address    TEXT NOT NULL,
    hash       TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_project ON audit (project_id, sequence);

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
