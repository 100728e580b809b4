-- Probes: golden datasets sent through every variant of a deployment. Scores are kept in the telemetry file.
CREATE TABLE probes (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id),
    name        TEXT NOT NULL,
    deployment  TEXT NOT NULL,
    environment TEXT NOT NULL,
    dataset     TEXT NOT NULL,
    scorer      TEXT NOT NULL,
    -- Seconds; 0 is on demand only.
    interval_s  INTEGER NOT NULL,
    -- Examples per run; NULL is all of them.
    sample      INTEGER,
    -- When the next run by schedule is to be made; NULL when none is.
    next_due_at INTEGER,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    updated_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX probes_by_name ON probes (project_id, name) WHERE deleted_at IS NULL;
CREATE INDEX probes_by_due ON probes (next_due_at) WHERE deleted_at IS NULL AND next_due_at IS NOT NULL;

CREATE TABLE probe_runs (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id),
    probe_id    TEXT NOT NULL REFERENCES probes (id),
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    -- The probe as it was when the run was asked for: a later change does not reach into a run.
    definition  TEXT NOT NULL,
    -- Of the deployment, fixed when the run starts.
    revision    INTEGER,
    error       TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER
) STRICT;

CREATE INDEX probe_runs_by_probe ON probe_runs (probe_id, id);
CREATE INDEX probe_runs_unfinished ON probe_runs (id) WHERE state IN ('queued', 'running');
