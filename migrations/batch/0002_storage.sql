-- What its lines take while they are there.
ALTER TABLE batches ADD COLUMN line_bytes INTEGER NOT NULL DEFAULT 0;

-- What each project stores, and how many of its batches are not finished, kept by the triggers below: a quota costs one
-- row to look at, however much there is.
CREATE TABLE usage (
    project_id TEXT PRIMARY KEY,
    -- Of its files, of its lines, and of answers that no file holds yet.
    bytes      INTEGER NOT NULL,
    unfinished INTEGER NOT NULL
) STRICT;

INSERT INTO usage (project_id, bytes, unfinished)
SELECT project_id, SUM(bytes), SUM(unfinished) FROM (
    SELECT project_id, bytes, 0 AS unfinished FROM files
    UNION ALL
    SELECT project_id, output_bytes + error_bytes,
           status IN ('validating', 'in_progress', 'finalizing', 'cancelling') FROM batches) AS stored
GROUP BY project_id;

CREATE TRIGGER files_added AFTER INSERT ON files BEGIN
    INSERT INTO usage (project_id, bytes, unfinished) VALUES (NEW.project_id, NEW.bytes, 0)
    ON CONFLICT (project_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER files_resized AFTER UPDATE OF bytes ON files BEGIN
    UPDATE usage SET bytes = bytes + NEW.bytes - OLD.bytes WHERE project_id = NEW.project_id;
END;

CREATE TRIGGER files_removed AFTER DELETE ON files BEGIN
    UPDATE usage SET bytes = bytes - OLD.bytes WHERE project_id = OLD.project_id;
END;

CREATE TRIGGER batches_added AFTER INSERT ON batches BEGIN
    INSERT INTO usage (project_id, bytes, unfinished)
    VALUES (NEW.project_id, NEW.output_bytes + NEW.error_bytes + NEW.line_bytes,
            NEW.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
    ON CONFLICT (project_id) DO UPDATE SET
        bytes = bytes + excluded.bytes, unfinished = unfinished + excluded.unfinished;
END;

CREATE TRIGGER batches_resized AFTER UPDATE OF output_bytes, error_bytes, line_bytes ON batches BEGIN
    UPDATE usage SET bytes = bytes + (NEW.output_bytes + NEW.error_bytes + NEW.line_bytes)
        - (OLD.output_bytes + OLD.error_bytes + OLD.line_bytes)
    WHERE project_id = NEW.project_id;
END;

CREATE TRIGGER batches_moved AFTER UPDATE OF status ON batches BEGIN
    UPDATE usage SET unfinished = unfinished
        + (NEW.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
        - (OLD.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
    WHERE project_id = NEW.project_id;
END;

CREATE TRIGGER batches_removed AFTER DELETE ON batches BEGIN
    UPDATE usage SET bytes = bytes - (OLD.output_bytes + OLD.error_bytes + OLD.line_bytes),
        unfinished = unfinished - (OLD.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
    WHERE project_id = OLD.project_id;
END;

-- Each for one look of those that run on the writer: what is due there is found without reading what is not.
CREATE INDEX files_by_age ON files (created_at) WHERE deleted_at IS NULL;
CREATE INDEX files_by_end ON files (expires_at) WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX files_under_way ON files (created_at) WHERE deleted_at IS NULL AND is_complete = 0;
CREATE INDEX batches_by_input ON batches (input_file_id)
    WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');
CREATE INDEX batches_by_age ON batches (created_at, id)
    WHERE status IN ('failed', 'completed', 'expired', 'cancelled');
CREATE INDEX answers_by_file ON answers (batch_id, is_error, number);

-- Pages of what one key made.
CREATE INDEX files_by_maker ON files (project_id, created_by, id);
CREATE INDEX batches_by_maker ON batches (project_id, key_id, id);
