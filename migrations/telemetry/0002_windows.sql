-- Totals and sketches of traffic per window of 10 s, 1 min and 1 h. Written in the transaction of the outcomes that they
-- count, at all three levels, so that the two never disagree and any span is the exact sum of a few rows. From `ok` to
-- `client_closed`: how many ended so.
CREATE TABLE windows (
    arm_id           INTEGER NOT NULL,
    level_ms         INTEGER NOT NULL,
    start            INTEGER NOT NULL,
    requests         INTEGER NOT NULL,
    ok               INTEGER NOT NULL,
    upstream_error   INTEGER NOT NULL,
    upstream_timeout INTEGER NOT NULL,
    broken_stream    INTEGER NOT NULL,
    rate_limited     INTEGER NOT NULL,
    blocked          INTEGER NOT NULL,
    invalid_request  INTEGER NOT NULL,
    client_closed    INTEGER NOT NULL,
    input_tokens     INTEGER NOT NULL,
    output_tokens    INTEGER NOT NULL,
    cost_micro_usd   INTEGER NOT NULL,
    unpriced         INTEGER NOT NULL,
    latency          BLOB NOT NULL,
    ttft             BLOB NOT NULL,
    PRIMARY KEY (arm_id, level_ms, start)
) STRICT, WITHOUT ROWID;
