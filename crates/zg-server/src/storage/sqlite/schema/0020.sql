-- What a token has vouched for: one profile for each user id, phone or WeChat id of a tenant, and of that a keyed hash alone.
-- Who they are together is what profile_merges says; nothing here is ever moved from one profile to another.
CREATE TABLE profiles (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('user', 'wechat', 'phone')),
    digest     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    -- When a token has named it last, to the day.
    seen_at    INTEGER NOT NULL,
    -- A number that nobody vouched for so long that it may be another's by now. A new profile has taken its place.
    retired_at INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX profiles_by_digest ON profiles (tenant, kind, digest) WHERE retired_at IS NULL;
CREATE INDEX profiles_of_digest ON profiles (tenant, kind, digest);

-- The ledger: that two profiles are one shopper, on which evidence, how sure, by whom, and by whom it was taken back.
-- A row with applied = 0 is a proposal. A row is entered once and undone once, and otherwise never changed.
CREATE TABLE profile_merges (
    tenant           TEXT NOT NULL,
    id               TEXT NOT NULL,
    one              TEXT NOT NULL,
    other            TEXT NOT NULL,
    evidence         TEXT NOT NULL,
    -- Thousandths.
    confidence       INTEGER NOT NULL,
    applied          INTEGER NOT NULL,
    by_kind          TEXT NOT NULL CHECK (by_kind IN ('token', 'operator', 'merchant')),
    operator         TEXT,
    note             TEXT,
    made_at          INTEGER NOT NULL,
    undone_at        INTEGER,
    undone_by_kind   TEXT,
    undone_operator  TEXT,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX profile_merges_by_one ON profile_merges (tenant, one, other);
CREATE INDEX profile_merges_by_other ON profile_merges (tenant, other, one);

-- The key of the hashes; made when it is first needed.
CREATE TABLE profile_keys (
    name TEXT PRIMARY KEY,
    key  BLOB NOT NULL
) STRICT;

-- The strongest thing that a token has said of who writes here.
ALTER TABLE conversations ADD COLUMN profile TEXT;
CREATE INDEX conversations_by_profile ON conversations (tenant, profile) WHERE profile IS NOT NULL;

-- What was agreed to and taken back, in order; of a conversation, of a profile, or of both.
CREATE TABLE consents (
    tenant       TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    conversation TEXT,
    profile      TEXT,
    purpose      TEXT NOT NULL,
    granted      INTEGER NOT NULL,
    wording      TEXT NOT NULL,
    channel      TEXT NOT NULL,
    by_kind      TEXT NOT NULL CHECK (by_kind IN ('shopper', 'merchant')),
    given_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX consents_by_conversation ON consents (tenant, conversation) WHERE conversation IS NOT NULL;
CREATE INDEX consents_by_profile ON consents (tenant, profile) WHERE profile IS NOT NULL;

-- Codes by which a conversation goes on elsewhere. used_by is the key that a code has made.
CREATE TABLE continuations (
    tenant       TEXT NOT NULL,
    digest       BLOB NOT NULL,
    conversation TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_by      TEXT,
    PRIMARY KEY (tenant, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX continuations_by_conversation ON continuations (tenant, conversation);
CREATE INDEX continuations_by_expiry ON continuations (expires_at);

-- Hashes of the secrets of further devices; the first is with the conversation.
CREATE TABLE conversation_keys (
    tenant       TEXT NOT NULL,
    conversation TEXT NOT NULL,
    id           TEXT NOT NULL,
    secret       BLOB NOT NULL,
    channel      TEXT NOT NULL,
    added_at     INTEGER NOT NULL,
    revoked_at   INTEGER,
    PRIMARY KEY (tenant, conversation, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_keys_by_conversation ON conversation_keys (conversation);
