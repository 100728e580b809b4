-- Where models run, and which versions of them are registered. What is deleted keeps its row: history refers to it.
CREATE TABLE providers (
    id                TEXT PRIMARY KEY,
    project_id        TEXT NOT NULL REFERENCES projects (id),
    name              TEXT NOT NULL,
    kind              TEXT NOT NULL,
    base_url          TEXT NOT NULL,
    -- Sealed; gone when the provider is deleted.
    credential        BLOB,
    credential_set_at INTEGER,
    region            TEXT,
    allow_private     INTEGER NOT NULL,
    headers           TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    created_by        TEXT NOT NULL,
    updated_at        INTEGER NOT NULL,
    deleted_at        INTEGER
) STRICT;

CREATE UNIQUE INDEX providers_by_name ON providers (project_id, name) WHERE deleted_at IS NULL;

CREATE TABLE models (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id),
    name        TEXT NOT NULL,
    description TEXT,
    tags        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    updated_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX models_by_name ON models (project_id, name) WHERE deleted_at IS NULL;

-- Never updated: a version is what it was when it was registered.
CREATE TABLE model_versions (
    project_id  TEXT NOT NULL REFERENCES projects (id),
    model_id    TEXT NOT NULL REFERENCES models (id),
    version     INTEGER NOT NULL,
    provider_id TEXT NOT NULL REFERENCES providers (id),
    state       TEXT NOT NULL,
    document    TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    PRIMARY KEY (model_id, version)
) STRICT;

CREATE INDEX model_versions_by_provider ON model_versions (provider_id);

CREATE TABLE model_aliases (
    project_id TEXT NOT NULL REFERENCES projects (id),
    model_id   TEXT NOT NULL,
    alias      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (model_id, alias),
    FOREIGN KEY (model_id, version) REFERENCES model_versions (model_id, version)
) STRICT;
