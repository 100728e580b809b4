-- What callers sent and got, of outcomes whose deployment says that it is stored: without personal data and secrets, and
-- compressed (PackedBytes). Only such outcomes have a row, under their own number; whose they are stands there, `unit`
-- included. `created_at` is repeated, so that what is old is found without the outcomes. `*_bytes` is the length as it
-- was sent or answered; `*_cut` says that less was kept; `*_redacted` counts replacements by kind, as JSON.
CREATE TABLE bodies (
    seq              INTEGER PRIMARY KEY,
    created_at       INTEGER NOT NULL,
    request_bytes    INTEGER NOT NULL,
    request_cut      INTEGER NOT NULL,
    request_redacted TEXT,
    answer_bytes     INTEGER,
    answer_cut       INTEGER,
    answer_redacted  TEXT,
    request          BLOB NOT NULL,
    answer           BLOB
) STRICT;
