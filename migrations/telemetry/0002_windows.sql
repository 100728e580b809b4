-- Totals and sketches of traffic per window of 10 s, 1 min and 1 h. Written in the transaction of the outcomes that they
-- count, at all three levels, so that the two never disagree and any span is the exact sum of a few rows.
CREATE TABLE windows (
    project_id     TEXT NOT NULL,
    deployment     TEXT NOT NULL,
    environment    TEXT NOT NULL,
    level_ms       INTEGER NOT NULL,
    start          INTEGER NOT NULL,
    variant        TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    requests       INTEGER NOT NULL,
    statuses       TEXT NOT NULL,
    input_tokens   INTEGER NOT NULL,
    output_tokens  INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL,
    unpriced       INTEGER NOT NULL,
    latency        BLOB NOT NULL,
    ttft           BLOB NOT NULL,
    PRIMARY KEY (project_id, deployment, environment, level_ms, start, variant, revision)
) STRICT, WITHOUT ROWID;
