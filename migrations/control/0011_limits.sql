-- Limits and budgets, as JSON: {"requests_per_minute": 100} and {"micro_usd": 5000000, "period": "day"}. NULL for none.
-- Those of deployments stand in their revisions' options.
ALTER TABLE keys ADD COLUMN limits TEXT;
ALTER TABLE keys ADD COLUMN budget TEXT;
ALTER TABLE projects ADD COLUMN limits TEXT;
ALTER TABLE projects ADD COLUMN budget TEXT;
ALTER TABLE providers ADD COLUMN limits TEXT;
-- The secret before the last rotation, and until when it is taken: NULL when there is none.
ALTER TABLE keys ADD COLUMN previous_digest BLOB;
ALTER TABLE keys ADD COLUMN previous_until INTEGER;
