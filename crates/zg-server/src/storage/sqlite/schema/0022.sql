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

-- Who is erased is looked for.
CREATE INDEX offers_by_grant ON offers (tenant, grant_id);
CREATE INDEX offers_by_customer ON offers (tenant, customer);
CREATE INDEX grant_households_by_grant ON grant_households (tenant, grant_id);
