-- Up to where each side has seen the log.
ALTER TABLE conversations ADD COLUMN seen_by_shopper INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN seen_by_operator INTEGER NOT NULL DEFAULT 0;

-- The shoppers' pictures; each is written and erased with its message.
CREATE TABLE images (
    tenant       TEXT NOT NULL,
    conversation TEXT NOT NULL,
    message      TEXT NOT NULL,
    media_type   TEXT NOT NULL,
    bytes        BLOB NOT NULL,
    PRIMARY KEY (tenant, conversation, message),
    FOREIGN KEY (tenant, conversation) REFERENCES conversations (tenant, id)
) STRICT;
