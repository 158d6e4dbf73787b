-- What a token has vouched for: one profile for each user id, phone or WeChat id of a tenant, and of that a keyed hash alone.
-- Who they are together is what profile_merges says; nothing here is ever moved from one profile to another.
CREATE TABLE profiles (
    tenant     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('user', 'wechat', 'phone')),
    digest     bytea NOT NULL,
    created_at bigint NOT NULL,
    -- When a token has named it last, to the day.
    seen_at    bigint NOT NULL,
    -- A number that nobody vouched for so long that it may be another's by now. A new profile has taken its place.
    retired_at bigint,
    PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX profiles_by_digest ON profiles (tenant, kind, digest) WHERE retired_at IS NULL;
CREATE INDEX profiles_of_digest ON profiles (tenant, kind, digest);

-- The ledger: that two profiles are one shopper, on which evidence, how sure, by whom, and by whom it was taken back.
-- A row with applied = 0 is a proposal. A row is entered once and undone once, and otherwise never changed.
CREATE TABLE profile_merges (
    tenant           text COLLATE "C" NOT NULL,
    id               text COLLATE "C" NOT NULL,
    one              text COLLATE "C" NOT NULL,
    other            text COLLATE "C" NOT NULL,
    evidence         text NOT NULL,
    -- Thousandths.
    confidence       bigint NOT NULL,
    applied          bigint NOT NULL,
    by_kind          text NOT NULL CHECK (by_kind IN ('token', 'operator', 'merchant')),
    operator         text COLLATE "C",
    note             text,
    made_at          bigint NOT NULL,
    undone_at        bigint,
    undone_by_kind   text,
    undone_operator  text COLLATE "C",
    PRIMARY KEY (tenant, id)
);

CREATE INDEX profile_merges_by_one ON profile_merges (tenant, one, other);
CREATE INDEX profile_merges_by_other ON profile_merges (tenant, other, one);

-- The key of the hashes; made when it is first needed.
CREATE TABLE profile_keys (
    name text COLLATE "C" PRIMARY KEY,
    key  bytea NOT NULL
);

-- The strongest thing that a token has said of who writes here.
ALTER TABLE conversations ADD COLUMN profile text COLLATE "C";
CREATE INDEX conversations_by_profile ON conversations (tenant, profile) WHERE profile IS NOT NULL;

-- What was agreed to and taken back, in order; of a conversation, of a profile, or of both.
CREATE TABLE consents (
    tenant       text COLLATE "C" NOT NULL,
    seq          bigint NOT NULL,
    conversation text COLLATE "C",
    profile      text COLLATE "C",
    purpose      text COLLATE "C" NOT NULL,
    granted      bigint NOT NULL,
    wording      text NOT NULL,
    channel      text NOT NULL,
    by_kind      text NOT NULL CHECK (by_kind IN ('shopper', 'merchant')),
    given_at     bigint NOT NULL,
    PRIMARY KEY (tenant, seq)
);

CREATE INDEX consents_by_conversation ON consents (tenant, conversation) WHERE conversation IS NOT NULL;
CREATE INDEX consents_by_profile ON consents (tenant, profile) WHERE profile IS NOT NULL;

-- Codes by which a conversation goes on elsewhere. used_by is the key that a code has made.
CREATE TABLE continuations (
    tenant       text COLLATE "C" NOT NULL,
    digest       bytea NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    used_by      text,
    PRIMARY KEY (tenant, digest)
);

CREATE INDEX continuations_by_conversation ON continuations (tenant, conversation);
CREATE INDEX continuations_by_expiry ON continuations (expires_at);

-- Hashes of the secrets of further devices; the first is with the conversation.
CREATE TABLE conversation_keys (
    tenant       text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    secret       bytea NOT NULL,
    channel      text NOT NULL,
    added_at     bigint NOT NULL,
    revoked_at   bigint,
    PRIMARY KEY (tenant, conversation, id)
);

CREATE INDEX conversation_keys_by_conversation ON conversation_keys (conversation);

-- A key was revoked: other processes must not believe what they remember of the conversation.
ALTER TABLE news ADD COLUMN keys boolean NOT NULL DEFAULT false;
