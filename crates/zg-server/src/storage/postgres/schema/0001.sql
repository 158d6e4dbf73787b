-- The tables of SQLite's schema, name by name, so that a backup of one is a backup of the other.
-- Text sorts by its bytes, as it does there: places in a queue must not depend on a database's locale.
CREATE TABLE meta (
    key   text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE conversations (
    tenant       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    secret       bytea NOT NULL,
    locale       text NOT NULL,
    page         text,
    reason       text,
    state        text NOT NULL CHECK (state IN ('new', 'contained', 'queued', 'assigned', 'ended')),
    queued_at    bigint,
    operator     text,
    last_seq     bigint NOT NULL DEFAULT 0,
    opened_at    bigint NOT NULL,
    erased_at    bigint,
    packet       text,
    priority     bigint NOT NULL DEFAULT 0,
    subject      text COLLATE "C",
    subject_name text,
    seen_by_shopper  bigint NOT NULL DEFAULT 0,
    seen_by_operator bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id)
    -- Every message moves last_seq: room on the page keeps that from touching the indexes.
) WITH (fillfactor = 80);

CREATE INDEX conversations_by_id ON conversations (id);
CREATE INDEX conversations_waiting ON conversations (tenant, queued_at, id) WHERE state IN ('queued', 'assigned');
CREATE INDEX conversations_by_subject ON conversations (tenant, subject) WHERE subject IS NOT NULL;

-- Without a foreign key: a message is written under the lock of its conversation's row, which is never deleted.
CREATE TABLE messages (
    tenant       text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    seq          bigint NOT NULL,
    id           text COLLATE "C" NOT NULL,
    author       text NOT NULL,
    digest       bytea NOT NULL,
    received_at  bigint NOT NULL,
    message      text NOT NULL,
    PRIMARY KEY (tenant, conversation, seq)
);

-- The dedupe key, in the message's own transaction.
CREATE UNIQUE INDEX messages_by_client_id ON messages (tenant, conversation, id);

CREATE TABLE images (
    tenant       text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    message      text COLLATE "C" NOT NULL,
    media_type   text NOT NULL,
    bytes        bytea NOT NULL,
    PRIMARY KEY (tenant, conversation, message)
);

-- Pictures are packed already.
ALTER TABLE images ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE actions (
    tenant       text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    digest       bytea NOT NULL,
    delivery     text NOT NULL,
    leased_until bigint NOT NULL,
    outcome      text,
    begun_at     bigint NOT NULL,
    PRIMARY KEY (tenant, conversation, id)
);

CREATE INDEX actions_by_age ON actions (begun_at);

CREATE TABLE operators (
    id            text COLLATE "C" PRIMARY KEY,
    tenant        text COLLATE "C" NOT NULL,
    name          text COLLATE "C" NOT NULL UNIQUE,
    display_name  text NOT NULL,
    password_hash text NOT NULL,
    created_at    bigint NOT NULL
);

CREATE TABLE sessions (
    token      bytea PRIMARY KEY,
    tenant     text COLLATE "C" NOT NULL,
    operator   text COLLATE "C" NOT NULL REFERENCES operators (id),
    csrf_token text NOT NULL,
    expires_at bigint NOT NULL
);

CREATE INDEX sessions_by_operator ON sessions (operator);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE grants (
    tenant     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    order_id   text COLLATE "C" NOT NULL,
    purchase   text COLLATE "C",
    customer   text COLLATE "C" NOT NULL,
    rule       text COLLATE "C" NOT NULL,
    fault      text NOT NULL,
    gives      text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    cost       bigint NOT NULL CHECK (cost > 0),
    granted_at bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX grants_by_order ON grants (tenant, order_id, granted_at);
CREATE INDEX grants_by_purchase ON grants (tenant, purchase, granted_at) WHERE purchase IS NOT NULL;
CREATE INDEX grants_by_customer ON grants (tenant, customer, granted_at);
CREATE INDEX grants_by_day ON grants (tenant, granted_at, rule, cost);

CREATE TABLE grant_households (
    tenant    text COLLATE "C" NOT NULL,
    household text COLLATE "C" NOT NULL,
    grant_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, household, grant_id)
);

CREATE TABLE offers (
    tenant      text COLLATE "C" NOT NULL,
    code        text COLLATE "C" NOT NULL,
    grant_id    text NOT NULL,
    customer    text NOT NULL,
    gives       text NOT NULL,
    amount      bigint NOT NULL,
    currency    text NOT NULL,
    valid_until bigint NOT NULL,
    redeemed_at bigint,
    request     text COLLATE "C",
    order_id    text,
    PRIMARY KEY (tenant, code)
);

-- One request redeems one code.
CREATE UNIQUE INDEX offers_by_request ON offers (tenant, request) WHERE request IS NOT NULL;

CREATE TABLE decisions (
    tenant     text COLLATE "C" NOT NULL,
    request    text COLLATE "C" NOT NULL,
    digest     bytea NOT NULL,
    decision   text NOT NULL,
    decided_at bigint NOT NULL,
    PRIMARY KEY (tenant, request)
);

CREATE INDEX decisions_by_age ON decisions (decided_at);

-- What was committed lately, for the other processes to find; each row in the transaction of what it tells of.
-- Unlogged, because it is news and no truth: after a crash of the database every process reads everything anew anyway.
-- `transaction` is what a reader goes on from: numbers of a sequence become visible out of order, and one would be passed over.
CREATE UNLOGGED TABLE news (
    transaction  xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    id           bigint NOT NULL,
    tenant       text NOT NULL,
    conversation text NOT NULL,
    after        bigint NOT NULL,
    desk         boolean NOT NULL,
    queue        boolean NOT NULL
);

CREATE INDEX news_by_transaction ON news (transaction);
