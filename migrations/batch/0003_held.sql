-- Since when nothing of it is asked, until somebody resumes it: it came from a backup, and its requests may have been
-- answered after that was made.
ALTER TABLE batches ADD COLUMN held_at INTEGER;
