-- What a kind of provider can be told beside address and credential, by name: {"api_version": "2024-10-21"}.
ALTER TABLE providers ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
