-- Prompts, their immutable versions, and the labels that point at versions.
CREATE TABLE prompts (
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

CREATE UNIQUE INDEX prompts_by_name ON prompts (project_id, name) WHERE deleted_at IS NULL;

CREATE TABLE prompt_versions (
    project_id TEXT NOT NULL REFERENCES projects (id),
    prompt_id  TEXT NOT NULL REFERENCES prompts (id),
    version    INTEGER NOT NULL,
    document   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (prompt_id, version)
) STRICT;

CREATE TABLE prompt_labels (
    project_id TEXT NOT NULL REFERENCES projects (id),
    prompt_id  TEXT NOT NULL,
    label      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (prompt_id, label),
    FOREIGN KEY (prompt_id, version) REFERENCES prompt_versions (prompt_id, version)
) STRICT;
