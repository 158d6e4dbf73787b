CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The state of handoff is spread over three columns; row.rs puts it together.
-- queued_at outlives the queue: a conversation that is released goes back to the place it had.
CREATE TABLE conversations (
    tenant    TEXT NOT NULL,
    id        TEXT NOT NULL,
    secret    BLOB NOT NULL,
    locale    TEXT NOT NULL,
    page      TEXT,
    reason    TEXT,
    state     TEXT NOT NULL CHECK (state IN ('new', 'contained', 'queued', 'assigned', 'ended')),
    queued_at INTEGER,
    operator  TEXT,
    last_seq  INTEGER NOT NULL DEFAULT 0,
    opened_at INTEGER NOT NULL,
    erased_at INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversations_by_id ON conversations (id);
CREATE INDEX conversations_waiting ON conversations (tenant, queued_at, id) WHERE state IN ('queued', 'assigned');

CREATE TABLE messages (
    tenant       TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    id           TEXT NOT NULL,
    author       TEXT NOT NULL,
    -- SHA-256 of what the writer sent: a retry is told from another message under the same id.
    digest       BLOB NOT NULL,
    received_at  INTEGER NOT NULL,
    message      TEXT NOT NULL,
    PRIMARY KEY (tenant, conversation, seq),
    FOREIGN KEY (tenant, conversation) REFERENCES conversations (tenant, id)
) STRICT, WITHOUT ROWID;

-- The dedupe key, in the message's own transaction.
CREATE UNIQUE INDEX messages_by_client_id ON messages (tenant, conversation, id);

CREATE TABLE operators (
    id            TEXT PRIMARY KEY,
    tenant        TEXT NOT NULL,
    name          TEXT NOT NULL UNIQUE,
    display_name  TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token      BLOB PRIMARY KEY,
    tenant     TEXT NOT NULL,
    operator   TEXT NOT NULL REFERENCES operators (id),
    csrf_token TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_operator ON sessions (operator);
