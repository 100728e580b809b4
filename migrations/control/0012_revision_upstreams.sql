-- Where the variants of a revision run, of those that name several places. `place` is the order in which they were
-- written.
CREATE TABLE revision_upstreams (
    project_id     TEXT NOT NULL REFERENCES projects (id),
    deployment_id  TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    -- Of the variant.
    position       INTEGER NOT NULL,
    place          INTEGER NOT NULL,
    provider_id    TEXT NOT NULL REFERENCES providers (id),
    -- NULL for the model version's own.
    provider_model TEXT,
    -- Hundredths of a percent; NULL unless the shares are by weight.
    weight         INTEGER,
    price          TEXT,
    PRIMARY KEY (deployment_id, revision, position, place),
    FOREIGN KEY (deployment_id, revision, position)
        REFERENCES revision_variants (deployment_id, revision, position)
) STRICT;

CREATE INDEX revision_upstreams_by_provider ON revision_upstreams (provider_id);

-- How one of them is chosen; NULL where there are none.
ALTER TABLE revision_variants ADD COLUMN balance TEXT;
