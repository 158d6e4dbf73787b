-- What shoppers have asked the merchant's back office to do. `delivery` is the name under which the back office knows it.
CREATE TABLE actions (
    tenant       TEXT NOT NULL,
    conversation TEXT NOT NULL,
    id           TEXT NOT NULL,
    digest       BLOB NOT NULL,
    delivery     TEXT NOT NULL,
    leased_until INTEGER NOT NULL,
    -- JSON; null as long as nobody knows.
    outcome      TEXT,
    begun_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, conversation, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX actions_by_age ON actions (begun_at);

-- What was granted, to be redeemed once. The ledger of grants is never changed; this is.
CREATE TABLE offers (
    tenant      TEXT NOT NULL,
    code        TEXT NOT NULL,
    grant_id    TEXT NOT NULL,
    customer    TEXT NOT NULL,
    gives       TEXT NOT NULL,
    amount      INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    valid_until INTEGER NOT NULL,
    -- The request that has redeemed it, and for which order.
    redeemed_at INTEGER,
    request     TEXT,
    order_id    TEXT,
    PRIMARY KEY (tenant, code)
) STRICT, WITHOUT ROWID;

-- One request redeems one code.
CREATE UNIQUE INDEX offers_by_request ON offers (tenant, request) WHERE request IS NOT NULL;
