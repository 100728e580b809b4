-- What the cache of answers was to an inference: hit, miss or bypass; NULL where its deployment keeps none.
ALTER TABLE profiles ADD COLUMN cache TEXT;

-- Hits are counted among the requests and the ways in which they ended, and here; tokens, cost and latency are of the
-- answers that a provider was asked for.
ALTER TABLE windows ADD COLUMN cache_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE windows ADD COLUMN saved_micro_usd INTEGER NOT NULL DEFAULT 0;
