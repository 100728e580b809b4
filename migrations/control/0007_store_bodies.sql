-- Whether a revision keeps what its callers send and get. Those that were made before it could be said keep nothing.
ALTER TABLE deployment_revisions ADD COLUMN store_bodies INTEGER NOT NULL DEFAULT 0;
