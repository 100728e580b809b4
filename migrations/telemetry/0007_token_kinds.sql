-- Tokens that were thought and not said, among `output_tokens`: NULL for none, as in all rows so far. `tokens_estimated`
-- is 1 where the provider told no tokens and they were estimated by length, else NULL.
ALTER TABLE outcomes ADD COLUMN reasoning_tokens INTEGER;
ALTER TABLE outcomes ADD COLUMN tokens_estimated INTEGER;
