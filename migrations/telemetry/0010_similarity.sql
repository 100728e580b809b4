-- The cosine, in hundred-thousandths, of what was asked and of what another had asked whose answer was given; NULL for
-- all answers but those.
ALTER TABLE outcomes ADD COLUMN similarity INTEGER;
