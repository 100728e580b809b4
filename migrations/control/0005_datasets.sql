-- Golden datasets: what goes in, and what should come out. Examples sort by their id, in which their time is.
CREATE TABLE datasets (
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

CREATE UNIQUE INDEX datasets_by_name ON datasets (project_id, name) WHERE deleted_at IS NULL;

CREATE TABLE dataset_examples (
    id         TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    input      TEXT NOT NULL,
    expected   TEXT NOT NULL,
    tags       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE INDEX dataset_examples_by_dataset ON dataset_examples (dataset_id, id) WHERE deleted_at IS NULL;
