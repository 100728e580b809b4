-- What was spent, by day (since 1970-01-01, UTC), deployment and key: added up in the transaction of the outcomes that
-- it is made of, rounded up for each of them. Budgets are read back from here. Probes are not in it.
CREATE TABLE spending (
    day           INTEGER NOT NULL,
    project_id    TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    key_id        TEXT NOT NULL,
    micro_usd     INTEGER NOT NULL,
    inferences    INTEGER NOT NULL,
    PRIMARY KEY (day, project_id, deployment_id, key_id)
) STRICT, WITHOUT ROWID;

-- How much of a budget was to be held for spent from when the row was written on: what a crash leaves behind is never
-- less than what was spent. `start` is of the budget's period, Unix milliseconds.
CREATE TABLE budget_leases (
    kind       TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    period     TEXT NOT NULL,
    start      INTEGER NOT NULL,
    micro_usd  INTEGER NOT NULL,
    PRIMARY KEY (kind, subject_id, period)
) STRICT, WITHOUT ROWID;
