-- Which operation of the API was called, as its path under /v1: all there was so far is chat.
ALTER TABLE profiles ADD COLUMN surface TEXT NOT NULL DEFAULT 'chat/completions';
