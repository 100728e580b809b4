-- What a revision says beside its variants is one document from here on, so that a further member needs no column.
-- `follow` stays beside it: what follows a pointer is searched for.
ALTER TABLE deployment_revisions ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
UPDATE deployment_revisions SET options =
    '{"unit":"' || unit || '","fallbacks":' || fallbacks
    || ',"follow":' || CASE follow WHEN 0 THEN 'false' ELSE 'true' END
    || ',"store_bodies":' || CASE store_bodies WHEN 0 THEN 'false' ELSE 'true' END || '}';
ALTER TABLE deployment_revisions DROP COLUMN unit;
ALTER TABLE deployment_revisions DROP COLUMN fallbacks;
ALTER TABLE deployment_revisions DROP COLUMN store_bodies;
