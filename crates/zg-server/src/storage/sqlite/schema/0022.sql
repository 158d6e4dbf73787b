-- Large pictures, in parts: each is written in a transaction that others share, before `images` has a row that names its upload.
CREATE TABLE image_parts (
    tenant       TEXT NOT NULL,
    conversation TEXT NOT NULL,
    upload       TEXT NOT NULL,
    n            INTEGER NOT NULL,
    bytes        BLOB NOT NULL,
    PRIMARY KEY (tenant, conversation, upload, n),
    FOREIGN KEY (tenant, conversation) REFERENCES conversations (tenant, id)
) STRICT;

-- Where it is NULL the picture is in `bytes`.
ALTER TABLE images ADD COLUMN upload TEXT;
