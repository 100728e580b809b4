-- What is and was live behind every name. A revision is written once; only its end (active_to) is filled in later.
CREATE TABLE deployments (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id),
    environment TEXT NOT NULL,
    name        TEXT NOT NULL,
    -- The one that serves.
    revision    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    deleted_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX deployments_by_name ON deployments (project_id, environment, name) WHERE deleted_at IS NULL;

CREATE TABLE deployment_revisions (
    project_id    TEXT NOT NULL REFERENCES projects (id),
    deployment_id TEXT NOT NULL REFERENCES deployments (id),
    revision      INTEGER NOT NULL,
    active_from   INTEGER NOT NULL,
    active_to     INTEGER,
    created_by    TEXT NOT NULL,
    cause         TEXT NOT NULL,
    reason        TEXT,
    unit          TEXT NOT NULL,
    follow        INTEGER NOT NULL,
    fallbacks     TEXT NOT NULL,
    PRIMARY KEY (deployment_id, revision)
) STRICT;

CREATE TABLE revision_variants (
    project_id     TEXT NOT NULL REFERENCES projects (id),
    deployment_id  TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    -- The order in which they were written.
    position       INTEGER NOT NULL,
    name           TEXT NOT NULL,
    -- Hundredths of a percent.
    weight         INTEGER NOT NULL,
    parameters     TEXT,
    -- As written, and what it meant when the revision was made.
    model_ref      TEXT NOT NULL,
    model_id       TEXT NOT NULL,
    model_version  INTEGER NOT NULL,
    prompt_ref     TEXT,
    prompt_id      TEXT,
    prompt_version INTEGER,
    PRIMARY KEY (deployment_id, revision, position),
    FOREIGN KEY (deployment_id, revision) REFERENCES deployment_revisions (deployment_id, revision),
    FOREIGN KEY (model_id, model_version) REFERENCES model_versions (model_id, version),
    FOREIGN KEY (prompt_id, prompt_version) REFERENCES prompt_versions (prompt_id, version)
) STRICT;

CREATE INDEX revision_variants_by_model ON revision_variants (model_id, model_version);
CREATE INDEX revision_variants_by_prompt ON revision_variants (prompt_id, prompt_version);
