-- The id of the outcome that a shadow's is a copy of; NULL for all others.
ALTER TABLE outcomes ADD COLUMN mirror_of BLOB;
