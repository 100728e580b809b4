CREATE TABLE feedback (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL,
    outcome_id  TEXT NOT NULL,
    deployment  TEXT NOT NULL,
    environment TEXT NOT NULL,
    variant     TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    value       REAL NOT NULL,
    source      TEXT NOT NULL,
    comment     TEXT,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX feedback_by_deployment ON feedback (project_id, deployment, environment, created_at);
CREATE INDEX feedback_by_outcome ON feedback (project_id, outcome_id);

-- One row per answer of a probe run. The key makes a resumed run skip what was scored before.
CREATE TABLE probe_scores (
    run_id      TEXT NOT NULL,
    variant     TEXT NOT NULL,
    example_id  TEXT NOT NULL,
    project_id  TEXT NOT NULL,
    probe       TEXT NOT NULL,
    deployment  TEXT NOT NULL,
    environment TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    outcome_id  TEXT NOT NULL,
    score       REAL,
    passed      INTEGER,
    reason      TEXT,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (run_id, variant, example_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX probe_scores_by_deployment ON probe_scores (project_id, deployment, environment, created_at);
