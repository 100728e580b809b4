-- Who decides whether a provider is asked: its own failures (`automatic`) or an operator (`forced_open`,
-- `forced_closed`), who may say why. It holds beyond a restart; what failures have made of the breaker does not.
ALTER TABLE providers ADD COLUMN breaker TEXT NOT NULL DEFAULT 'automatic';
ALTER TABLE providers ADD COLUMN breaker_set_at INTEGER;
ALTER TABLE providers ADD COLUMN breaker_set_by TEXT;
ALTER TABLE providers ADD COLUMN breaker_reason TEXT;
